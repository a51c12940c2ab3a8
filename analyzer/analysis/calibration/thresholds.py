"""Chooses every step's `accept` threshold from labelled calls, with the figures that let a person trust it or not.

A threshold is chosen for each step by itself and cross-validated: each call is also judged at the threshold chosen
without it. Then all calls are judged again under all new thresholds together.
"""

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
from analyzer.analysis.labels import SAID, CallLabels
from analyzer.analysis.statistics import Rate, rate
from analyzer.models.bank import PhraseBank, Step
from analyzer.models.base import Frozen
from analyzer.scoring.score import score

_MAX_SIMILARITY = 100.0


class Goal(Frozen):
    """What a threshold should achieve. Without a rate: the fewest errors, both kinds counting alike."""

    kind: Literal["fewest_errors", "miss_rate", "false_alarm_rate"] = "fewest_errors"
    rate: float = Field(0.0, ge=0, lt=1, description="wanted share, 0 to 1; not used by fewest_errors")

    def cost(self, errors: "Errors") -> tuple[float, ...]:
        """Smaller is better. A wanted rate comes first, then the errors of the other kind, then its own.

        Of equal sums the one with fewer false alarms: a miss is mostly left `unsure` and looked at, a false alarm hides
        a breach.
        """
        if self.kind == "miss_rate":
            return (max(0.0, errors.miss_rate - self.rate), errors.false_alarms, errors.misses)
        if self.kind == "false_alarm_rate":
            return (max(0.0, errors.false_alarm_rate - self.rate), errors.misses, errors.false_alarms)
        return (errors.misses + errors.false_alarms, errors.false_alarms)


class Errors(Frozen):
    """Counts at one threshold."""

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


class CalibrationSettings(Frozen):
    """How a threshold calibration is done."""

    goal: Goal = Goal()
    folds: int = Field(5, ge=2, description="parts for cross-validation; a call is in one by the hash of its id")
    least_labels: int = Field(
        FEW, ge=1, description="calls of each kind below which a threshold is kept: its error rate would be a guess"
    )


class ErrorRates(Frozen):
    """Both ways to be wrong, with 95 % Wilson intervals."""

    misses: Rate = Field(description="said, but called missed or left unsure")
    false_alarms: Rate = Field(description="not said, but called said")


class StepCalibration(Frozen):
    """One step's threshold: as it is, as proposed, and how both do."""

    step: str
    said: int = Field(description="labels met or out_of_order")
    not_said: int = Field(description="labels missed")
    left_out: int = Field(description="labelled as due, but not due by the rules: no threshold decides that")
    doubt: float
    current: float
    proposed: float = Field(description="equal to `current` when it is kept")
    fold_bars: tuple[float, ...] = Field(description="thresholds chosen on the folds: far apart, not to be trusted")
    now: ErrorRates = Field(description="at `current`, on all labelled calls")
    held_out: ErrorRates = Field(description="each call at the threshold chosen without it; as `now` when kept")
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
        """Step -> new threshold, for the steps whose threshold changes."""
        return {step.step: step.proposed for step in self.steps if step.proposed != step.current}


def calibrate(
    calls: Sequence[MatchedCall], labels: Mapping[str, CallLabels], bank: PhraseBank, settings: CalibrationSettings
) -> Calibration:
    """Choose every step's threshold by itself, then judge all calls again under all new ones together.

    `calls` must have been matched with `bank`. Deterministic.
    """
    labelled = [call for call in calls if call.call_id in labels]
    samples = _labelled_steps(labelled, labels, bank)
    steps = tuple(_calibrate_step(step, *samples[step.id], settings) for step in bank.steps)
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


def errors_at(samples: Sequence[LabelledStep], threshold: float) -> Errors:
    """Misses and false alarms at this threshold."""
    said = [sample for sample in samples if sample.said]
    not_said = [sample for sample in samples if not sample.said]
    return Errors(
        said=len(said),
        misses=sum(not sample.is_said_at(threshold) for sample in said),
        not_said=len(not_said),
        false_alarms=sum(sample.is_said_at(threshold) for sample in not_said),
    )


def best_threshold(samples: Sequence[LabelledStep], goal: Goal, current: float, doubt: float) -> float:
    """The threshold in [doubt, 100] of least cost; of equals the current one, else the nearest to it."""
    return min(
        _candidate_thresholds(samples, current, doubt),
        key=lambda value: (goal.cost(errors_at(samples, value)), abs(value - current), value),
    )


def cross_validate(
    samples: Sequence[LabelledStep], goal: Goal, current: float, doubt: float, folds: int
) -> tuple[Errors, tuple[float, ...]]:
    """Errors on each fold at the threshold chosen on the other folds, summed, and those thresholds."""
    total = NO_ERRORS
    thresholds = []
    for fold in range(folds):
        training = [sample for sample in samples if fold_of(sample.call_id, folds) != fold]
        held_out = [sample for sample in samples if fold_of(sample.call_id, folds) == fold]
        if training and held_out:
            thresholds.append(best_threshold(training, goal, current, doubt))
            total += errors_at(held_out, thresholds[-1])
    return total, tuple(thresholds)


def fold_of(call_id: str, folds: int) -> int:
    """A call's fold: the same in every run and on every machine, all transcripts of a call together."""
    return int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8], "big") % folds


def _candidate_thresholds(samples: Sequence[LabelledStep], current: float, doubt: float) -> Iterator[float]:
    """One threshold for every way in which the samples can come out.

    Between two neighbouring maximal thresholds all do the same; the middle keeps the greatest distance from both, so
    that the next call, a little better or worse, falls on the same side.
    """
    values = {sample.max_accept_threshold for sample in samples}
    inside = {value for value in values if value is not None and doubt <= value <= _MAX_SIMILARITY}
    yield current
    if inside:
        yield doubt if doubt in inside else _between(doubt, min(inside))
    for low, high in pairwise(sorted({*inside, _MAX_SIMILARITY})):
        if not low < current <= high:
            yield _between(low, high)


def _between(low: float, high: float) -> float:
    """The middle of (low, high]: a whole number where one fits, as people write thresholds by hand."""
    middle = (low + high) / 2
    for digits in (0, 1):
        rounded = round(middle, digits)
        if low < rounded <= high:
            return rounded
    return high


def _labelled_steps(
    calls: Iterable[MatchedCall], labels: Mapping[str, CallLabels], bank: PhraseBank
) -> dict[str, tuple[list[LabelledStep], int]]:
    """By step its samples, and the number of labels that no threshold could decide."""
    maxima = MaxAcceptThresholds(bank)
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
                samples[step].append(LabelledStep(call.call_id, label in SAID, maxima.of(call, step)))
    return {step: (items, left_out[step]) for step, items in samples.items()}


def _calibrate_step(
    step: Step, samples: Sequence[LabelledStep], left_out: int, settings: CalibrationSettings
) -> StepCalibration:
    current, doubt, goal = step.wording.accept, step.wording.doubt, settings.goal
    now = errors_at(samples, current)
    proposed, validated = current, now
    fold_thresholds: tuple[float, ...] = ()
    note = _too_few(samples, settings.least_labels)
    if note is None:
        validated, fold_thresholds = cross_validate(samples, goal, current, doubt, settings.folds)
        proposed = best_threshold(samples, goal, current, doubt)
        if proposed == current:
            note, validated = "kept: no other bar serves the goal better", now
        elif goal.cost(validated) >= goal.cost(now):
            note = f"kept: {proposed:g} serves the goal on the labels it was chosen on, but not on held-out calls"
            proposed, validated = current, now
        note = _unreachable_rate(errors_at(samples, proposed), goal) or note
    return StepCalibration(
        step=step.id,
        said=now.said,
        not_said=now.not_said,
        left_out=left_out,
        doubt=doubt,
        current=current,
        proposed=proposed,
        fold_bars=fold_thresholds,
        now=_rates(now),
        held_out=_rates(validated),
        note=note,
    )


def _too_few(samples: Sequence[LabelledStep], minimum: int) -> str | None:
    """Calls count, not transcripts: two transcripts of a call are no two calls."""
    said = len({sample.call_id for sample in samples if sample.said})
    not_said = len({sample.call_id for sample in samples if not sample.said})
    if said >= minimum and not_said >= minimum:
        return None
    return f"kept: {said} calls labelled said and {not_said} missed; {minimum} of each are needed"


def _unreachable_rate(errors: Errors, goal: Goal) -> str | None:
    if goal.kind == "fewest_errors" or goal.cost(errors)[0] == 0:
        return None
    name, fix = (
        ("miss", "add wordings (`analyzer bank suggest`) or lower `doubt`")
        if goal.kind == "miss_rate"
        else ("false-alarm", "say in the bank what must not match (`must_not`, `none`)")
    )
    return f"no bar reaches the wanted {name} rate of {goal.rate:.1%}: {fix}"


def _rates(errors: Errors) -> ErrorRates:
    return ErrorRates(
        misses=rate(errors.misses, errors.said), false_alarms=rate(errors.false_alarms, errors.not_said)
    )


def _changes(
    calls: Iterable[MatchedCall], labels: Mapping[str, CallLabels], bank: PhraseBank, other: PhraseBank
) -> tuple[list[Flip], list[VerdictFlip]]:
    changed: list[Flip] = []
    verdicts: list[VerdictFlip] = []
    for call in calls:
        before, after = judge_call(call, bank), judge_call(call, other)
        label = labels.get(call.call_id)
        changed += flips(call.call_id, before, after, label.steps if label else None)
        old_verdict, new_verdict = score(before, bank).verdict, score(after, other).verdict
        if old_verdict != new_verdict:
            verdicts.append(VerdictFlip(call_id=call.call_id, before=old_verdict, after=new_verdict))
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
