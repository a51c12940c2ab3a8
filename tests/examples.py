"""How many examples property tests are given: a quarter in CI, all with `pytest --nightly`."""

from hypothesis import settings

_SHARE, _LEAST = 4, 10
_DEFAULT = 100

# No deadline: timings are benchmarks, not tests. The same examples every time: a red run means that something changed.
settings.register_profile("nightly", deadline=None, derandomize=True, database=None, max_examples=_DEFAULT)
settings.register_profile("quick", settings.get_profile("nightly"), max_examples=_DEFAULT // _SHARE)


def use_examples(*, all_of_them: bool) -> None:
    """Settle it for this run; before test modules are imported."""
    settings.load_profile("nightly" if all_of_them else "quick")


def nightly() -> bool:
    """Whether this run may take an hour."""
    return settings.get_current_profile_name() == "nightly"


def examples(count: int) -> settings:
    """Decorator: so many examples with `--nightly`."""
    return settings(max_examples=count if nightly() else min(count, max(_LEAST, count // _SHARE)))
