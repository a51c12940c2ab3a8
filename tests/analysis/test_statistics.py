"""Intervals, sample sizes and agreement against published figures."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analysis.statistics import (
    Z95,
    cohen_kappa,
    detection_probability,
    gwet_ac1,
    margin_of_error,
    rate,
    sample_size_for_margin,
    sample_size_to_detect,
)
from tests.examples import examples


def pairs(table: list[list[int]]) -> list[tuple[str, str]]:
    """The ratings of a contingency table: a row a category of the first rater, a column one of the second."""
    return [
        (str(row), str(column)) for row, counts in enumerate(table) for column, count in enumerate(counts)
        for _ in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # Newcombe 1998, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17:857-872,
        # table I, method 3 (score method without continuity correction)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(hits: int, of: int, low: float, high: float):
    assert (rate(hits, of).low, rate(hits, of).high) == pytest.approx((low, high), abs=5e-5)


def test_wilsons_interval_narrows_with_the_number_of_labels():
    assert [(rate(90 * n // 100, n).low, rate(90 * n // 100, n).high) for n in (20, 100, 400)] == [
        (0.699, 0.9721), (0.8256, 0.9448), (0.8667, 0.9257),
    ]


@given(st.integers(0, 50), st.integers(1, 50))
def test_a_rate_lies_in_its_interval(hits: int, more: int):
    value = rate(hits, hits + more)
    assert value.value is not None
    assert value.low is not None
    assert value.high is not None
    assert 0 <= value.low <= value.value <= value.high <= 1


@pytest.mark.parametrize(
    ("table", "kappa", "ac1"),
    [
        # cont3x3abstractors, https://cran.r-project.org/web/packages/irrCAC/vignettes/overview.html (K. L. Gwet)
        ([[13, 0, 0], [0, 20, 7], [0, 4, 56]], 0.7964, 0.8493),
        # Gwet 2002, Kappa statistic is not satisfactory for assessing the extent of agreement between raters
        ([[118, 5], [2, 0]], -0.0234, 0.9408),
        # https://en.wikipedia.org/wiki/Cohen%27s_kappa, "Examples"
        ([[20, 5], [10, 15]], 0.4, None),
        ([[45, 15], [25, 15]], 0.1304, None),
        ([[25, 35], [5, 35]], 0.2593, None),
    ],
)
def test_agreement_beyond_chance_is_the_published_one(table: list[list[int]], kappa: float, ac1: float | None):
    assert cohen_kappa(pairs(table)) == pytest.approx(kappa, abs=5e-5)
    if ac1 is not None:
        assert gwet_ac1(pairs(table)) == pytest.approx(ac1, abs=5e-5)


def test_kappa_sinks_with_prevalence_and_ac1_does_not():
    ratings = pairs([[90, 5], [5, 0]])
    assert cohen_kappa(ratings) == pytest.approx(-0.0526, abs=1e-3)
    assert gwet_ac1(ratings) == pytest.approx(0.8895, abs=1e-3)
    assert cohen_kappa([("a", "a")]) == gwet_ac1([("a", "a")]) == 1.0


def test_six_calls_miss_a_failure_in_one_of_eight_with_probability_45_percent():
    assert 1 - detection_probability(1 / 8, 6, 1_000_000) == pytest.approx((7 / 8) ** 6, abs=1e-4)
    assert 1 - detection_probability(1 / 8, 6, 48) == pytest.approx(comb(42, 6) / comb(48, 6))
    assert sample_size_to_detect(1 / 8, 0.95, 1_000_000) == 23  # (7/8)^22 is 5.3 %


def test_the_width_is_that_of_wilsons_interval_and_shrinks_in_a_small_population():
    for hits, of in ((18, 20), (45, 50), (90, 100), (380, 400)):
        found = rate(hits, of)
        assert found.low is not None
        assert found.high is not None
        assert margin_of_error(hits / of, of) == pytest.approx((found.high - found.low) / 2, abs=1e-4)
    assert margin_of_error(0.5, 40, 1_000_000) == pytest.approx(margin_of_error(0.5, 40), rel=1e-3)
    assert margin_of_error(0.5, 40, 50) < margin_of_error(0.5, 40, 100) < margin_of_error(0.5, 40)
    assert margin_of_error(0.5, 50, 50) == 0.0
    assert margin_of_error(0.5, 0) == 0.5
    assert sample_size_for_margin(0.1, 1_000_000) == 93  # by hand: Z^2 (1/(4 w^2) - 1)
    assert sample_size_for_margin(0.1, 1_000_000) == -int(-(Z95**2) * (1 / 0.04 - 1) // 1)


@given(st.integers(1, 300), st.floats(0.01, 1), st.floats(0.05, 0.99))
@examples(100)
def test_the_sample_size_to_detect_is_the_smallest_that_is_enough(population: int, failing: float, chance: float):
    bad = min(population, max(1, round(failing * population)))

    def sees(of: int) -> float:
        return float(1 - Fraction(comb(population - bad, of), comb(population, of)))

    of = sample_size_to_detect(failing, chance, population)
    assert sees(of) >= chance - 1e-9
    assert of == 0 or sees(of - 1) <= chance + 1e-9


@given(st.integers(1, 500), st.floats(0.02, 0.4), st.floats(0, 1))
@examples(100)
def test_the_sample_size_for_a_margin_is_the_smallest_that_is_enough(population: int, width: float, share: float):
    of = sample_size_for_margin(width, population, share)
    assert margin_of_error(share, of, population) <= width
    assert of == 0 or margin_of_error(share, of - 1, population) > width
