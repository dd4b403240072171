"""The numbers that stand on a page of the review: those that are links, and those that are not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

# Told by people or by the record, chosen, or the page's own way about: no figures.
NO_FIGURES = frozenset({"filters", "pages", "record", "moments", "form", "lede", "print-button", "told"})
NO_FIGURE_TAGS = frozenset({"form", "nav", "select", "footer", "header", "h1", "head", "details", "caption", "dl"})
EMPTY = frozenset({"meta", "link", "input", "img", "br", "source", "hr"})
# Dates, times, references, severities, the window of repeats, ages, ordinals such as "11th".
PLAIN = re.compile(
    r"INC-\d+ ?|SEV\d|\d{1,2} [A-Z][a-z]+ \d{4}|[A-Z][a-z]{2,8} \d{4}|\d{1,2} [A-Z][a-z]{2}\b"
    r"|\d\d:\d\d(?::\d\d)?|in \d+ days"
)


@dataclass(frozen=True, slots=True)
class Linked:
    """A figure: its words, where it leads, and how many rows it says are there."""

    text: str
    url: str
    rows: int


class FiguresOn(HTMLParser):
    """Reads a page; afterwards `linked` are its figures and `bare` the numbers without a link."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.linked: list[Linked] = []
        self.bare: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._link: tuple[str, int] | None = None
        self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notice what is no figure, and where one begins."""
        if tag in EMPTY:
            return
        values = dict(attrs)
        classes = set((values.get("class") or "").split())
        self._open.append((tag, tag in NO_FIGURE_TAGS or bool(classes & NO_FIGURES)))
        if tag == "a" and "data-rows" in values:
            self._link, self._text = (values["href"] or "", int(values["data-rows"] or "x")), ""

    def handle_endtag(self, tag: str) -> None:
        """Notice where a figure ends."""
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "a" and self._link is not None:
            self.linked.append(Linked(" ".join(self._text.split()), *self._link))
            self._link = None

    def handle_data(self, data: str) -> None:
        """A number outside of a figure's link is bare."""
        if self._link is not None:
            self._text += data
        elif not any(left_out for _, left_out in self._open) and re.search(r"\d", PLAIN.sub("", data)):
            self.bare.append(" ".join(data.split()))
