"""Talk that holds nothing of the SOP never meets a step, and fillers neither make nor break one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.matching.support import BANK, MATCHER, call
from tests.properties import sop, talk
from tests.properties.calls import Line, scored, statuses, transcript_of

SAID = {"met", "out_of_order"}
LONG = {step.id for step in BANK.steps if not step.short}
MOST_TOGETHER = 1  # fillers between two words: two inside "telepon kembali" or "terima kasih" do hide it

places = st.lists(st.tuples(st.integers(0, 200), talk.fillers), max_size=30)


def with_fillers(said: Sequence[Line], fillers: Sequence[tuple[int, str]]) -> list[Line]:
    """Each filler put after a word, counted over all lines; no more than `MOST_TOGETHER` after one word."""
    spots = [(at, index) for at, line in enumerate(said) for index in range(len(line.text.split()))]
    after: dict[tuple[int, int], list[str]] = {}
    for place, filler in fillers:
        group = after.setdefault(spots[place % len(spots)], [])
        if len(group) < MOST_TOGETHER:
            group.append(filler)
    return [_filled(at, line, after) for at, line in enumerate(said)]


def _filled(at: int, line: Line, after: Mapping[tuple[int, int], list[str]]) -> Line:
    words = [word for index, text in enumerate(line.text.split()) for word in (text, *after.get((at, index), ()))]
    return replace(line, text=" ".join(words))


def said_steps(lines: Sequence[Line]) -> set[str]:
    return {step for step, status in statuses(scored(transcript_of(lines))).items() if status in SAID}


@pytest.mark.parametrize("who", ["a", "c"])
def test_the_everyday_words_are_none_that_the_bank_looks_for(who):
    assert [word for word in talk.WORDS if MATCHER.find(call(f"{who}: {word}")).candidates] == []


@given(talk.everyday(12, 60))
@examples(90)
def test_everyday_talk_meets_no_step(talked):
    assert said_steps(talked) == set()


@given(st.lists(st.tuples(st.sampled_from("ac"), st.lists(talk.letters, min_size=1, max_size=60)), min_size=1))
@examples(40)
def test_random_letters_are_no_step(turns):
    # by chance letters may spell one of the many ways to say thanks, which are two short words at most
    assert not said_steps([Line(who, " ".join(words)) for who, words in turns]) & LONG


@given(talk.everyday(8, 30), places)
@examples(60)
def test_fillers_never_make_a_step_of_everyday_talk(talked, fillers):
    assert said_steps(with_fillers(talked, fillers)) == set()


@given(sop.calls, places)
@examples(90)
def test_fillers_never_hide_a_step(whole, fillers):
    assert statuses(scored(transcript_of(with_fillers(sop.said(whole), fillers)))) == sop.ALL_MET


@given(sop.calls, st.lists(talk.fillers, min_size=25, max_size=40))
@examples(40)
def test_bare_closing_thanks_are_met_however_many_fillers_follow(whole, fillers):
    last = Line("a", f"Baik Bapak, terima kasih. {' '.join(fillers)}")
    assert statuses(scored(transcript_of([*sop.said(whole[:-1]), last]))) == sop.ALL_MET
