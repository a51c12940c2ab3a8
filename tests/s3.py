"""A real S3 server for tests: moto's, in a process of its own, with the requests that it had."""

import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

_PATIENCE = 30.0


@dataclass(frozen=True)
class Server:
    """One server, and how to reach it."""

    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def environment(self) -> dict[str, str]:
        """What a user sets for a server of one's own."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "not-told",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def put(self, url: str, data: bytes) -> str:
        """Store an object under `s3://BUCKET/KEY`; the bucket is made."""
        bucket, _, key = url.removeprefix("s3://").partition("/")
        self._client.create_bucket(Bucket=bucket)
        self._client.put_object(Bucket=bucket, Key=key, Body=data)
        return url

    def delete(self, url: str) -> None:
        """Remove an object."""
        bucket, _, key = url.removeprefix("s3://").partition("/")
        self._client.delete_object(Bucket=bucket, Key=key)

    def fetched(self) -> list[str]:
        """Paths of the objects that were read, in order."""
        return re.findall(r'"GET (/[^? ]+/[^? ]+) HTTP', self.log.read_text())

    @property
    def _client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="tests",
            aws_secret_access_key="not-told",  # noqa: S106 - of a server that lives as long as the tests
        )


@contextmanager
def running(*, strict: bool = False) -> Iterator[Server]:
    """A new server; a strict one knows nobody and lets nobody in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                env={"INITIAL_NO_AUTH_ACTION_COUNT": "0"} if strict else {},
                stdout=said,
                stderr=said,
            )
        try:
            _await(port)
            yield Server(port, log, process)
        finally:
            process.kill()
            process.wait()


def _await(port: int) -> None:
    began = time.monotonic()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() - began < _PATIENCE, "the S3 server does not start"
            time.sleep(0.05)
        else:
            return
