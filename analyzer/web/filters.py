"""The filters of the queue as an address carries them: read leniently, written in one form."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from analyzer.models.base import Status, Verdict
from analyzer.models.review import CallFilter, ReviewState

LISTS = ("waiting", "all", "unreviewed", "reviewed", "disputed", "older")
"""what the list holds before the other filters; the first is the queue itself"""
_STATES = get_args(ReviewState)
_PLAIN = ("why", "step", "status", "agent", "verdict", "since", "until")
_LONGEST = 200


@dataclass(frozen=True)
class Filters:
    """What somebody chose, by field of the form; empty: no restriction."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Filters":
        """From an address or a form. What cannot be is left out: an old bookmark still opens the list."""
        checks = {
            "list": lambda text: text in LISTS[1:],
            "why": str.isidentifier,
            "step": str.isidentifier,
            "status": lambda text: text in get_args(Status),
            "verdict": lambda text: text in get_args(Verdict),
            "agent": bool,
            "since": _is_day,
            "until": _is_day,
            "q": bool,
        }
        tidy = {name: given.get(name, "").replace("\0", "").strip()[:_LONGEST] for name in checks}
        return cls({name: text for name, text in tidy.items() if text and checks[name](text)})

    def __getitem__(self, name: str) -> str:
        """One field's value; empty when it does not restrict."""
        return self.values.get(name, "")

    @property
    def any(self) -> bool:
        """True when anything but the list itself was chosen."""
        return bool(set(self.values) - {"list"})

    @property
    def query(self) -> str:
        """For addresses, without the question mark."""
        return urlencode(self.values)

    def path(self, path: str, **more: object) -> str:
        """An address with these filters."""
        query = urlencode({**self.values, **{name: value for name, value in more.items() if value}})
        return f"{path}?{query}" if query else path

    def wanted(self) -> CallFilter:
        """The same for the store."""
        listed = self["list"] or LISTS[0]
        return CallFilter.model_validate(
            {
                "waiting": listed == "waiting",
                "state": listed if listed in _STATES else None,
                "text": self["q"] or None,
                **{name: self[name] or None for name in _PLAIN},
            }
        )


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
