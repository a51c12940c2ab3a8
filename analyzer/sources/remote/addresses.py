"""Which arguments are URLs, which of those are plain files, and what opens the others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from analyzer.errors import UsageError


def is_url(text: str) -> bool:
    """True for `scheme://...`; a path never looks so.

    >>> is_url("s3://bucket/calls"), is_url("/data/calls"), is_url("C:/calls")
    (True, False, False)
    """
    scheme, found, _ = text.partition("://")
    return bool(found) and scheme.isascii() and scheme.replace("+", "").replace("-", "").isalnum()


def local_path(url: str) -> Path | None:
    """The path that a `file:` URL names; None for other URLs.

    >>> local_path("file:///data/calls%20of%20today")
    PosixPath('/data/calls of today')
    """
    scheme, _, rest = url.partition("://")
    return Path(unquote(rest)) if scheme == "file" else None


class Storage(Protocol):
    """What is used of fsspec's file systems; each raises errors of its own."""

    def find(self, path: str, *, detail: bool) -> dict[str, Mapping[str, Any]]:
        """Every file under a path, with what is known of it."""

    def info(self, path: str) -> Mapping[str, Any]:
        """What is known of one path."""

    def ls(self, path: str) -> object:
        """What is in a folder."""

    def get_file(self, rpath: str, lpath: str) -> None:
        """Fetch a file."""

    def cat_file(self, path: str, *, end: int | None = None) -> bytes:
        """A file's first bytes."""

    def unstrip_protocol(self, name: str) -> str:
        """The URL of a path."""

    def invalidate_cache(self) -> None:
        """Ask again from now on."""


def file_system(url: str) -> tuple[Storage, str]:
    """The storage that a URL names, and the URL's path in it. Raises UsageError naming the cure."""
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
