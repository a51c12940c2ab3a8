"""What is kept: work, transcripts, runs, reports. SQLAlchemy here only; nothing above it knows which database."""

from analyzer.store.address import FILE
from analyzer.store.database import PATIENCE_SECONDS
from analyzer.store.listing import Listed, Page, Scope
from analyzer.store.people import Account
from analyzer.store.queue import CRASHES_MAX, HEARTBEAT_SECONDS, LEASE_SECONDS
from analyzer.store.reports import Filed
from analyzer.store.runs import call_key
from analyzer.store.store import Store

__all__ = [
    "CRASHES_MAX",
    "FILE",
    "HEARTBEAT_SECONDS",
    "LEASE_SECONDS",
    "PATIENCE_SECONDS",
    "Account",
    "Filed",
    "Listed",
    "Page",
    "Scope",
    "Store",
    "call_key",
]
