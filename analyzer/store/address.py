"""Where a store is: a file of SQLite by default, PostgreSQL by URL."""

import os
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from analyzer.errors import UsageError

DATABASE_NAME = "analyzer.db"  # inside --out
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "fuse.s3fs", "fuse.glusterfs"}


def store_url(given: str | Path) -> URL:
    """The store that is meant: a results folder, a database file, or a URL. Raises UsageError naming the cure."""
    text = str(given)
    if "://" not in text:
        path = Path(text)
        return _file(path if path.suffix == ".db" else path / DATABASE_NAME)
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise UsageError(f"--store: not a database URL. {_FORMS}") from error
    backend = url.get_backend_name()
    if backend not in _DRIVERS:
        raise UsageError(f"--store {shown(url)}: {backend} is not supported. {_FORMS}")
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise UsageError(f"--store {shown(url)}: several processes need a file. {_FORMS}")
        return _file(Path(url.database))
    return url.set(drivername=_DRIVERS[backend])


_FORMS = "Give sqlite:///FILE.db or postgresql+psycopg://USER@HOST/NAME (the password belongs in ~/.pgpass)."


def _file(path: Path) -> URL:
    return URL.create(_DRIVERS["sqlite"], database=os.path.realpath(path))


def without_password(url: URL) -> str:
    """The address as people may see it: without a password."""
    return url.render_as_string(hide_password=True)


def on_network_share(path: Path) -> bool:
    """True when the file lies on a network share, where SQLite's write-ahead log loses data (field notes 8)."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    except OSError:
        return False  # no Linux: the user's own disk is the rule
    parents = {str(parent) for parent in (path, *path.parents)}
    above = [(len(fields[1]), fields[2]) for fields in mounts if fields[1] in parents]
    return bool(above) and max(above)[1] in _NETWORK_FILE_SYSTEMS
