"""The phrase language, and what a broken bank says."""

import re
import shutil
from pathlib import Path

import pytest

from analyzer.bank.load import load_bank
from analyzer.bank.phrase_language import PhraseSyntaxError, expand
from analyzer.errors import BankError

SHIPPED = Path(__file__).parents[2] / "phrase_bank" / "pln123"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "bank"))


def change(file: Path, old: str, new: str) -> int:
    """Replace once; the number of the line changed."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("phrase", "sequences"),
    [
        ("a b", {"a b"}),
        ("(a|b c) d", {"a d", "b c d"}),
        ("a [b] c", {"a c", "a b c"}),
        ("a {Bapak/Ibu} <mail>", {"a <mail>"}),
        ("[(a|b)] c [d [e]]", {"c", "a c", "b c", "c d", "a c d", "b c d", "c d e", "a c d e", "b c d e"}),
    ],
)
def test_phrases_expand(phrase, sequences):
    assert {" ".join(sequence) for sequence in expand(phrase)} == sequences


@pytest.mark.parametrize("phrase", ["(a|b", "a]", "[a]", "{x}", "(a b))", " ".join(["(a|b|c)"] * 6)])
def test_phrases_that_cannot_be_read_are_refused(phrase):
    with pytest.raises(PhraseSyntaxError):
        expand(phrase)


def test_the_shipped_bank_follows_the_design():
    bank = load_bank(SHIPPED)
    assert [step.id for step in bank.steps] == [
        "owner_tenant_question",
        "email_request",
        "thanks_for_email",
        "callback_question",
        "marketing_notice",
        "closing_thanks",
    ]
    assert bank.out_of_order_credit == 0.5
    answers = bank.step("thanks_for_email").place.answers
    assert answers
    assert answers.seconds == 45
    assert bank.record_fields["APKT"] == {"email": "Email Pelapor", "phone": "HP Pelapor"}
    assert all(step.wording.must_match and step.wording.must_not_match for step in bank.steps)


def test_a_bank_loads_by_folder_or_by_its_main_file():
    assert load_bank(SHIPPED) == load_bank(SHIPPED / "bank.yaml")


def test_sha256_covers_every_file(bank: Path):
    before = load_bank(bank).sha256
    assert before == load_bank(SHIPPED).sha256
    change(bank / "steps" / "email_request.yaml", "accept: 72", "accept: 73")
    assert load_bank(bank).sha256 != before


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("steps/email_request.yaml", "weight: 1", "wieght: 1", "wieght"),
        ("steps/email_request.yaml", "accept: 72", "accept: high", "accept"),
        ("steps/thanks_for_email.yaml", "doubt: 66", "doubt: 99", "wording"),
        ("bank.yaml", "pass_mark: 80", "pass_mark: 180", "pass_mark"),
        ("replies.yaml", "value: tenant", "valeu: tenant", "valeu"),
    ],
)
def test_an_error_names_file_line_and_key(bank: Path, file, old, new, key):
    line = change(bank / file, old, new)
    with pytest.raises(BankError) as caught:
        load_bank(bank)
    message = str(caught.value)
    assert key in message
    found = re.match(r"(.+?):(\d+): ", message)
    assert found
    assert found[1].endswith(file)
    assert abs(int(found[2]) - line) <= 4  # two values that contradict each other are reported at what holds both


@pytest.mark.parametrize(
    ("file", "key", "former"),
    [
        ("exemptions.yaml", "absent_in_sentence", "nowhere"),
        ("steps/callback_question.yaml", "not_preceded_by", "not_before"),
        ("steps/email_request.yaml", "preceding_window", "reach"),
        ("replies.yaml", "sentence_initial", "opens"),
        ("replies.yaml", "implies_question", "telling"),
        ("replies.yaml", "proves_question", "proves"),
        ("replies.yaml", "implies_question_within", "telling_words"),
        ("tuning.yaml", "hallucination", "invention"),
    ],
)
def test_a_former_key_is_refused_with_the_new_one(bank: Path, file, key, former):
    line = change(bank / file, f"{key}:", f"{former}:")
    with pytest.raises(BankError, match=rf"{file}:{line}: .*{former}: this key is now called `{key}`"):
        load_bank(bank)


def test_all_former_keys_are_told_at_once(bank: Path):
    change(bank / "exemptions.yaml", "absent_in_sentence:", "nowhere:")
    line = change(bank / "replies.yaml", "implies_question:", "telling:")
    first = rf"replies.yaml:{line}: .*telling: this key is now called `implies_question`"
    with pytest.raises(BankError, match=f"{first}; so are others of this bank: nowhere is absent_in_sentence"):
        load_bank(bank)


def test_a_language_without_data_is_refused(bank: Path):
    line = change(bank / "bank.yaml", "language: id", "language: es")
    with pytest.raises(BankError, match=rf"bank.yaml:{line}: language: no language data for 'es'; known: en, id"):
        load_bank(bank)


def test_a_phrase_error_names_its_line(bank: Path):
    line = change(bank / "steps" / "email_request.yaml", '"Untuk alamat <email>', '"Untuk (alamat <email>')
    with pytest.raises(BankError, match=rf"email_request.yaml:{line}: email_request.phrases: .*not closed"):
        load_bank(bank)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("steps/marketing_notice.yaml", "- callback_question", "- call_back", "no step 'call_back'"),
        ("steps/email_request.yaml", "- email\n", "- emial\n", "no word group 'emial'"),
        ("anchors.yaml", "id: closing", "id: greeting", "'greeting' is used twice"),
        ("steps/owner_tenant_question.yaml", "weight: 1", "place: {after: [email_request]}", "order cycle"),
        ("words/email.yaml", "  email:\n", "  topic: [x]\n  email:\n", "stands here twice"),
        ("words/email.yaml", "  email:\n", "  service: [x]\n  email:\n", "given in two files"),
        ("bank.yaml", "  - words/talk.yaml", "  - ../talk.yaml", "outside the bank's folder"),
        ("bank.yaml", "  - words/talk.yaml", "  - words/tolk.yaml", "cannot be read"),
        ("words/talk.yaml", "groups:", "groups: [", "not valid YAML"),
    ],
)
def test_banks_that_do_not_hold_together_are_refused(bank: Path, file, old, new, says):
    change(bank / file, old, new)
    with pytest.raises(BankError, match=re.escape(says)):
        load_bank(bank)


def test_yes_and_no_are_words(bank: Path):
    change(bank / "words" / "talk.yaml", "  plain_yes:\n", "  plain_yes:\n    - yes\n    - no\n    - on\n")
    assert load_bank(bank).groups["plain_yes"][:3] == ("yes", "no", "on")
