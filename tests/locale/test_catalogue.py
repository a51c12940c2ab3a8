"""The catalogues: each language has every key with the same slots, and every word that pages ask for is there."""

import json
import re
import subprocess
import sys
from importlib.resources import files
from typing import get_args

import pytest
from babel.messages.pofile import read_po

from analyzer.locale.catalogue import (
    LANGUAGES,
    has_message,
    keys,
    localized,
    localized_label,
    page_messages,
    translate,
)
from analyzer.models.base import CallbackReply, CallerRole, Channel, EmailReply, Status, Verdict
from analyzer.models.finding import Exemption, RecordCheckItem
from analyzer.models.wording import DisplayName
from tests.conftest import ROOT

ASSETS = files("analyzer.reports") / "assets"
CATALOGUES = {lang: ROOT / "analyzer" / "locale" / f"{lang}.po" for lang in LANGUAGES}
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
SLOT = re.compile(r"\{(\w+)\}")


def test_the_languages_are_the_catalogues_that_are_there():
    assert LANGUAGES == ("id", "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_catalogue_is_valid_and_has_every_key_once_in_the_same_order(lang: str):
    text = CATALOGUES[lang].read_text("utf-8")
    with CATALOGUES[lang].open("rb") as file:
        messages = [message for message in read_po(file, abort_invalid=True) if message.id]
    assert tuple(message.id for message in messages) == keys()
    assert len(set(re.findall(r'^msgid "(.+)"$', text, re.MULTILINE))) == text.count("\nmsgid ") - 1
    assert [message.id for message in messages if message.fuzzy or not message.string] == []


@pytest.mark.parametrize("key", keys())
def test_every_language_has_words_with_the_same_slots(key: str):
    texts = localized(key)
    assert all(text.strip() for text in texts)
    assert len({tuple(sorted(SLOT.findall(text))) for text in texts}) == 1


def test_slots_are_filled_in_once_and_localized_values_by_language():
    assert translate("more", "en", n="{left}", left=5) == "Show {left} more (5 left)"
    assert localized("clip", what=("satu", "one")) == ("Potongan suara: satu", "Sound clip: one")
    assert translate("more", "en") == "Show {n} more ({left} left)"


def test_a_key_without_words_is_readable():
    assert translate("flag.some_new_flag", "id") == "some new flag"
    assert not has_message("flag.some_new_flag")


def test_a_bank_s_name_is_shown_in_each_language():
    assert localized_label(DisplayName(id="satu", en="one")) == ("satu", "one")


def test_pages_carry_their_words_in_every_language_and_no_others():
    messages = json.loads(json.dumps(page_messages()))
    assert messages["languages"] == list(LANGUAGES)
    assert messages["words"]["status.met"] == ["Terpenuhi", "Met"]
    assert "queue" not in messages["words"]


def test_no_catalogue_is_read_for_the_help():
    code = "import sys; sys.argv = ['analyzer', '--help']; from analyzer.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=False
    )
    assert "Usage" in done.stdout
    assert "babel" not in done.stderr


def test_a_third_language_is_a_file(tmp_path, monkeypatch):
    code = (
        "from analyzer.locale import catalogue;"
        "print(catalogue.LANGUAGES, catalogue.translate('verdict.pass', 'jv'), catalogue.localized('verdict.pass'))"
    )
    package = tmp_path / "analyzer"
    for path in ("errors.py", "__init__.py", "models", "locale"):
        (package / path).parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", ROOT / "analyzer" / path, package / path], check=True)
    javanese = CATALOGUES["en"].read_text("utf-8").replace('msgstr "Pass"', 'msgstr "Lulus tenan"')
    (package / "locale" / "jv.po").write_text(javanese.replace("Language: en", "Language: jv"), "utf-8")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "('id', 'en', 'jv') Lulus tenan ('Lulus', 'Pass', 'Lulus tenan')\n"


@pytest.mark.parametrize("key", sorted(f"{group}.{value}" for group, values in GROUPS.items() for value in values))
def test_every_value_of_a_report_has_words(key: str):
    assert has_message(key)


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
def test_every_word_a_page_asks_for_travels_with_it(name: str, pattern: str):
    asked = set(re.findall(pattern, (ASSETS / name).read_text(encoding="utf-8")))
    assert asked
    assert asked <= set(page_messages()["words"])  # type: ignore[call-overload]


GROUPED = {"flag", "violation", "anchor", "leg", "side", "lane", "second", "spot", "pack", *GROUPS}
"""groups whose keys are put together where they are used"""


def test_every_word_of_the_pages_is_used_somewhere():
    package = ROOT / "analyzer"
    sources = [*package.rglob("*.py"), *(package / "reports" / "assets").glob("*.js")]
    sources += (package / "reports" / "assets").glob("*.j2")
    text = "".join(path.read_text("utf-8") for path in sources)
    words: dict[str, object] = page_messages()["words"]  # type: ignore[assignment]
    unused = {key for key in words if f"'{key}'" not in text and f'"{key}"' not in text}
    assert {key for key in unused if key.split(".")[0] not in GROUPED or "." not in key} == set()
