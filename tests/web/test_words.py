"""Every word on the pages is there in both languages, and nothing is worded that no page shows."""

import re
from importlib.resources import files
from typing import get_args

import pytest

from analyzer.models.review import EventKind
from analyzer.reports.words import WORDS as REPORT_WORDS
from analyzer.review.triage import PRIORITIES
from analyzer.review.words import REVIEW_WORDS
from analyzer.web.wordings import call, frame
from analyzer.web.wordings import queue as desk
from analyzer.web.words import ALL, words

OWN = {**frame.WORDS, **desk.WORDS, **call.WORDS}
TEMPLATES = {
    item.name: item.read_text("utf-8") for item in files("analyzer.web").joinpath("templates").iterdir()
}
CODE = "\n".join(
    item.read_text("utf-8")
    for folder in ("", "routes")
    for item in (files("analyzer.web") / folder).iterdir()
    if item.name.endswith(".py")
)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_page_s_words_are_known(name: str):
    asked = re.findall(r"\bt\('([\w.]+)'", TEMPLATES[name])
    assert [key for key in asked if key not in ALL and not key.endswith(".")] == []


def test_words_made_of_keys_are_known():
    keys = [f"short.{reason}" for reason in PRIORITIES]
    keys += [f"event.{kind}" for kind in get_args(EventKind)]
    statuses = (400, 403, 404, 405, 409, 413, 415, 416, 421, 429, 500, 503)
    keys += [f"error.{status}{part}" for status in statuses for part in ("", ".text")]
    assert [key for key in keys if key not in ALL] == []


@pytest.mark.parametrize("key", sorted(OWN))
def test_both_languages_say_the_same_things(key: str):
    indonesian, english = OWN[key]
    assert indonesian.strip()
    assert english.strip()
    assert set(re.findall(r"\{\w+\}", indonesian)) == set(re.findall(r"\{\w+\}", english))


def test_nothing_is_worded_twice_or_for_nobody():
    assert sum(map(len, (frame.WORDS, desk.WORDS, call.WORDS))) == len(OWN)
    text = "\n".join(TEMPLATES.values()) + CODE
    prefixes = set(re.findall(r"t\('([\w.]+\.)' ~", text)) | {"refused.", "people.", "account."}
    unused = [key for key in OWN if f"'{key}'" not in text and f'"{key}"' not in text]
    assert sorted(key for key in unused if not key.startswith(tuple(prefixes))) == []


def test_a_key_without_words_is_readable():
    assert words("flag.some_new_flag", "id") == "some new flag"
    assert set(OWN) & set(REVIEW_WORDS) == set()
    assert {key for key in set(OWN) & set(REPORT_WORDS) if OWN[key] == REPORT_WORDS[key]} == set()
