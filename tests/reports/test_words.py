"""The page's dictionary: whole in both languages, and every word the page asks for is in it."""

import re
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from analyzer.models.base import CallbackReply, CallerRole, Channel, EmailReply, Status, Verdict
from analyzer.models.finding import Exemption, RecordCheckItem
from analyzer.reports.words import WORDS

ASSETS = files("analyzer.reports") / "assets"
GROUPS = {
    "status": get_args(Status),
    "verdict": get_args(Verdict),
    "channel": get_args(Channel),
    "role": get_args(CallerRole),
    "email_reply": get_args(EmailReply),
    "callback_reply": get_args(CallbackReply),
    "exemption": get_args(Exemption.model_fields["kind"].annotation),
    "check": get_args(RecordCheckItem.model_fields["outcome"].annotation),
}


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_have_words_with_the_same_places_to_fill(key: str):
    indonesian, english = WORDS[key]
    assert indonesian.strip()
    assert english.strip()
    places = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (indonesian, english)]
    assert places[0] == places[1]


@pytest.mark.parametrize("key", sorted(f"{group}.{value}" for group, values in GROUPS.items() for value in values))
def test_every_value_of_the_contract_has_words(key: str):
    assert key in WORDS


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("report.js", r"\b(?:t|add|line|note)\(\"([a-z_.]+)\""),
        ("call.js", r"\b(?:t|hidden)\(\"([a-z_.]+)\""),
        ("call.js", r"\"((?:player|keys)[a-z_.]*)\""),
        ("call_view.j2", r"\b(?:w|label|row)\('([a-z_.]+)'[,)]"),
        ("call.html.j2", r"\b(?:w|label)\('([a-z_.]+)'[,)]"),
        ("report.html.j2", r"\bt\('([a-z_.]+)'[,)]"),
        ("report.html.j2", r"data-t(?:-label|-hint)?=\"([a-z_.]+)\""),
    ],
)
def test_every_word_the_page_asks_for_exists(name: str, pattern: str):
    asked = set(re.findall(pattern, (ASSETS / name).read_text(encoding="utf-8")))
    assert asked
    assert asked <= set(WORDS)


GROUPED = {"flag", "violation", "anchor", "leg", "side", "lane", "second", "spot", "pack", *GROUPS}
"""groups whose keys are put together where they are used"""


def test_every_word_is_used_somewhere():
    package = Path(__file__).parents[2] / "analyzer"
    sources = [path for path in package.rglob("*.py") if path.name != "words.py"]
    sources += [path for path in (package / "reports" / "assets").iterdir() if path.suffix in {".js", ".j2"}]
    text = "".join(path.read_text("utf-8") for path in sources)
    unused = {key for key in WORDS if f"'{key}'" not in text and f'"{key}"' not in text}
    assert {key for key in unused if key.split(".")[0] not in GROUPED or "." not in key} == set()
