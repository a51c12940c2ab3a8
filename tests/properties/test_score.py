"""The arithmetic of score and verdict on any judgement, against its formula in exact fractions."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.bank import PhraseBank
from analyzer.models.base import Status
from analyzer.models.finding import Exemption, Finding, Judgement, Violation
from analyzer.scoring.score import REVIEW_FLAGS, score
from tests.examples import examples
from tests.matching.support import BANK

STATUSES: tuple[Status, ...] = ("met", "out_of_order", "missed", "not_applicable", "unsure")
ROUNDING = Fraction(1, 200)  # scores are rounded to two decimals


@st.composite
def banks(draw: st.DrawFn) -> PhraseBank:
    """The shipped bank with other weights, credit and pass mark."""
    weights = draw(st.lists(st.floats(0.01, 100), min_size=len(BANK.steps), max_size=len(BANK.steps)))
    steps = tuple(step.model_copy(update={"weight": weight}) for step, weight in zip(BANK.steps, weights, strict=True))
    credit, pass_mark = draw(st.floats(0, 1)), draw(st.integers(0, 100) | st.floats(0, 100))
    return BANK.model_copy(update={"steps": steps, "out_of_order_credit": credit, "pass_mark": pass_mark})


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    """Any statuses, doubts, flags and violations."""
    findings = tuple(
        Finding(id=step.id, status=draw(st.sampled_from(STATUSES)), confidence=0.9, reason="r.") for step in BANK.steps
    )
    flags = st.sampled_from([*sorted(REVIEW_FLAGS), "mono", "exemption_doubtful"])
    certain = draw(st.lists(st.booleans(), max_size=2))
    return Judgement(
        findings=findings,
        exemption=draw(st.none() | st.just(Exemption(kind="angry", heard="h", start=1.0))),
        exemption_doubtful=draw(st.booleans()),
        flags=tuple(draw(st.sets(flags, max_size=2))),
        violations=tuple(Violation(id="v", heard="h", start=1.0, certain=sure) for sure in certain),
    )


def exact(judgement: Judgement, bank: PhraseBank, unsure: Fraction | None) -> Fraction | None:
    """100 x credits / weights of the steps due; unsure steps count as `unsure`, or not at all when None."""
    credit = {"met": Fraction(1), "out_of_order": Fraction(bank.out_of_order_credit), "missed": Fraction(0)}
    if unsure is not None:
        credit["unsure"] = unsure
    counted = [
        (Fraction(step.weight), credit[finding.status])
        for step, finding in zip(bank.steps, judgement.findings, strict=True)
        if finding.status in credit
    ]
    due = sum((weight for weight, _ in counted), Fraction(0))
    return 100 * sum((weight * part for weight, part in counted), Fraction(0)) / due if due else None


def near(figure: float | None, wanted: Fraction | None) -> bool:
    if figure is None or wanted is None:
        return figure is None and wanted is None
    return abs(Fraction(figure) - wanted) <= ROUNDING + Fraction(1, 10**9)


@given(judgements(), banks())
@examples(200)
def test_scores_are_the_formulas_and_lie_in_their_bounds(judgement, bank):
    result = score(judgement, bank)
    assert near(result.score, exact(judgement, bank, None))
    assert near(result.score_low, exact(judgement, bank, Fraction(0)))
    assert near(result.score_high, exact(judgement, bank, Fraction(1)))
    if result.score_low is not None and result.score_high is not None:
        assert 0 <= result.score_low <= result.score_high <= 100
        if result.score is not None:
            assert result.score_low <= result.score <= result.score_high
    if "unsure" not in {finding.status for finding in judgement.findings}:
        assert result.score_low == result.score == result.score_high


@given(judgements(), banks())
@examples(200)
def test_verdicts_are_the_designs(judgement, bank):
    result = score(judgement, bank)
    refused = [violation.certain for violation in judgement.violations]
    look = judgement.exemption_doubtful or False in refused or bool(set(judgement.flags) & REVIEW_FLAGS)
    if True in refused:
        want = "fail"
    elif judgement.exemption:
        want = "exempt"
    elif result.score_high is None or result.score_low is None:
        want = "review"
    elif result.score_high < bank.pass_mark:  # nobody fails whose customer was not heard: it may not have been due
        want = "review" if "customer_unheard" in judgement.flags else "fail"
    elif result.score_low >= bank.pass_mark and not look:
        want = "pass"
    else:
        want = "review"
    assert result.verdict == want


@given(judgements(), banks(), st.integers(0, len(BANK.steps) - 1))
@examples(100)
def test_a_better_status_never_lowers_a_score_and_doubt_only_widens_the_bounds(judgement, bank, at):
    figures = {}
    for status in ("missed", "out_of_order", "met", "unsure"):
        findings = list(judgement.findings)
        findings[at] = findings[at].model_copy(update={"status": status})
        figures[status] = score(judgement.model_copy(update={"findings": tuple(findings)}), bank)
    for figure in ("score", "score_low", "score_high"):
        missed, late, met = (getattr(figures[status], figure) for status in ("missed", "out_of_order", "met"))
        assert missed <= late <= met
    assert figures["unsure"].score_low == figures["missed"].score_low
    assert figures["unsure"].score_high == figures["met"].score_high
