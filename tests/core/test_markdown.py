"""Markdown that people write becomes safe HTML and complete plain text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from crisisdesk.core.markdown import to_html, to_text


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Each element's tag with its attributes, as a browser would see them."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(html)
    return found


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        "![x](https://tracker.example/p.gif)",
        "<img src=x onerror=alert(1)>",
        '<a href="https://x.example" onclick="x()">x</a>',
    ],
)
def test_it_lets_nothing_active_through(hostile: str) -> None:
    found = elements(to_html(hostile))

    assert {tag for tag, _ in found} <= {"p", "a"}
    assert {name for _, attributes in found for name in attributes} <= {"href", "rel"}
    assert all((attributes.get("href") or "https:").startswith("https:") for _, attributes in found)


def test_it_keeps_links_lists_and_emphasis() -> None:
    html = to_html("**Now:**\n\n- see [help](https://help.example/a?b=1&c=2)\n- wait")

    assert "<strong>Now:</strong>" in html
    assert 'href="https://help.example/a?b=1&amp;c=2"' in html
    assert html.count("<li>") == 2


def test_it_says_the_same_as_plain_text() -> None:
    source = "**Now:** see [help](https://help.example).\n\nWhat to do:\n\n- retry\n- wait\n\nThe end, with `a < b`."

    assert to_text(source) == (
        "Now: see help (https://help.example).\n\nWhat to do:\n\n- retry\n- wait\n\nThe end, with a < b."
    )


def test_it_keeps_numbers_nesting_and_code_in_plain_text() -> None:
    assert to_text("1. one\n2. two\n   - deep\n\n```\nls -l\n```") == "1. one\n2. two\n  - deep\n\nls -l"
