"""What lies under a URL."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzer.errors import UsageError
from analyzer.models.recording import RemoteFile
from analyzer.sources.remote.addresses import Storage, file_system
from analyzer.sources.remote.error_messages import problem

# What changes with the content, the surest first; storages name it differently.
_STAMPS = ("ETag", "etag", "md5Hash", "content_md5", "LastModified", "last_modified", "updated", "mtime", "modified")


_READS = 16  # at once: small files cost the time until a storage begins to answer


@dataclass(frozen=True)
class Listed:
    """A file under a URL that was given."""

    file: RemoteFile
    name: str  # relative to that URL, with forward slashes

    @property
    def path(self) -> Path:
        """Its place in the storage, for its name and ending only: nothing lies there on this machine."""
        return Path(self.file.url.partition("://")[2])


def listed(url: str) -> tuple[Listed, ...]:
    """Every file under a URL, or the one that it names, in the order of their names.

    Raises UsageError when there is nothing, when access is refused, or when the storage cannot be reached.
    """
    system, root = file_system(url)
    try:
        system.invalidate_cache()
        found = system.find(root, detail=True) or _itself(system, root)
    except Exception as error:  # each storage raises errors of its own
        raise UsageError(f"{url}: {problem(error)}.") from error
    if not found:
        raise UsageError(f"{url}: nothing is there. Check bucket, folder and name.")
    return tuple(sorted(_files(system, root, found), key=lambda one: one.name))


def read(url: str) -> bytes | None:
    """The bytes of a small file, None when it is not there. Raises UsageError when the storage does not let us look."""
    system, path = file_system(url)
    try:
        return bytes(system.cat_file(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # each storage raises errors of its own
        raise UsageError(f"{url}: {problem(error)}.") from error


def contents(files: Sequence[RemoteFile], most: int) -> list[bytes | None]:
    """The bytes of small files; None of one that has more than `most`, or cannot be read."""
    with ThreadPoolExecutor(_READS) as readers:
        return list(readers.map(lambda file: _content(file, most), files))


def _content(file: RemoteFile, most: int) -> bytes | None:
    if file.size > most:
        return None
    try:
        system, path = file_system(file.url)
        return bytes(system.cat_file(path, end=most))
    except Exception:  # noqa: BLE001 - whatever it is, there is no reading it
        return None


def _itself(system: Storage, path: str) -> dict[str, Mapping[str, Any]]:
    info = system.info(path)
    return {path: info} if info.get("type") == "file" else {}


def _files(system: Storage, root: str, found: Mapping[str, Mapping[str, Any]]) -> Iterator[Listed]:
    for path, info in found.items():
        if info.get("type") != "file" or path.endswith("/"):
            continue
        stamp = next((str(info[name]) for name in _STAMPS if info.get(name)), "")
        file = RemoteFile(url=system.unstrip_protocol(path), size=int(info.get("size") or 0), stamp=stamp)
        name = path.removeprefix(root).lstrip("/") if path.startswith(root) else ""
        yield Listed(file, name or path.rpartition("/")[2])
