"""Parts of the terminal tables of all analyses."""

from collections.abc import Sequence

from rich.table import Table

from analyzer.analysis.statistics import Rate


def step_table(title: str, *columns: str, left: Sequence[str] = ()) -> Table:
    """A table whose rows begin with a step; further columns are numbers, aligned right, except those in `left`."""
    table = Table(title=title, title_justify="left")
    table.add_column("step", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="left" if name in left else "right", no_wrap=True)
    return table


def rate_text(rate: Rate) -> str:
    """A share with its interval, as 85.0% (71%-93%); "-" when nothing was counted.

    >>> rate_text(Rate(hits=17, of=20, value=0.85, low=0.6396, high=0.9476)), rate_text(Rate(hits=0, of=0))
    ('85.0% (64%-95%)', '-')
    """
    if rate.value is None or rate.low is None or rate.high is None:
        return "-"
    return f"{rate.value:.1%} ({rate.low:.0%}-{rate.high:.0%})"


def seconds_text(start: float | None) -> str:
    """A time in a call, as 12.3 s; empty when there is none."""
    return "" if start is None else f"{start:.1f} s"
