"""Fits the weights of the confidence to labelled results: ridge logistic regression by kind, cross-validated.

The log odds that a status is right are fitted by Newton's method with a small ridge (Hoerl and Kennard 1970), so that
a kind with few or only right findings gets finite, modest weights.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analyzer.models.bank_settings import ConfidenceModel, ConfidenceWeights
from analyzer.models.base import Frozen, Status
from analyzer.models.finding import Grounds, GroundsKind
from analyzer.models.report import Report
from analyzer.scoring.confidence import confidence_of, features

KINDS: tuple[GroundsKind, ...] = ("said", "answered", "missed", "not_due")
_MIN_FINDINGS = 30  # of a kind, below which its weights are kept: three weights and a base need some
_RIDGE = 1.0
_NEWTON_STEPS = 25
_BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)


class LabelledFinding(Frozen):
    """One decided finding with its label."""

    grounds: Grounds
    right: bool


class ReliabilityRow(Frozen):
    """Findings of about one confidence."""

    low: float
    high: float
    findings: int
    confidence: float = Field(description="mean")
    right: float = Field(description="share that was right")


class ConfidenceCalibration(Frozen):
    """The proposed weights, and what they are worth on findings they were not fitted to."""

    claims: dict[str, int] = Field(description="labelled findings by kind")
    kept: tuple[str, ...] = Field(description="kinds with too few labels, whose weights stay")
    model: ConfidenceModel
    error_before: float = Field(description="expected calibration error of the bank's own weights")
    error_after: float = Field(description="likewise, held out")
    before: tuple[ReliabilityRow, ...]
    after: tuple[ReliabilityRow, ...] = Field(description="held out")


def labelled_findings(
    reports: Iterable[Report], labels: Mapping[str, Mapping[str, Status]]
) -> list[tuple[str, LabelledFinding]]:
    """Every labelled finding whose status is decided, with the id of its call."""
    return [
        (report.call_id, LabelledFinding(grounds=step.grounds, right=step.status == label))
        for report in reports
        for step in report.steps
        if step.grounds and step.grounds.kind in KINDS and (label := labels.get(report.call_id, {}).get(step.id))
    ]


def calibrate_confidence(
    findings: Sequence[tuple[str, LabelledFinding]], current: ConfidenceModel, folds: int
) -> ConfidenceCalibration:
    """Fit all kinds; whole calls are held out together, so that no call is judged by a model fitted to it."""
    calls = sorted({call for call, _ in findings})
    fold_of = {call: number % folds for number, call in enumerate(calls)}
    held_out: list[tuple[float, bool]] = []
    for fold in range(folds):
        model = _fitted([finding for call, finding in findings if fold_of[call] != fold], current)
        tested = [finding for call, finding in findings if fold_of[call] == fold]
        held_out += [(confidence_of(finding.grounds, model), finding.right) for finding in tested]
    before = [(confidence_of(finding.grounds, current), finding.right) for _, finding in findings]
    count = {kind: sum(finding.grounds.kind == kind for _, finding in findings) for kind in KINDS}
    return ConfidenceCalibration(
        claims=count,
        kept=tuple(kind for kind in KINDS if count[kind] < _MIN_FINDINGS),
        model=_fitted([finding for _, finding in findings], current),
        error_before=_expected_calibration_error(before),
        error_after=_expected_calibration_error(held_out),
        before=_reliability(before),
        after=_reliability(held_out),
    )


def _fitted(findings: Sequence[LabelledFinding], current: ConfidenceModel) -> ConfidenceModel:
    weights: dict[str, ConfidenceWeights] = {}
    for kind in KINDS:
        of_kind = [finding for finding in findings if finding.grounds.kind == kind]
        if len(of_kind) >= _MIN_FINDINGS:
            weights[kind] = _weights(of_kind, current)
    return current.model_copy(update=weights)


def _weights(findings: Sequence[LabelledFinding], model: ConfidenceModel) -> ConfidenceWeights:
    rows = np.array([(1.0, *features(finding.grounds, model)) for finding in findings])
    right = np.array([finding.right for finding in findings], dtype=float)
    base, fit, hearing, speaker = _logistic(rows, right)
    return ConfidenceWeights(
        base=round(base, 2), fit=round(fit, 2), hearing=round(hearing, 2), speaker=round(speaker, 2)
    )


def _logistic(rows: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Ridge logistic regression by Newton's method; the base is hardly penalised."""
    penalty = np.diag([0.01, _RIDGE, _RIDGE, _RIDGE])
    beta = np.zeros(rows.shape[1])
    for _ in range(_NEWTON_STEPS):
        probability = 1 / (1 + np.exp(-np.clip(rows @ beta, -30, 30)))
        gradient = rows.T @ (right - probability) - penalty @ beta
        hessian = (rows * (probability * (1 - probability))[:, None]).T @ rows + penalty
        step = np.linalg.solve(hessian, gradient)
        beta = beta + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-6:  # noqa: PLR2004 - converged
            break
    return float(beta[0]), float(beta[1]), float(beta[2]), float(beta[3])


def _expected_calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error: mean gap between confidence and share right, by bin (Naeini and others 2015)."""
    rows = _reliability(pairs)
    total = sum(row.findings for row in rows)
    return round(sum(row.findings * abs(row.confidence - row.right) for row in rows) / total, 4) if total else 0.0


def _reliability(pairs: Sequence[tuple[float, bool]]) -> tuple[ReliabilityRow, ...]:
    rows = []
    for low, high in pairwise(_BINS):
        inside = [(c, ok) for c, ok in pairs if low <= c < high or c == high == 1.0]
        if inside:
            rows.append(
                ReliabilityRow(
                    low=low,
                    high=high,
                    findings=len(inside),
                    confidence=round(sum(c for c, _ in inside) / len(inside), 3),
                    right=round(sum(ok for _, ok in inside) / len(inside), 3),
                )
            )
    return tuple(rows)
