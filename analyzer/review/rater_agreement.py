"""Inter-rater agreement in a calibration session: each pair of raters, the mean of pairs, and disagreements. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

from pydantic import Field

from analyzer.analysis.statistics import Rate, cohen_kappa, gwet_ac1, rate
from analyzer.models.base import Frozen, Status
from analyzer.models.review import MACHINE_RATER, CalibrationSession, Rating

ALL_STEPS = "all"
Relation = Literal["people", "expert", "machine"]
RatingsByStep = Mapping[tuple[str, str], Rating]
"""one rater's ratings by call and step"""


class PairAgreement(Frozen):
    """Agreement of two raters on one step, or on all of them, over what both have rated."""

    relation: Relation = Field(description="two reviewers; a reviewer and the expert; a reviewer and the machine")
    rater: str
    other: str = Field(description="the other rater; the expert or the machine in their relations")
    step: str = Field(description="id, or `all`")
    observed: Rate = Field(description="share of equal ratings")
    kappa: float | None = Field(description="Cohen's; None without ratings of both")
    ac1: float | None = Field(description="Gwet's; does not drop when nearly everything is met")
    few: bool = Field(description="too few to say: show that instead of the figures")
    differing: dict[str, int] = Field(description="'status->status of the other' -> count, most frequent first")


class MeanAgreement(Frozen):
    """One step, or all, over every pair of a relation: means of the pairs' figures (for kappa Light 1971)."""

    relation: Relation
    step: str
    pairs: int
    min_ratings: int = Field(description="common ratings of the pair that has fewest")
    observed: float | None
    kappa: float | None
    ac1: float | None
    few: bool


class RaterDisagreement(Frozen):
    """A step that people rated differently, with what each rater said of it, the machine included."""

    call: str
    step: str
    ratings: dict[str, Rating] = Field(description="by rater")


class SessionResults(Frozen):
    """All figures of a closed session."""

    session: CalibrationSession
    means: tuple[MeanAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    disagreements: tuple[RaterDisagreement, ...] = Field(description="between people, in the order of calls and steps")
    unfinished: dict[str, int] = Field(description="by person: number of steps not rated, where there are any")


def session_results(
    session: CalibrationSession, ratings: Sequence[Rating], steps: Mapping[str, Sequence[str]], few: int
) -> SessionResults:
    """All figures. `steps`: of each call, in the order of its SOP; `few`: ratings below which nothing is said."""
    by_rater = {who: _ratings_of(ratings, who) for who in (*session.people, MACHINE_RATER)}
    order = list(dict.fromkeys(step for call in session.calls for step in steps.get(call, ())))
    pairs = [
        _pair_agreement(relation, (rater, other), step, by_rater, few)
        for relation, rater, other in _relations(session)
        for step in (ALL_STEPS, *order)
    ]
    every = [(call, step) for call in session.calls for step in steps.get(call, ())]
    unfinished = {who: sum(key not in by_rater[who] for key in every) for who in session.people}
    return SessionResults(
        session=session,
        means=tuple(_means(pairs, order)),
        pairs=tuple(pairs),
        disagreements=tuple(_disagreements(every, by_rater)),
        unfinished={who: count for who, count in unfinished.items() if count},
    )


def _relations(session: CalibrationSession) -> Iterable[tuple[Relation, str, str]]:
    people = [who for who in session.people if who != session.expert]
    yield from (("people", rater, other) for rater, other in combinations(people, 2))
    if session.expert is not None:
        yield from (("expert", who, session.expert) for who in people)
    yield from (("machine", who, MACHINE_RATER) for who in session.people)


def _pair_agreement(
    relation: Relation, raters: tuple[str, str], step: str, by_rater: Mapping[str, RatingsByStep], few: int
) -> PairAgreement:
    first, second = (by_rater[who] for who in raters)
    common = [key for key in first if key in second and step in (ALL_STEPS, key[1])]
    pairs: list[tuple[Status, Status]] = [(first[key].status, second[key].status) for key in common]
    differing = Counter(f"{status}->{other}" for status, other in pairs if status != other)
    return PairAgreement(
        relation=relation,
        rater=raters[0],
        other=raters[1],
        step=step,
        observed=rate(sum(status == other for status, other in pairs), len(pairs)),
        kappa=cohen_kappa(pairs),
        ac1=gwet_ac1(pairs),
        few=len(pairs) < few,
        differing=dict(sorted(differing.items(), key=lambda item: (-item[1], item[0]))),
    )


def _means(pairs: Sequence[PairAgreement], order: Sequence[str]) -> Iterable[MeanAgreement]:
    for relation in dict.fromkeys(pair.relation for pair in pairs):
        for step in (ALL_STEPS, *order):
            rated = [pair for pair in pairs if pair.relation == relation and pair.step == step and pair.observed.of]
            yield MeanAgreement(
                relation=relation,
                step=step,
                pairs=len(rated),
                min_ratings=min((pair.observed.of for pair in rated), default=0),
                observed=_mean([pair.observed.value for pair in rated]),
                kappa=_mean([pair.kappa for pair in rated]),
                ac1=_mean([pair.ac1 for pair in rated]),
                few=not rated or any(pair.few for pair in rated),
            )


def _disagreements(
    every: Sequence[tuple[str, str]], by_rater: Mapping[str, RatingsByStep]
) -> Iterable[RaterDisagreement]:
    for call, step in every:
        ratings = {who: rated[call, step] for who, rated in by_rater.items() if (call, step) in rated}
        if len({rating.status for who, rating in ratings.items() if who != MACHINE_RATER}) > 1:
            yield RaterDisagreement(call=call, step=step, ratings=ratings)


def _ratings_of(ratings: Sequence[Rating], who: str) -> dict[tuple[str, str], Rating]:
    return {(rating.call, rating.step): rating for rating in ratings if rating.who == who}


def _mean(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return round(sum(known) / len(known), 4) if known else None
