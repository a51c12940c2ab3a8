"""A real PostgreSQL server for tests and benchmarks: Debian's binaries, a folder of its own, a Unix socket, no port."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")
ADMIN = "analyzer"
LOCKED = "locked"  # a role that must give its password
PASSWORD = "not-told"  # noqa: S105 - of a server that lives as long as one test run
_FAST = ("fsync=off", "full_page_writes=off")  # tests kill the server, but never pull the plug of the machine


def binaries() -> Path | None:
    """Folder with initdb and pg_ctl; None when PostgreSQL is not installed."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@dataclass(frozen=True)
class Server:
    """A server that can be stopped and started again."""

    folder: Path
    bin: Path
    options: tuple[str, ...]

    def start(self) -> None:
        settings = " ".join(f"-c {option}" for option in (f"unix_socket_directories={self.folder}", *self.options))
        arguments = f"-h '' {settings}"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", arguments, "start")

    def stop(self) -> None:
        """At once, as when the machine fails: clients lose their connections in mid-statement."""
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def make(self) -> None:
        self._run("initdb", "-D", self.data, "-U", ADMIN, "--auth=trust", "-E", "UTF8", "--no-sync", "--locale=C")
        rules = self.data / "pg_hba.conf"
        rules.write_text(f"local all {LOCKED} scram-sha-256\n{rules.read_text()}")

    def sql(self, statement: str, database: str = "postgres") -> str:
        return self._run("psql", "-h", self.folder, "-U", ADMIN, "-d", database, "-XAtc", statement)

    def new_database(self) -> str:
        """URL of an empty database."""
        name = f"t{uuid.uuid4().hex[:16]}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str, user: str = ADMIN) -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        """Where it answers."""
        return self.folder / ".s.PGSQL.5432"

    def _run(self, program: str, *arguments: object) -> str:
        # `start` leaves a server that would hold a pipe open: its output goes to a file.
        with tempfile.TemporaryFile("w+") as said:
            command = [str(self.bin / program), *map(str, arguments)]
            other = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root; Debian brings this user
            done = subprocess.run(
                command,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=self.folder,
                user=other,
                group=other,
                extra_groups=[] if other else None,
            )
            said.seek(0)
            text = said.read()
        assert done.returncode == 0, f"{program}: {text}"
        return text.strip()


@contextmanager
def running(*options: str, fast: bool = True) -> Iterator[Server]:
    """A new server with these settings (`name=value`); its folder goes with it."""
    found = binaries()
    assert found is not None, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="analyzer-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    server = Server(folder, found, (*(_FAST if fast else ()), *options))
    try:
        server.make()
        server.start()
        server.sql(f"CREATE ROLE {LOCKED} LOGIN PASSWORD '{PASSWORD}'")
        yield server
    finally:
        if (server.data / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
