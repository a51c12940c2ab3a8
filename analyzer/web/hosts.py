"""Which names the app answers to. A page elsewhere can point its own name at 127.0.0.1 (DNS rebinding): the Host
header is then all that tells its requests from ours, so only names known to be this machine's are answered.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9._-]{1,253}))(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True)
class Hosts:
    """Names and addresses that mean this app, in lower case, without brackets or port."""

    names: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> "Hosts":
        """Loopback and `names`."""
        return cls(LOOPBACK | {name.strip().strip("[]").lower() for name in names})

    def allows(self, header: str) -> bool:
        """True when a request with this Host header is meant for us.

        The port does not matter: a tunnel (`ssh -L`) changes it, an attacker's page cannot choose the name.
        """
        found = _HOST.fullmatch(header.lower())
        if found is None:
            return False
        return (found["six"] or found["name"]).removesuffix(".") in self.names


def is_loopback(host: str) -> bool:
    """True when listening at `host` cannot be reached from another machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
