"""Span algebra and the time inside windows."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.base import Span, difference, union, window_of

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: Span(start=pair[0], end=sum(pair))))


def seconds(spans: list[Span] | tuple[Span, ...]) -> set[int]:
    """Whole seconds that the spans cover."""
    return {second for span in spans for second in range(round(span.start), round(span.end))}


@given(SPANS)
def test_a_union_covers_the_same_in_order_and_apart(spans: list[Span]):
    joined = union(spans)
    assert seconds(joined) == seconds(spans)
    assert all(left.end < right.start for left, right in pairwise(joined))


@given(SPANS, SPANS)
def test_a_difference_is_what_only_the_first_cover(spans: list[Span], removed: list[Span]):
    left = difference(spans, removed)
    assert seconds(left) == seconds(spans) - seconds(removed)
    assert all(span.seconds > 0 for span in left)


def test_seconds_inside_a_window_become_call_time():
    window = window_of([Span(start=10, end=12), Span(start=20, end=23)])
    assert window.seconds == 5
    assert window.call_time(0.5, 1.0) == (10.5, 11.0)
    assert window.call_time(2.5, 3.0) == (20.5, 21.0)
    assert window.call_time(1.8, 2.1) == (11.8, 12.0)  # over the seam: where most of it lies
    assert window.call_time(4.9, 9.0) == (22.9, 23.0)  # into the padding
