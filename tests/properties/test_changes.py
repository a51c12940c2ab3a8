"""Steps left out, moved and said twice, judged by the SOP's table of steps, written down once more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.matching.support import BANK
from tests.properties import sop
from tests.properties.calls import Line, scored, statuses, transcript_of
from tests.properties.sop import CALLBACK, CLOSING, EMAIL, NOTICE, OFFER, OWNER, THANKS

WORTH = {"missed": 0, "unsure": 1, "out_of_order": 2, "met": 3, "not_applicable": 3}
SAID = {"met", "out_of_order"}
LONG = {step.id for step in BANK.steps if not step.short}
BEFORE = {
    OWNER: (),
    EMAIL: (OWNER,),
    CALLBACK: (),
    NOTICE: (EMAIL, CALLBACK, OFFER),
    CLOSING: (OWNER, EMAIL, THANKS, CALLBACK, NOTICE),
}
"""what must come before a step, by the SOP"""

repeats = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=8)


def judged(parts: sop.Call) -> dict[str, str]:
    return statuses(scored(transcript_of(sop.said(parts))))


def by_the_design(names: list[str]) -> dict[str, str]:
    """Statuses of parts said once each in this order, thanks right after the e-mail's answer."""
    at = {name: index for index, name in enumerate(names)}
    want = {}
    for step, before in BEFORE.items():
        late = step in at and any(at.get(name, -1) > at[step] for name in before)
        want[step] = "missed" if step not in at else "out_of_order" if late else "met"
    want[THANKS] = "not_applicable" if EMAIL not in at else "met" if THANKS in at else "missed"
    return want


@given(sop.mixed_calls())
@examples(120)
def test_steps_in_any_order_and_number_are_judged_by_the_design(call):
    assert judged(call) == by_the_design([part.name for part in call])


@pytest.mark.parametrize("step", sop.STEPS)
@given(whole=sop.calls)
@examples(30)
def test_leaving_one_step_out_changes_that_step_alone(step, whole):
    want = {**sop.ALL_MET, step: "missed"}
    if step == EMAIL:
        want[THANKS] = "not_applicable"  # due only when the e-mail was asked for
    assert judged(tuple(part for part in whole if part.name != step)) == want


@pytest.mark.parametrize("moved_behind", [CALLBACK, OFFER, NOTICE])
@given(whole=sop.calls)
@examples(20)
def test_thanks_after_the_next_step_are_no_thanks_for_the_email(moved_behind, whole):
    thanks = next(part for part in whole if part.name == THANKS)
    rest = [part for part in whole if part is not thanks]
    at = next(index for index, part in enumerate(rest) if part.name == moved_behind)
    assert judged((*rest[: at + 1], thanks, *rest[at + 1 :])) == {**sop.ALL_MET, THANKS: "missed"}


@given(sop.mixed_calls(), repeats)
@examples(120)
def test_saying_a_step_again_later_never_makes_anything_worse(call, again):
    more = list(call)
    for which, where in again:
        at = which % len(more)
        later = at + 1 + where % (len(more) - at)
        if not _comes_between(more, at, later):
            more.insert(later, more[at])
    before, after = judged(call), judged(tuple(more))
    assert {step: after[step] for step in after if WORTH[after[step]] < WORTH[before[step]]} == {}


def _comes_between(parts: list[sop.Part], at: int, later: int) -> bool:
    """Another step between the e-mail's answer and the thanks: that ends the time for thanks, said before or not."""
    ends_it = parts[at].name in {OWNER, CALLBACK, OFFER, NOTICE}
    following = next((part.name for part in parts[later:] if part.name in {EMAIL, THANKS}), None)
    return ends_it and following == THANKS


@given(sop.mixed_calls(), repeats)
@examples(90)
def test_what_was_said_is_never_called_missed(call, again):
    more = list(call)
    for which, where in again:
        more.insert(1 + where % len(more), more[which % len(more)])
    got = judged(tuple(more))
    assert {part.name: got[part.name] for part in call if part.name in LONG and got[part.name] not in SAID} == {}


@given(sop.calls, st.integers(1, 3))
@examples(20)
def test_a_question_asked_last_is_not_passed_over_to_let_thanks_close_the_call(whole, count):
    opening, owner, email, thanks, *_ = whole
    got = judged((opening, email, thanks, *[thanks] * count, owner))
    assert (got[OWNER], got[EMAIL], got[THANKS], got[CLOSING]) == ("met", "out_of_order", "met", "missed")


@given(sop.calls, st.booleans())
@examples(20)
def test_last_thanks_are_for_the_email_that_they_follow_however_often_it_was_asked_for(whole, asked_before):
    opening, owner, email, thanks, callback, *_ = whole
    got = judged((opening, owner, *([email] if asked_before else []), callback, email, thanks))
    assert (got[EMAIL], got[THANKS], got[CLOSING]) == ("met", "met", "missed")


@given(sop.calls)
@examples(20)
def test_another_step_said_again_ends_the_time_for_thanks(whole):
    opening, owner, email, thanks, *rest = whole
    assert judged((opening, owner, email, owner, thanks, *rest)) == {**sop.ALL_MET, THANKS: "missed"}


@pytest.mark.parametrize("count", [2, 5, 9])
@given(whole=sop.calls)
@examples(10)
def test_the_one_occurrence_in_its_place_is_found_among_many_others(count, whole):
    opening, owner, email, thanks, callback, offer, notice, closing = whole
    rest = (callback, offer, notice, closing)
    for parts in (
        (opening, *[email] * count, owner, email, thanks, *rest),
        (opening, *[notice] * count, owner, email, thanks, *rest),
        (opening, owner, email, thanks, *rest, *[owner, email, callback] * count),
        (opening, owner, *[email, callback] * count, email, thanks, *[callback, email] * count, *rest),
    ):
        assert judged(parts) == sop.ALL_MET


@given(sop.calls, st.integers(1, 4), st.booleans())
@examples(40)
def test_doubtful_words_after_sure_thanks_take_nothing_away(whole, count, bare):
    closing = (Line("a", "Baik Bapak, terima kasih."),) if bare else whole[-1].said
    tips = [Line("a", "Petugas jangan dikasih tip.")] * count  # half of "terima kasih", a doubt
    said = (*sop.said(whole[:-1]), *closing, *tips)
    assert statuses(scored(transcript_of(said))) == sop.ALL_MET
