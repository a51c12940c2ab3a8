"""Choosing one step's bar from labelled samples, and how it would have done on calls it was not chosen on. Pure."""
# MERGED """Bars for all steps of a bank from labelled calls, with the figures that let a person trust or refuse them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import Field

from analyzer.analysis.calibration.rejudge import (
    Flip,
    LabelledStep,
    MatchedCall,
    MaxAcceptThresholds,
    VerdictFlip,
    flips,
    judge_call,
    status_of,
    with_thresholds,
)
from analyzer.analysis.evaluation import FEW
from analyzer.analysis.labels import SAID, Label
from analyzer.analysis.statistics import Rate, rate
from analyzer.models.bank import PhraseBank, Step
from analyzer.models.base import Frozen
from analyzer.scoring.score import score

_TOP = 100.0


class Goal(Frozen):
    """What is wanted of a bar. Without a rate: the fewest errors, both kinds counting alike."""

    kind: Literal["fewest_errors", "miss_rate", "false_alarm_rate"] = "fewest_errors"
    rate: float = Field(0.0, ge=0, lt=1, description="wanted share, 0 to 1; not used by fewest_errors")

    def cost(self, errors: "Errors") -> tuple[float, ...]:
        """Smaller is better. A wanted rate comes first, then the errors of the other kind, then its own.

        Among equal sums fewer false alarms win: a miss is mostly left `unsure` and looked at, a false alarm hides
        a breach.
        """
        if self.kind == "miss_rate":
            return (max(0.0, errors.miss_rate - self.rate), errors.false_alarms, errors.misses)
        if self.kind == "false_alarm_rate":
            return (max(0.0, errors.false_alarm_rate - self.rate), errors.misses, errors.false_alarms)
        return (errors.misses + errors.false_alarms, errors.false_alarms)


class Errors(Frozen):
    """Counts at one bar."""

    said: int
    misses: int = Field(description="said, but not called said: missed or left unsure")
    not_said: int
    false_alarms: int = Field(description="not said, but called said")

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(
            said=self.said + other.said,
            misses=self.misses + other.misses,
            not_said=self.not_said + other.not_said,
            false_alarms=self.false_alarms + other.false_alarms,
        )

    @property
    def miss_rate(self) -> float:
        """Share of said steps that are missed; 0 without any."""
        return self.misses / self.said if self.said else 0.0

    @property
    def false_alarm_rate(self) -> float:
        """Share of steps not said that are called said; 0 without any."""
        return self.false_alarms / self.not_said if self.not_said else 0.0


NO_ERRORS = Errors(said=0, misses=0, not_said=0, false_alarms=0)


def errors_at(samples: Sequence[LabelledStep], accept: float) -> Errors:
    """What goes wrong at this bar."""
    said = [sample for sample in samples if sample.said]
    rest = [sample for sample in samples if not sample.said]
    return Errors(
        said=len(said),
        misses=sum(not sample.is_said_at(accept) for sample in said),
        not_said=len(rest),
        false_alarms=sum(sample.is_said_at(accept) for sample in rest),
    )


def best_threshold(samples: Sequence[LabelledStep], goal: Goal, current: float, doubt: float) -> float:
    """The bar in [doubt, 100] that serves the goal best; of equals the current one, else the nearest to it."""
    bars = _candidate_thresholds(samples, current, doubt)
    return min(bars, key=lambda bar: (goal.cost(errors_at(samples, bar)), abs(bar - current), bar))


def cross_validate(
    samples: Sequence[LabelledStep], goal: Goal, current: float, doubt: float, folds: int
) -> tuple[Errors, tuple[float, ...]]:
    """Errors on each fold at the bar chosen on the other folds, summed, and those bars."""
    total = NO_ERRORS
    bars = []
    for fold in range(folds):
        rest = [sample for sample in samples if fold_of(sample.call_id, folds) != fold]
        kept = [sample for sample in samples if fold_of(sample.call_id, folds) == fold]
        if rest and kept:
            bars.append(best_threshold(rest, goal, current, doubt))
            total += errors_at(kept, bars[-1])
    return total, tuple(bars)


def fold_of(call_id: str, folds: int) -> int:
    """A call's fold: the same in every run and on every machine, all transcripts of a call together."""
    return int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8], "big") % folds


def _candidate_thresholds(samples: Sequence[LabelledStep], current: float, doubt: float) -> Iterator[float]:
    """One bar for every way in which the samples can fall out.

    Between two neighbouring reaches all bars do the same; the middle keeps the greatest distance from both, so that
    the next call, a little better or worse, falls on the same side.
    """
    inside = {sample.max_accept_threshold for sample in samples if sample.max_accept_threshold is not None and doubt <= sample.max_accept_threshold <= _TOP}
    yield current
    if inside:
        yield doubt if doubt in inside else _between(doubt, min(inside))
    for low, high in pairwise(sorted({*inside, _TOP})):
        if not low < current <= high:
            yield _between(low, high)


def _between(low: float, high: float) -> float:
    """The middle of (low, high]: a whole number where one fits, as people write bars by hand."""
    middle = (low + high) / 2
    for digits in (0, 1):
        bar = round(middle, digits)
        if low < bar <= high:
            return bar
    return high


class CalibrationSettings(Frozen):
    """How a calibration is done."""

    goal: Goal = Goal()
    folds: int = Field(5, ge=2, description="parts for cross-validation; a call is in one by the hash of its id")
    least_labels: int = Field(
        FEW, ge=1, description="calls of each kind below which a bar is kept: its error rate would be a guess"
    )


class ErrorRates(Frozen):
    """Both ways to be wrong, with 95 % Wilson intervals."""

    misses: Rate = Field(description="said, but called missed or left unsure")
    false_alarms: Rate = Field(description="not said, but called said")


class StepCalibration(Frozen):
    """One step's bar: as it is, as proposed, and how both do."""

    step: str
    said: int = Field(description="labels met or out_of_order")
    not_said: int = Field(description="labels missed")
    left_out: int = Field(description="labelled as due, but the rules held the step for not due: no bar decides that")
    doubt: float
    current: float
    proposed: float = Field(description="equal to `current` when it is kept")
    fold_bars: tuple[float, ...] = Field(description="bars chosen on the folds: far apart means not to be trusted")
    now: ErrorRates = Field(description="at `current`, on all labelled calls")
    held_out: ErrorRates = Field(description="each call at the bar chosen without it; equal to `now` when kept")
    note: str | None = Field(None, description="why it is kept, or why the wanted rate is out of reach")


class Calibration(Frozen):
    """Everything `analyzer calibrate` knows; nothing is written yet."""

    settings: CalibrationSettings
    calls: int = Field(description="transcripts read")
    labelled: int = Field(description="of them labelled")
    without_transcript: tuple[str, ...] = Field(description="labelled calls that no transcript was given for")
    steps: tuple[StepCalibration, ...]
    flips: tuple[Flip, ...]
    verdict_flips: tuple[VerdictFlip, ...]
    warnings: tuple[str, ...]

    def changes(self) -> dict[str, float]:
        """Step -> new bar, for the steps whose bar changes."""
        return {step.step: step.proposed for step in self.steps if step.proposed != step.current}


def calibrate(
    calls: Sequence[MatchedCall], labels: Mapping[str, Label], bank: PhraseBank, settings: CalibrationSettings
) -> Calibration:
    """Choose every step's bar by itself, then judge all calls again under all new bars together.

    `calls` must have been matched with `bank`. Deterministic.
    """
    labelled = [call for call in calls if call.call_id in labels]
    samples = _samples(labelled, labels, bank)
    steps = tuple(_step(step, *samples[step.id], settings) for step in bank.steps)
    changes = {step.step: step.proposed for step in steps if step.proposed != step.current}
    changed, verdicts = _changes(calls if changes else (), labels, bank, with_thresholds(bank, changes))
    known = {call.call_id for call in calls}
    return Calibration(
        settings=settings,
        calls=len(calls),
        labelled=len(labelled),
        without_transcript=tuple(sorted(set(labels) - known)),
        steps=steps,
        flips=tuple(changed),
        verdict_flips=tuple(verdicts),
        warnings=tuple(_warnings(steps, labelled)),
    )


def _samples(
    calls: Iterable[MatchedCall], labels: Mapping[str, Label], bank: PhraseBank
) -> dict[str, tuple[list[LabelledStep], int]]:
    """Per step its samples, and how many labels no bar could decide."""
    reaches = MaxAcceptThresholds(bank)
    samples: dict[str, list[LabelledStep]] = {step.id: [] for step in bank.steps}
    left_out = dict.fromkeys(samples, 0)
    for call in calls:
        now = judge_call(call, bank)
        for step, label in labels[call.call_id].steps.items():
            if step not in samples or label not in {*SAID, "missed"}:
                continue
            if status_of(now, step) == "not_applicable":
                left_out[step] += 1
            else:
                samples[step].append(LabelledStep(call.call_id, label in SAID, reaches.of(call, step)))
    return {step: (found, left_out[step]) for step, found in samples.items()}


def _step(step: Step, samples: Sequence[LabelledStep], left_out: int, settings: CalibrationSettings) -> StepCalibration:
    current, doubt, goal = step.wording.accept, step.wording.doubt, settings.goal
    now = errors_at(samples, current)
    proposed, outside = current, now
    bars: tuple[float, ...] = ()
    note = _too_few(samples, settings.least_labels)
    if note is None:
        outside, bars = cross_validate(samples, goal, current, doubt, settings.folds)
        proposed = best_threshold(samples, goal, current, doubt)
        if proposed == current:
            note, outside = "kept: no other bar serves the goal better", now
        elif goal.cost(outside) >= goal.cost(now):
            note = f"kept: {proposed:g} serves the goal on the labels it was chosen on, but not on held-out calls"
            proposed, outside = current, now
        note = _out_of_reach(errors_at(samples, proposed), goal) or note
    return StepCalibration(
        step=step.id,
        said=now.said,
        not_said=now.not_said,
        left_out=left_out,
        doubt=doubt,
        current=current,
        proposed=proposed,
        fold_bars=bars,
        now=_rates(now),
        held_out=_rates(outside),
        note=note,
    )


def _too_few(samples: Sequence[LabelledStep], least: int) -> str | None:
    """Calls count, not transcripts: two readings of a call are no two calls."""
    said = len({sample.call_id for sample in samples if sample.said})
    not_said = len({sample.call_id for sample in samples if not sample.said})
    if said >= least and not_said >= least:
        return None
    return f"kept: {said} calls labelled said and {not_said} missed; {least} of each are needed"


def _out_of_reach(errors: Errors, goal: Goal) -> str | None:
    if goal.kind == "fewest_errors" or goal.cost(errors)[0] == 0:
        return None
    name, cure = (
        ("miss", "add wordings (`analyzer bank suggest`) or lower `doubt`")
        if goal.kind == "miss_rate"
        else ("false-alarm", "say in the bank what must not match (`must_not`, `none`)")
    )
    return f"no bar reaches the wanted {name} rate of {goal.rate:.1%}: {cure}"


def _rates(errors: Errors) -> ErrorRates:
    return ErrorRates(
        misses=rate(errors.misses, errors.said), false_alarms=rate(errors.false_alarms, errors.not_said)
    )


def _changes(
    calls: Iterable[MatchedCall], labels: Mapping[str, Label], bank: PhraseBank, other: PhraseBank
) -> tuple[list[Flip], list[VerdictFlip]]:
    changed: list[Flip] = []
    verdicts: list[VerdictFlip] = []
    for call in calls:
        before, after = judge_call(call, bank), judge_call(call, other)
        label = labels.get(call.call_id)
        changed += flips(call.call_id, before, after, label.steps if label else None)
        was, now = score(before, bank).verdict, score(after, other).verdict
        if was != now:
            verdicts.append(VerdictFlip(call_id=call.call_id, before=was, after=now))
    return changed, verdicts


def _warnings(steps: Sequence[StepCalibration], labelled: Sequence[MatchedCall]) -> Iterable[str]:
    ids = {call.call_id for call in labelled}
    if len(ids) < len(labelled):
        yield (
            f"{len(labelled) - len(ids)} transcripts are further readings of calls that were given already: "
            "the intervals count each reading and are too narrow."
        )
    for step in steps:
        if step.left_out:
            yield f"{step.step}: {step.left_out} labels left out, the rules held the step for not due there."
