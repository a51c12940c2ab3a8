"""Every word on the pages is there in both languages, and nothing is worded that no page shows."""

import re
from importlib.resources import files
from typing import get_args

import pytest

from analyzer.locale.catalogue import has_message, keys, page_messages
from analyzer.models.review import EventKind
from analyzer.review.triage import PRIORITIES
from tests.conftest import ROOT

TEMPLATES = {item.name: item.read_text("utf-8") for item in files("analyzer.web").joinpath("templates").iterdir()}
CODE = "\n".join(
    item.read_text("utf-8")
    for folder in ("", "routes")
    for item in (files("analyzer.web") / folder).iterdir()
    if item.name.endswith(".py")
)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_page_s_words_are_known(name: str):
    asked = re.findall(r"\bt\('([\w.]+)'", TEMPLATES[name])
    assert [key for key in asked if not has_message(key) and not key.endswith(".")] == []


def test_words_made_of_keys_are_known():
    wanted = [f"short.{reason}" for reason in PRIORITIES]
    wanted += [f"event.{kind}" for kind in get_args(EventKind)]
    statuses = (400, 403, 404, 405, 409, 413, 415, 416, 421, 429, 500, 503)
    wanted += [f"error.{status}{part}" for status in statuses for part in ("", ".text")]
    assert [key for key in wanted if not has_message(key)] == []


REVIEW = {"why", "person", "kind", "refused", "exempt"}
"""groups of words that the logic of review asks for"""


def test_nothing_is_worded_for_nobody():
    text = "\n".join(TEMPLATES.values()) + CODE
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "analyzer").rglob("*.py"))
    prefixes = {
        *re.findall(r"t\('([\w.]+\.)' ~", text),
        "people.",
        "account.",
        "sheet.",
        *(f"{name}." for name in REVIEW),
    }
    words = set(keys()) - set(page_messages()["words"])  # type: ignore[call-overload]
    unused = [key for key in words if not any(f"{quote}{key}{quote}" in text + code for quote in ("'", '"'))]
    assert sorted(key for key in unused if not key.startswith(tuple(prefixes))) == []
