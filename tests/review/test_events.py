"""What holds of a call after any history: examples, then any history at all against a slow reading of the rules."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.review import Event
from analyzer.review.events import replay
from tests.examples import examples
from tests.review.cases import STEPS, event

A, B = STEPS[:2]
PEOPLE = (("Rini", "coach"), ("Budi", "analyst"), ("Lea", "lead"), ("Dewi", "agent"))


def override(number: int, status: str, who: str = "Rini", role: str = "coach", step: str = A) -> Event:
    return event(number, "override", who, role, step=step, status=status, text="heard it")  # type: ignore[arg-type]


def undo(number: int, target: int, who: str = "Rini", role: str = "coach") -> Event:
    return event(number, "undo", who, role, target=target)  # type: ignore[arg-type]


def decided(events: Sequence[Event]) -> dict[str, str | None]:
    return {step: history.status for step, history in replay(events).decisions.items()}


def test_the_last_decision_on_a_step_counts_whoever_made_it():
    history = [override(1, "met"), override(2, "missed", "Budi", "analyst"), override(3, "unsure", step=B)]
    assert decided(history) == {A: "missed", B: "unsure"}


def test_after_an_undo_the_decision_before_counts():
    history = [override(1, "met"), override(2, "missed"), undo(3, 2)]
    assert decided(history) == {A: "met"}
    assert replay(history).undone == {2}
    assert decided([*history, undo(4, 1)]) == {}


def test_an_undo_can_be_undone_and_that_undo_too():
    history = [override(1, "met"), undo(2, 1), undo(3, 2)]
    assert decided(history) == {A: "met"}
    assert decided([*history, undo(4, 3)]) == {}


def test_only_the_author_or_a_lead_undoes():
    history = [override(1, "met")]
    assert decided([*history, undo(2, 1, "Budi", "analyst")]) == {A: "met"}
    assert decided([*history, undo(2, 1, "Lea", "lead")]) == {}


def test_an_undo_of_a_later_event_does_not_count():
    assert decided([undo(1, 2), override(2, "met")]) == {A: "met"}


def test_a_dispute_is_open_until_a_lead_answers_and_an_accepted_one_decides():
    history = [override(1, "missed"), event(2, "dispute", "Dewi", "agent", step=A, text="I history it")]
    assert [d.state for d in replay(history).open_disputes] == ["open"]
    rejected = [*history, event(3, "reject", "Lea", "lead", target=2, text="not to be heard")]
    assert ([d.state for d in replay(rejected).disputes], decided(rejected)) == (["rejected"], {A: "missed"})
    accepted = [*history, event(3, "accept", "Lea", "lead", target=2, status="met")]
    assert ([d.state for d in replay(accepted).disputes], decided(accepted)) == (["accepted"], {A: "met"})
    taken_back = [*accepted, undo(4, 3, "Lea", "lead")]
    assert ([d.state for d in replay(taken_back).disputes], decided(taken_back)) == (["open"], {A: "missed"})


@pytest.mark.parametrize(("who", "role"), [("Rini", "coach"), ("Dewi", "lead")])
def test_nobody_but_a_lead_answers_and_never_an_own_dispute(who: str, role: str):
    history = [event(1, "dispute", "Dewi", "agent", step=A, text="I history it")]
    answer = event(2, "accept", who, role, target=1, status="met")  # type: ignore[arg-type]
    assert ([d.state for d in replay([*history, answer]).disputes], decided([*history, answer])) == (["open"], {})


def test_an_undone_dispute_takes_its_answer_along():
    history = [
        event(1, "dispute", "Dewi", "agent", step=A, text="I history it"),
        event(2, "accept", "Lea", "lead", target=1, status="met"),
        undo(3, 1, "Lea", "lead"),
    ]
    assert (replay(history).disputes, decided(history)) == ((), {})


def test_decisions_on_the_exemption_share_a_key_whatever_its_kind():
    history = [event(1, "confirm", step="urgent"), event(2, "dismiss", step="exemption", text="an ordinary outage")]
    decisions = replay(history).violation_decisions
    assert [(name, decision.kind) for name, decision in decisions.items()] == [("exemption", "dismiss")]
    again = replay([*history, event(3, "confirm", step="angry")])
    assert again.violation_decisions["exemption"].step == "angry"


def test_comments_coaching_notes_and_reviews_are_separate():
    history = [
        event(1, "comment", text="noise", at=3.0),
        event(2, "coaching", text="ask again"),
        event(3, "reviewed"),
        event(4, "acknowledge", "Dewi", "agent"),
        event(5, "view"),
        event(6, "play"),
    ]
    state = replay(history)
    assert [e.number for e in (*state.comments, *state.coaching)] == [1, 2]
    assert (state.reviewed, state.acknowledged) == (history[2], history[3])
    assert replay([*history, undo(7, 3)]).reviewed is None


def test_decisions_on_an_earlier_report_are_marked_older():
    history = [override(1, "met"), event(2, "reviewed", inputs="new")]
    old = [e.model_copy(update={"inputs": "old"}) if e.number == 1 else e for e in history]
    assert replay(old).older("new") == {A}
    assert replay(old).older("newest") == {A, "reviewed"}


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Anything that anybody may have history, allowed or not, about what was history before or not."""
    history: list[Event] = []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        who, role = draw(st.sampled_from(PEOPLE))
        kind = draw(st.sampled_from(["agree", "override", "dispute", "accept", "reject", "undo", "undo", "reviewed"]))
        more: dict[str, object] = {}
        if kind in ("agree", "override", "dispute"):
            more["step"] = draw(st.sampled_from(STEPS[:3]))
        if kind in ("agree", "override", "accept"):
            more["status"] = draw(st.sampled_from(["met", "missed", "unsure"]))
        if kind in ("accept", "reject", "undo"):
            more["target"] = draw(st.integers(1, number + 1))
        history.append(event(number, kind, who, role, text="because", **more))  # type: ignore[arg-type]
    return history


def counts(e: Event, history: Sequence[Event]) -> bool:
    """The rule as it is written: no later undo that counts, by its author or a lead, is about it."""
    return not any(
        other.kind == "undo"
        and other.number > e.number
        and other.target == e.number
        and (other.who == e.who or other.role == "lead")
        and counts(other, history)
        for other in history
    )


def slow_decisions(history: Sequence[Event]) -> dict[str, str | None]:
    """By the rules, e event at a time, looking through everything each time."""
    history = [e for e in history if counts(e, history)]
    decisions: dict[str, str | None] = {}
    for e in history:
        if e.kind in ("agree", "override"):
            decisions[e.step or ""] = e.status
        elif e.kind == "accept":
            about = [d for d in history if d.kind == "dispute" and d.number == e.target and d.number < e.number]
            valid = [a for a in history if a.kind in ("accept", "reject") and a.target == e.target and a.role == "lead"]
            valid = [a for a in valid if about and a.who != about[0].who and a.number > about[0].number]
            if about and valid and valid[-1] is e:
                decisions[about[0].step or ""] = e.status
    return decisions


@given(histories())
@examples(400)
def test_any_history_gives_the_state_that_the_rules_say(history: list[Event]):
    state = replay(history)
    assert decided(history) == slow_decisions(history)
    assert state.undone == {e.number for e in history if not counts(e, history)}


@given(histories(), st.integers(0, 2**16))
@examples(100)
def test_the_order_in_which_events_are_read_does_not_matter(history: list[Event], seed: int):
    mixed = random.Random(seed).sample(history, len(history))  # noqa: S311
    assert replay(mixed) == replay(history)


@given(histories())
@examples(100)
def test_undoing_the_last_event_gives_the_state_before_it(history: list[Event]):
    before, after = replay(history[:-1]), replay([*history, undo(len(history) + 1, len(history), "Lea", "lead")])
    assert after.decisions == before.decisions
    assert after.disputes == before.disputes
    assert after.undone == before.undone | {len(history)}


@given(histories())
@examples(50)
def test_access_events_and_remarks_change_no_decision(history: list[Event]):
    last = len(history)
    more = [event(last + 1, "comment", text="hm"), event(last + 2, "view"), event(last + 3, "export")]
    assert replay([*history, *more]).decisions == replay(history).decisions
