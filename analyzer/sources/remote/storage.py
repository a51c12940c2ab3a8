"""Files named by a URL that fsspec reads: listing and reading them, and what a storage's errors mean.

Local paths and `file:` URLs never come here.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from analyzer.errors import UsageError
from analyzer.models.recording import RemoteFile

# Keys of file information that change with the content, the surest first; storages name it differently.
_STAMP_KEYS = (
    "ETag", "etag", "md5Hash", "content_md5", "LastModified", "last_modified", "updated", "mtime", "modified",
)
_PARALLEL_READS = 16  # reading a small file takes mostly the time until the storage begins to answer
_MESSAGE_CHARACTERS = 200  # of a storage's error that are shown


class Storage(Protocol):
    """The part of fsspec's file systems that is used; each raises errors of its own."""

    def find(self, path: str, *, detail: bool) -> dict[str, Mapping[str, Any]]:
        """Every file under a path, with its information."""

    def info(self, path: str) -> Mapping[str, Any]:
        """Information on one path."""

    def ls(self, path: str) -> object:
        """What is in a folder."""

    def get_file(self, rpath: str, lpath: str) -> None:
        """Download a file."""

    def cat_file(self, path: str, *, end: int | None = None) -> bytes:
        """A file's bytes, up to `end`."""

    def unstrip_protocol(self, name: str) -> str:
        """The URL of a path."""

    def invalidate_cache(self) -> None:
        """Forget listings."""


@dataclass(frozen=True)
class ListedFile:
    """A file under a URL that was given."""

    file: RemoteFile
    name: str  # relative to that URL, with forward slashes

    @property
    def path(self) -> Path:
        """The path in the storage, for its name and suffix only: there is no such file on this machine."""
        return Path(self.file.url.partition("://")[2])


def is_url(text: str) -> bool:
    """True for `scheme://...`; a path never looks so.

    >>> is_url("s3://bucket/calls"), is_url("/data/calls"), is_url("C:/calls")
    (True, False, False)
    """
    scheme, separator, _ = text.partition("://")
    return bool(separator) and scheme.isascii() and scheme.replace("+", "").replace("-", "").isalnum()


def local_path(url: str) -> Path | None:
    """The path that a `file:` URL names; None for other URLs.

    >>> local_path("file:///data/calls%20of%20today")
    PosixPath('/data/calls of today')
    """
    scheme, _, rest = url.partition("://")
    return Path(unquote(rest)) if scheme == "file" else None


def file_system(url: str) -> tuple[Storage, str]:
    """The storage that a URL names, and the URL's path in it. Raises UsageError, which says how to fix it."""
    _refuse_secrets(url)
    if "::" in url:
        raise UsageError(f"{url}: archives and chained URLs are not read. Unpack it first.")
    scheme = url.partition("://")[0]
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(url)
    except ImportError as error:
        raise UsageError(
            f"{url}: a package is missing ({error}). For S3: pip install 'sop-adherence-checker[remote]'."
        ) from error
    except ValueError as error:
        raise UsageError(f"{url}: {scheme} is no kind of URL that can be read ({error}).") from error
    return system, str(path)


def list_files(url: str) -> tuple[ListedFile, ...]:
    """Every file under a URL, or the one that it names, in the order of their names.

    Raises UsageError when there is nothing, when access is refused, or when the storage cannot be reached.
    """
    system, root = file_system(url)
    try:
        system.invalidate_cache()
        entries = system.find(root, detail=True) or _single_file(system, root)
    except Exception as error:  # each storage raises errors of its own
        raise UsageError(f"{url}: {explanation(error)}.") from error
    if not entries:
        raise UsageError(f"{url}: nothing is there. Check bucket, folder and name.")
    return tuple(sorted(_files(system, root, entries), key=lambda listed: listed.name))


def read_file(url: str) -> bytes | None:
    """The bytes of a small file, None when it is not there. Raises UsageError when the storage refuses or is away."""
    system, path = file_system(url)
    try:
        return bytes(system.cat_file(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # each storage raises errors of its own
        raise UsageError(f"{url}: {explanation(error)}.") from error


def read_small_files(files: Sequence[RemoteFile], max_bytes: int) -> list[bytes | None]:
    """The bytes of small files; None of one that has more than `max_bytes`, or cannot be read."""
    with ThreadPoolExecutor(_PARALLEL_READS) as readers:
        return list(readers.map(lambda file: _read_small(file, max_bytes), files))


def explanation(error: Exception) -> str:
    """Why a storage failed and what to do, as the end of a message."""
    words = " ".join(str(error).split())[:_MESSAGE_CHARACTERS] or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return f"not there ({words}). Check bucket, folder and name"
    if _access_refused(error):
        return f"access refused ({words}). Set credentials for it, for S3 in ~/.aws or AWS_ACCESS_KEY_ID"
    return f"cannot be reached now ({type(error).__name__}: {words}). Check the address and the network"


def is_transient(error: Exception) -> bool:
    """True for errors that may pass: a network or a storage that is down."""
    return not isinstance(error, FileNotFoundError | IsADirectoryError) and not _access_refused(error)


def _read_small(file: RemoteFile, max_bytes: int) -> bytes | None:
    if file.size > max_bytes:
        return None
    try:
        system, path = file_system(file.url)
        return bytes(system.cat_file(path, end=max_bytes))
    except Exception:  # noqa: BLE001 - whatever it is, there is no reading it
        return None


def _single_file(system: Storage, path: str) -> dict[str, Mapping[str, Any]]:
    info = system.info(path)
    return {path: info} if info.get("type") == "file" else {}


def _files(system: Storage, root: str, entries: Mapping[str, Mapping[str, Any]]) -> Iterator[ListedFile]:
    for path, info in entries.items():
        if info.get("type") != "file" or path.endswith("/"):
            continue
        stamp = next((str(info[name]) for name in _STAMP_KEYS if info.get(name)), "")
        file = RemoteFile(url=system.unstrip_protocol(path), size=int(info.get("size") or 0), stamp=stamp)
        name = path.removeprefix(root).lstrip("/") if path.startswith(root) else ""
        yield ListedFile(file, name or path.rpartition("/")[2])


def _access_refused(error: Exception) -> bool:
    """True when access was refused, or there are no credentials to ask with: waiting does not help."""
    return isinstance(error, PermissionError) or "Credentials" in type(error).__name__


def _refuse_secrets(url: str) -> None:
    """URLs are kept and shown, so no secret may stand in one."""
    try:
        parts = urlsplit(url)
        secret = parts.password is not None
    except ValueError as error:
        raise UsageError(f"{url}: not a URL ({error}).") from error
    if secret:
        shown = f"{parts.scheme}://{parts.hostname}{parts.path}"
        raise UsageError(f"{shown}: leave the password out of the URL; put it where fsspec looks for it.")
    if parts.scheme in {"http", "https"} and parts.query:
        shown = f"{parts.scheme}://{parts.netloc}{parts.path}"
        raise UsageError(f"{shown}: signed URLs expire and would be kept; give the storage's own URL, such as s3://.")
