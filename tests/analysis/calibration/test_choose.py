import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analysis.calibration.rejudge import ALWAYS, LabelledStep
from analyzer.analysis.calibration.thresholds import Goal, best_threshold, cross_validate, errors_at, fold_of

DOUBT = 50.0


def samples(said: list[float | None], not_said: list[float | None]) -> list[LabelledStep]:
    return [LabelledStep(f"s{at}", True, reach) for at, reach in enumerate(said)] + [
        LabelledStep(f"n{at}", False, reach) for at, reach in enumerate(not_said)
    ]


MIXED = samples(said=[60, 70, 80, 90], not_said=[55, 65, 75, None])
REACHES = st.lists(st.one_of(st.none(), st.just(ALWAYS), st.integers(500, 1000).map(lambda n: n / 10)), max_size=12)


def test_misses_and_false_alarms_are_counted_at_the_bar_itself():
    errors = errors_at(MIXED, 75)
    assert (errors.said, errors.misses, errors.not_said, errors.false_alarms) == (4, 2, 4, 1)
    assert (errors.miss_rate, errors.false_alarm_rate) == (0.5, 0.25)


@pytest.mark.parametrize(
    ("goal", "bar"),
    [
        (Goal(kind="miss_rate", rate=0.0), 58),  # in (55, 60]: no miss, and one false alarm less than below
        (Goal(kind="miss_rate", rate=0.25), 68),  # in (65, 70]
        (Goal(kind="miss_rate", rate=0.5), 78),  # in (75, 80]: two misses buy that no false alarm is left
        (Goal(kind="false_alarm_rate", rate=0.0), 78),
        (Goal(kind="false_alarm_rate", rate=0.25), 68),
    ],
)
def test_a_wanted_rate_is_kept_with_the_fewest_errors_of_the_other_kind(goal: Goal, bar: float):
    assert best_threshold(MIXED, goal, 99, DOUBT) == bar


def test_without_a_rate_the_fewest_errors_are_wanted_and_of_equals_the_fewest_false_alarms():
    # 58: 2 false alarms; 68: 1 and 1; 78: 2 misses
    assert best_threshold(MIXED, Goal(), 99, DOUBT) == 78


def test_a_bar_that_is_as_good_as_any_other_is_kept():
    apart = samples(said=[80, 90], not_said=[55])
    assert best_threshold(apart, Goal(), 72.5, DOUBT) == 72.5
    assert best_threshold(apart, Goal(), 85, DOUBT) == 68  # the middle of (55, 80], as a whole number


def test_a_wanted_rate_out_of_reach_leaves_as_little_missing_as_can_be():
    lost = samples(said=[None, 70, 80], not_said=[60])
    assert best_threshold(lost, Goal(kind="miss_rate", rate=0.0), 90, DOUBT) == 65


def test_what_the_customer_s_answer_proves_no_bar_can_miss():
    assert errors_at(samples(said=[ALWAYS], not_said=[]), 100).misses == 0


@given(REACHES, REACHES, st.sampled_from(["fewest_errors", "miss_rate", "false_alarm_rate"]), st.integers(0, 50))
def test_no_other_bar_does_better(said: list[float | None], not_said: list[float | None], kind: str, rate: int):
    both = samples(said, not_said)
    goal = Goal.model_validate({"kind": kind, "rate": rate / 100})
    bar = best_threshold(both, goal, 75, DOUBT)
    assert DOUBT <= bar <= 100
    best = goal.cost(errors_at(both, bar))
    assert all(best <= goal.cost(errors_at(both, other / 10)) for other in range(500, 1001))


@given(REACHES, REACHES, st.floats(50, 100), st.floats(50, 100))
def test_a_higher_bar_never_misses_less_and_never_alarms_more(said, not_said, first: float, second: float):
    low, high = (errors_at(samples(said, not_said), bar) for bar in sorted((first, second)))
    assert low.misses <= high.misses
    assert low.false_alarms >= high.false_alarms


def test_every_call_is_held_out_once_and_judged_at_a_bar_chosen_without_it():
    many = samples(said=[60 + at % 30 for at in range(40)], not_said=[50 + at % 20 for at in range(40)])
    errors, bars = cross_validate(many, Goal(), 90, DOUBT, 5)
    assert (errors.said, errors.not_said, len(bars)) == (40, 40, 5)
    odd_one = [*samples(said=[80] * 30, not_said=[60] * 30), LabelledStep("odd", True, 61)]
    in_sample = errors_at(odd_one, best_threshold(odd_one, Goal(), 90, DOUBT))
    outside, _ = cross_validate(odd_one, Goal(), 90, DOUBT, 5)
    assert (in_sample.misses, in_sample.false_alarms) == (0, 0)
    assert outside.misses == 1  # without it the threshold is 70, and so it is missed


def test_folds_depend_on_the_call_alone():
    assert [fold_of(name, 5) for name in ("call-1", "call-2", "call-3")] == [2, 1, 3]
    assert {fold_of(f"call-{at}", 5) for at in range(50)} == set(range(5))
