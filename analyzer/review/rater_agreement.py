"""How far raters of a calibration session agree: each pair, the mean of pairs, and where they differ. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

from pydantic import Field

from analyzer.analysis.statistics import Rate, cohen_kappa, gwet_ac1, rate
from analyzer.models.base import Frozen, Status
from analyzer.models.calibration_session import MACHINE_RATER, CalibrationSession, Rating

ALL_STEPS = "all"
Relation = Literal["people", "expert", "machine"]
RatingsByStep = Mapping[tuple[str, str], Rating]
"""one rater's marks by call and step"""


class PairAgreement(Frozen):
    """Two raters on one step, or on all of them, over what both have scored."""

    relation: Relation = Field(description="two reviewers; a reviewer and the expert; a reviewer and the machine")
    one: str
    other: str = Field(description="the expert or the machine, where it is one")
    step: str = Field(description="id, or `all`")
    same: Rate
    kappa: float | None = Field(description="Cohen's; None without marks of both")
    ac1: float | None = Field(description="Gwet's; does not sink when nearly everything is met")
    few: bool = Field(description="too few to say: show that instead of the figures")
    differing: dict[str, int] = Field(description="'one->other' -> count, most frequent first")


class MeanAgreement(Frozen):
    """One step, or all, over every pair of a relation: means of the pairs' figures (for kappa Light 1971)."""

    relation: Relation
    step: str
    pairs: int
    least: int = Field(description="marks of the pair that has fewest")
    same: float | None
    kappa: float | None
    ac1: float | None
    few: bool


class Difference(Frozen):
    """A step that was not scored alike; by rater, the machine included."""

    call: str
    step: str
    marks: dict[str, Rating]


class SessionResults(Frozen):
    """Everything that a closed session says."""

    session: CalibrationSession
    means: tuple[MeanAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    differences: tuple[Difference, ...] = Field(description="in the order of calls and steps; people's only")
    unfinished: dict[str, int] = Field(description="by person: steps that were never scored, where there are any")


def session_results(
    session: CalibrationSession, marks: Sequence[Rating], steps: Mapping[str, Sequence[str]], few: int
) -> SessionResults:
    """All figures. `steps`: of each call, in the order of its SOP; `few`: marks below which nothing is said."""
    said = {who: _of(marks, who) for who in (*session.people, MACHINE_RATER)}
    order = list(dict.fromkeys(step for call in session.calls for step in steps.get(call, ())))
    pairs = [
        _agreement(relation, one, other, step, said, few)
        for relation, one, other in _relations(session)
        for step in (ALL_STEPS, *order)
    ]
    every = [(call, step) for call in session.calls for step in steps.get(call, ())]
    unfinished = {who: sum(key not in said[who] for key in every) for who in session.people}
    return SessionResults(
        session=session,
        means=tuple(_means(pairs, order)),
        pairs=tuple(pairs),
        differences=tuple(_differences(session, every, said)),
        unfinished={who: count for who, count in unfinished.items() if count},
    )


def _relations(session: CalibrationSession) -> Iterable[tuple[Relation, str, str]]:
    people = [who for who in session.people if who != session.expert]
    yield from (("people", one, other) for one, other in combinations(people, 2))
    if session.expert is not None:
        yield from (("expert", who, session.expert) for who in people)
    yield from (("machine", who, MACHINE_RATER) for who in session.people)


def _agreement(relation: Relation, one: str, other: str, step: str, said: Mapping[str, RatingsByStep], few: int) -> PairAgreement:
    both = [key for key in said[one] if key in said[other] and step in (ALL_STEPS, key[1])]
    pairs: list[tuple[Status, Status]] = [(said[one][key].status, said[other][key].status) for key in both]
    differing = Counter(f"{first}->{second}" for first, second in pairs if first != second)
    return PairAgreement(
        relation=relation,
        one=one,
        other=other,
        step=step,
        same=rate(sum(first == second for first, second in pairs), len(pairs)),
        kappa=cohen_kappa(pairs),
        ac1=gwet_ac1(pairs),
        few=len(pairs) < few,
        differing=dict(sorted(differing.items(), key=lambda item: (-item[1], item[0]))),
    )


def _means(pairs: Sequence[PairAgreement], order: Sequence[str]) -> Iterable[MeanAgreement]:
    for relation in dict.fromkeys(pair.relation for pair in pairs):
        for step in (ALL_STEPS, *order):
            own = [pair for pair in pairs if pair.relation == relation and pair.step == step and pair.same.of]
            yield MeanAgreement(
                relation=relation,
                step=step,
                pairs=len(own),
                least=min((pair.same.of for pair in own), default=0),
                same=_mean([pair.same.value for pair in own]),
                kappa=_mean([pair.kappa for pair in own]),
                ac1=_mean([pair.ac1 for pair in own]),
                few=not own or any(pair.few for pair in own),
            )


def _differences(
    session: CalibrationSession, every: Sequence[tuple[str, str]], said: Mapping[str, RatingsByStep]
) -> Iterable[Difference]:
    for call, step in every:
        marks = {who: said[who][call, step] for who in (*session.people, MACHINE_RATER) if (call, step) in said[who]}
        if len({mark.status for who, mark in marks.items() if who != MACHINE_RATER}) > 1:
            yield Difference(call=call, step=step, marks=marks)


def _of(marks: Sequence[Rating], who: str) -> dict[tuple[str, str], Rating]:
    return {(mark.call, mark.step): mark for mark in marks if mark.who == who}


def _mean(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return round(sum(known) / len(known), 4) if known else None
