"""The filters of the queue as an address carries them: read leniently, written in a canonical form."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from analyzer.models.base import Status, Verdict
from analyzer.models.review import CallFilter, ReviewState

LISTS = ("waiting", "all", "unreviewed", "reviewed", "disputed", "older")
"""which calls are listed before the other filters apply; the first is the queue itself"""
_STATES = get_args(ReviewState)
_PLAIN = ("why", "step", "status", "agent", "verdict", "since", "until")
_MAX_CHARACTERS = 200


@dataclass(frozen=True)
class Filters:
    """The chosen filters, by field of the form; empty: no restriction."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "Filters":
        """From an address or a form. Invalid values are left out: an old bookmark still opens the list."""
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
        cleaned = {name: fields.get(name, "").replace("\0", "").strip()[:_MAX_CHARACTERS] for name in checks}
        return cls({name: text for name, text in cleaned.items() if text and checks[name](text)})

    def __getitem__(self, name: str) -> str:
        """Value of a field; empty when it does not restrict."""
        return self.values.get(name, "")

    @property
    def any(self) -> bool:
        """Whether anything but the list itself was chosen."""
        return bool(set(self.values) - {"list"})

    @property
    def query(self) -> str:
        """As the query of an address, without the question mark."""
        return urlencode(self.values)

    def path(self, path: str, **more: object) -> str:
        """An address with these filters."""
        query = urlencode({**self.values, **{name: value for name, value in more.items() if value}})
        return f"{path}?{query}" if query else path

    def call_filter(self) -> CallFilter:
        """The filters as the store takes them."""
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
