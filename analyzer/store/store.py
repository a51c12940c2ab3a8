"""The store: everything that is stored, behind one object. SQLite by default, PostgreSQL by URL."""

import os
from pathlib import Path

from analyzer.errors import UsageError
from analyzer.models.run import StoredRun
from analyzer.store.calibration_sessions import CalibrationSessions
from analyzer.store.database import OPENING_SECONDS, PATIENCE_SECONDS, Database, store_url, without_password
from analyzer.store.listing import Listing, Tallies
from analyzer.store.people import Logins, People
from analyzer.store.queue import Queue
from analyzer.store.results import Reports, Runs
from analyzer.store.review_cases import Banks, Cases, History
from analyzer.store.status import StoreStatus, status_of
from analyzer.store.transcripts import Files, Transcripts


class Store:
    """An open store. Not for use across processes: each opens its own from `address`."""

    def __init__(
        self, address: str | Path, *, patience: float = PATIENCE_SECONDS, opening: float = OPENING_SECONDS
    ) -> None:
        """Open or make it; see `Database` for the two waits, in seconds.

        Raises UsageError for a wrong address, StoreError when it cannot be used.
        """
        url = store_url(address)
        self.address = url.render_as_string(hide_password=False)
        self.shown = without_password(url)
        database = Database(url, patience=patience, opening=opening)
        self._database = database
        self.queue = Queue(database)
        self.transcripts = Transcripts(database)
        self.runs = Runs(database)
        self.reports = Reports(database)
        self.files = Files(database)
        self.banks = Banks(database)
        self.cases = Cases(database, self.banks)
        self.history = History(database, self.banks)
        self.listing = Listing(database)
        self.tallies = Tallies(database)
        self.people = People(database)
        self.logins = Logins(database)
        self.sessions = CalibrationSessions(database)

    @property
    def is_file(self) -> bool:
        """True for a file of SQLite, which only this machine can use."""
        return self._database.is_sqlite

    def run_of(self, folder: Path) -> StoredRun:
        """The newest run whose results lie in `folder`. Raises UsageError when there is none.

        A folder that was moved or copied with its own database in it is still the same results.
        """
        run = self.runs.newest(os.path.realpath(folder))
        if run is None and self._database.is_sqlite:
            run = self.runs.newest(None)
        if run is None:
            raise UsageError(f"{folder}: no finished run there. Run `analyzer score --out {folder}` first.")
        return run

    def run_number(self, folder: Path) -> int:
        """Number of the run that `run_of` returns."""
        number = self.runs.number(os.path.realpath(folder))
        if number is None and self._database.is_sqlite:
            number = self.runs.number(None)
        if number is None:
            raise UsageError(f"{folder}: no finished run there. Run `analyzer score --out {folder}` first.")
        return number

    def status(self) -> StoreStatus:
        """Jobs by state, what runs now, what failed, and the last run."""
        return status_of(self._database)

    def close(self) -> None:
        """Give connections back."""
        self._database.close()
