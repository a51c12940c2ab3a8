"""Why an utterance counts: its words under the bank's, and what decided, in the shipped bank and in an English one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analysis.bank_check import single_utterance
from analyzer.bank.load import load_bank
from analyzer.matching.explain import TargetExplanation
from analyzer.matching.matcher import Matcher
from tests.examples import examples
from tests.matching.support import BANK, MATCHER, call

ENGLISH = Matcher(load_bank(Path(__file__).parents[1] / "scoring" / "english_bank.yaml"))
TALK = "boleh minta alamat email bukan tidak pemilik penyewa nomor ini bisa dihubungi lagi layanan tersebut imel pak eh"
EXAMPLES = [text for wording in BANK.targets().values() for text in (*wording.must_match, *wording.must_not_match)]


def tried(text: str, target: str, kind: str, matcher: Matcher = MATCHER, who="agent") -> TargetExplanation:
    """The first comparison of a target with a phrase or a concept."""
    every = matcher.explain(single_utterance(text, who), who).tried
    return next(item for item in every if (item.target, item.kind) == (target, kind))


WORDINGS = BANK.targets()


def columns(item: TargetExplanation) -> list[tuple[str | None, str | None]]:
    return [(word.wanted, word.heard) for word in item.words]


@given(st.lists(st.sampled_from(TALK.split()), max_size=14).map(" ".join) | st.sampled_from(EXAMPLES))
@examples(120)
def test_all_that_is_found_is_explained_and_nothing_else_counts(text):
    for who in ("agent", "customer"):
        transcript = single_utterance(text, who)
        every = MATCHER.find(transcript).candidates
        found = {(c.target, c.phrase, c.similarity) for c in every if c.similarity >= WORDINGS[c.target].doubt}
        explained = [item for item in MATCHER.explain(transcript, who).tried if item.verdict != "no"]
        assert found <= {(item.target, item.compared_with, item.similarity) for item in explained}
        assert {item.target for item in explained} == {target for target, *_ in found}


def test_each_heard_word_stands_under_the_phrases_word():
    item = tried("Boleh eh minta alamad imelnya Pak", "email_request", "phrase")
    assert columns(item) == [
        ("boleh", "Boleh"),
        (None, "eh"),
        ("minta", "minta"),
        ("alamat", "alamad"),
        ("<email>", "imelnya"),
    ]
    assert [word.read_as for word in item.words] == ["boleh", "eh", "minta", "alamat", "email"]
    assert item.words[1].similarity is None
    assert item.words[3].similarity == 97
    assert item.heard == "Boleh eh minta alamad imelnya"
    assert item.verdict == "yes"


def test_dropped_words_and_parts_of_cut_words_are_shown():
    item = tried("Ibu selaku pemilikatau eh penyewa", "owner_tenant_question", "phrase")
    assert columns(item)[-4:] == [("<owner>", "pemilik"), ("atau", "atau"), (None, "eh"), ("<tenant>", "penyewa")]
    lost = tried("untuk alamat email disampaikan", "email_request", "phrase")
    assert ("mohon", None) in columns(lost)


def test_a_concepts_groups_and_the_words_that_stood_for_them():
    item = tried("emailnya tolong disebutkan", "email_request", "concept")
    assert columns(item) == [("<email>", "emailnya"), ("<asks_data>", "disebutkan")]
    asked = tried("Nomor ini masih boleh kami hubungi", "callback_question", "concept")
    assert columns(asked) == [("<contact>", "kami hubungi"), ("<number>", "Nomor"), ("<can>", "boleh")]


@pytest.mark.parametrize(
    ("text", "target", "kind", "why"),
    [
        ("boleh minta alamat rumahnya", "email_request", "phrase", "no word of <email> was heard, without which"),
        (
            "nomor yang digunakan tidak dapat kami hubungi",
            "callback_question",
            "phrase",
            "“tidak dapat” stands near it",
        ),
        ("email tersebut mohon disampaikan", "email_request", "concept", "“tersebut” stands near it (<refers_back>)"),
        ("tidak hubungi nomor ini bisa", "callback_question", "concept", "“tidak” stands just before it (<no_word>)"),
        ("emailnya", "email_request", "concept", "64 reaches doubt (56), not accept (72)"),
        ("kami hubungi nomor", "callback_question", "concept", "no word of <can> was heard near the others"),
    ],
)
def test_why_it_counts_or_does_not(text, target, kind, why):
    reasons = tried(text, target, kind).why
    assert any(why in reason for reason in reasons), reasons


def test_what_is_blocked_counts_as_no_whatever_its_similarity():
    item = tried("Nomor telepon yang digunakan tidak dapat kami hubungi kembali", "callback_question", "phrase")
    assert (item.verdict, item.similarity > item.accept) == ("no", True)


def test_what_resembles_nothing_is_tried_with_nothing():
    explanation = MATCHER.explain(single_utterance("sapi makan romput", "agent"), "agent")
    assert (explanation.read_as, explanation.tried) == ("sapi makan romput", ())
    assert MATCHER.explain(single_utterance("", "agent"), "agent").tried == ()


def test_pauses_between_the_words_are_counted():
    transcript = call("a: Untuk alamat email.", "a: Mohon disampaikan", gap=0.9)
    item = next(e for e in MATCHER.explain(transcript, "agent").tried if e.kind == "phrase")
    assert item.similarity == 97
    assert "pauses or sentence ends between its words: 1, 3 points each" in item.why


def test_the_customer_is_compared_with_what_customers_say():
    assert tried("email saya tidak punya", "email_none", "concept", who="customer").verdict == "yes"
    targets = {
        item.target for item in MATCHER.explain(single_utterance("alamat emailnya apa", "customer"), "customer").tried
    }
    assert "email_request" not in targets


def test_another_bank_is_explained_likewise():
    item = tried("please note this call may uh be recordet for quality", "recording_notice", "phrase", ENGLISH)
    assert columns(item)[-4:] == [("be", "be"), ("<recorded>", "recordet"), ("for", "for"), ("<purposes>", "quality")]
    assert (None, "uh") in columns(item)
    asked = tried("could you tell me the account id", "account_question", "concept", ENGLISH)
    assert columns(asked) == [("<account>", "account id"), ("<ask>", "tell")]
    assert asked.verdict == "yes"
