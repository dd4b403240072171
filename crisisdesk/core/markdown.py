"""Markdown that people write, as safe HTML and as plain text.

Raw HTML is off, images are off, links are http, https or mailto; the result is sanitised besides (ASVS 1.3.1, 1.3.5).
"""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
_TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


def to_html(source: str) -> str:
    """Sanitised HTML of a Markdown text."""
    return nh3.clean(
        _parser.render(source),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def to_text(source: str) -> str:
    """The same as plain text: marks removed, list points kept, links followed by their address."""
    lines: list[str] = []
    depth, ordinals = 0, []  # type: tuple[int, list[int]]
    for token in _parser.parse(source):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            ordinals.append(int(token.attrGet("start") or 1) if token.type.startswith("ordered") else 0)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
            ordinals.pop()
            if depth == 0:
                lines.append("")
        elif token.type == "list_item_open":
            lines.append("  " * (depth - 1) + (f"{ordinals[-1]}. " if ordinals[-1] else "- "))
            ordinals[-1] += 1 if ordinals[-1] else 0
        elif token.type == "inline":
            _add(lines, _inline(token.children or []), depth)
        elif token.type in ("fence", "code_block"):
            lines += [token.content.rstrip("\n"), ""]
        elif token.type == "hr":
            lines += ["----", ""]
    return "\n".join(lines).strip()


def _add(lines: list[str], text: str, depth: int) -> None:
    if depth and lines and lines[-1].rstrip().endswith(("-", ".")) and not lines[-1].strip(" -0123456789."):
        lines[-1] += text.replace("\n", "\n" + "  " * depth)
    elif depth:
        lines.append("  " * depth + text)
    else:
        lines += [text, ""]


def _inline(tokens: list[Token]) -> str:
    parts: list[str] = []
    target, start = "", 0
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "link_open":
            target, start = str(token.attrGet("href") or ""), len(parts)
        elif token.type == "link_close" and "".join(parts[start:]) != target:
            parts.append(f" ({target})")
    return "".join(parts)
