"""The chain of heard words against the plain dynamic programme over all cells, which is slower and simpler."""

from hypothesis import given
from hypothesis import strategies as st

from analyzer.matching.alignment import Phrase, TokenOccurrences, align, phrase_of
from analyzer.matching.token_candidates import UNIT
from tests.examples import examples

WEIGHTS = (UNIT, 400_000)
EXTRAS = (20_000, 100_000, 250_000)
ELEMENTS = ("mohon", "alamat", "<email>", "di", "nomor")


def plain(phrase: Phrase, window: TokenOccurrences) -> tuple[int, int, float] | None:
    """Best (first, last, similarity): rows are elements, columns the tokens before which a fit may end."""
    size = len(window.insertion_costs) - 1
    extra = [after - before for before, after in zip(window.insertion_costs, window.insertion_costs[1:], strict=False)]
    rows = [([0] * (size + 1), list(range(size + 1)))]
    for element, weight in zip(phrase.elements, phrase.weights, strict=True):
        above, starts_above = rows[-1]
        row, starts = [above[0] + weight], [starts_above[0]]
        for end in range(1, size + 1):
            cost, start = above[end] + weight, starts_above[end]
            for first, last, distance in window.occurrences.get(element, ()):
                begin = first - window.low
                if last - window.low == end and above[begin] + weight * distance // UNIT < cost:
                    cost, start = above[begin] + weight * distance // UNIT, starts_above[begin]
            if row[end - 1] + extra[end - 1] < cost:
                cost, start = row[end - 1] + extra[end - 1], starts[end - 1]
            row.append(cost)
            starts.append(start)
        rows.append((row, starts))
    row, starts = rows[-1]
    end = min(range(size + 1), key=lambda at: (row[at], -at))
    if starts[end] >= end or row[end] >= phrase.weight_before[-1]:
        return None
    return window.low + starts[end], window.low + end, 100 * (1 - row[end] / phrase.weight_before[-1])


@st.composite
def problems(draw) -> tuple[Phrase, TokenOccurrences]:
    elements = draw(st.lists(st.sampled_from(ELEMENTS), min_size=1, max_size=7))
    weights = [draw(st.sampled_from(WEIGHTS)) for _ in elements]
    low = draw(st.integers(0, 3))
    extras = draw(st.lists(st.sampled_from(EXTRAS), min_size=1, max_size=9))
    heard: dict[str, list[tuple[int, int, int]]] = {}
    for first in range(len(extras)):
        for element in draw(st.sets(st.sampled_from(ELEMENTS), max_size=2)):
            longest = min(3, len(extras) - first)
            last = first + (draw(st.integers(1, longest)) if element == "<email>" else 1)
            place = (low + first, low + last, draw(st.integers(0, UNIT * 2 // 5)))
            heard.setdefault(element, []).append(place)
    sums = [sum(extras[:at]) for at in range(len(extras) + 1)]
    return phrase_of("made", elements, weights), TokenOccurrences(low, heard, sums)


@given(problems())
@examples(400)
def test_the_best_chain_is_the_best_fit(problem):
    phrase, window = problem
    fit, expected = align(phrase, window), plain(phrase, window)
    assert (fit is None) == (expected is None)
    if fit and expected:
        assert (fit.first, fit.last, fit.similarity) == expected


@given(problems())
@examples(200)
def test_the_words_of_a_fit_explain_its_cost(problem):
    phrase, window = problem
    fit = align(phrase, window)
    if fit is None:
        return
    links = fit.links()
    assert (links[0][1], links[-1][2]) == (fit.first, fit.last)
    cost, reached = phrase.weight_before[-1], fit.first
    for element, first, last in links:
        occurrences = window.occurrences[phrase.elements[element]]
        distances = [d for begin, end, d in occurrences if (begin, end) == (first, last)]
        cost += phrase.weights[element] * min(distances) // UNIT - phrase.weights[element]
        cost += window.insertion_costs[first - window.low] - window.insertion_costs[reached - window.low]
        reached = last
    assert [link[0] for link in links] == sorted({link[0] for link in links})
    assert fit.similarity == 100 * (1 - cost / phrase.weight_before[-1])
