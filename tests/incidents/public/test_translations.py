"""Everything that the project itself says to customers is said in German and French too."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import gettext as django_gettext
from django.utils.translation import ngettext, override
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[3]
TEMPLATES = [*ROOT.glob("templates/public/*.html"), *(ROOT / "templates/emails").glob("[bcu]*.*")]
MODULES = [
    *ROOT.glob("customers/**/*.py"),
    *ROOT.glob("incidents/public/*.py"),
    ROOT / "incidents/render.py",
    ROOT / "incidents/assessing.py",
    ROOT / "incidents/ledger.py",
    ROOT / "incidents/templates.py",
]
# Django says these in its own words, which mean the same.
SAME_ELSEWHERE = {"Save", "Skip to main content"}
MARKED = re.compile(r"gettext\((.*?)\) |_\((['\"].*?['\"])\)")


def sentences() -> Iterator[str]:
    for template in TEMPLATES:
        for match in MARKED.finditer(templatize(template.read_text(encoding="utf-8"))):
            yield ast.literal_eval(match[1] or match[2])
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "gettext":
                yield ast.literal_eval(node.args[0])


def counted() -> Iterator[tuple[str, str]]:
    """What is said of one and of several."""
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ngettext":
                yield ast.literal_eval(node.args[0]), ast.literal_eval(node.args[1])


@pytest.mark.parametrize("language", ["de", "fr"])
def test_every_sentence_is_translated_with_its_variables(language: str) -> None:
    compiled = ROOT / "incidents/locale" / language / "LC_MESSAGES/django.mo"
    with compiled.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    said = set(sentences())
    assert len(said) > 50
    assert said - set(catalogue) == set(), f"add them to {compiled.with_suffix('.po')} and compile it"
    with override(language):
        # An app before ours in INSTALLED_APPS may translate the same words in another sense.
        hidden = {
            sentence: django_gettext(sentence) for sentence in said if django_gettext(sentence) != catalogue[sentence]
        }
    assert hidden.keys() <= SAME_ELSEWHERE, hidden
    for sentence in said:
        assert variables(sentence) == variables(catalogue[sentence])


@pytest.mark.parametrize("language", ["de", "fr"])
def test_what_is_counted_is_translated_for_one_and_for_several(language: str) -> None:
    said = list(counted())
    assert said
    with override(language):
        for one, several in said:
            for count in (1, 2):
                words = ngettext(one, several, count)
                assert words not in (one, several), f"translate “{one}” in incidents/locale/{language} and compile it"
                assert variables(words) == variables(one)


def variables(sentence: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]", sentence))
