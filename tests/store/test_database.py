"""Opening, migrating, losing the database and getting it back; and what a person is told."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import analyzer.store.migrations
from analyzer.errors import StoreError, UsageError
from analyzer.store.database import store_url
from analyzer.store.migrations import HEAD
from analyzer.store.store import Store
from analyzer.store.tables import metadata
from tests import postgres
from tests.store.jobs import at_once, heard, job, open_store, rows

_MIGRATIONS = Path(analyzer.store.migrations.__file__).parent
NOBODY = 65534


def test_the_newest_migration_is_the_one_the_program_asks_for():
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrations_make_the_tables_that_the_program_knows(store: Store):
    engine = create_engine(store_url(store.address))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_store_opens_again_with_what_it_holds(store_address: str):
    first = Store(store_address)
    first.queue.enqueue([job("a")])
    first.close()
    second = Store(store_address)
    assert second.queue.states(["a"]) == {"a": "pending"}
    second.close()


def test_a_store_of_a_newer_version_is_refused(store: Store):
    engine = create_engine(store_url(store.address))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match=f"newer version of this program .tables 9999, this one knows {HEAD}.*Update"):
        Store(store.address)


@pytest.mark.slow
def test_several_processes_open_a_new_store_at_once(store_address: str):
    assert at_once(open_store, [(store_address,)] * 3) == [{}] * 3
    opened = Store(store_address)
    assert rows(opened, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    opened.close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mysql://x/y", "mysql is not supported"),
        ("://", "not a database URL"),
        ("sqlite://", "several processes need a file"),
    ],
)
def test_a_wrong_address_is_told_with_the_forms_that_are_right(address: str, told: str):
    with pytest.raises(UsageError, match=re.escape(told)) as caught:
        Store(address)
    assert "postgresql+psycopg://USER@HOST/NAME" in str(caught.value)


def test_a_password_is_never_shown(postgres_server: postgres.Server):
    with pytest.raises(StoreError) as caught:
        Store(f"postgresql://{postgres.LOCKED}:wrong-guess@/postgres?host={postgres_server.folder}")
    assert "password" in str(caught.value)
    assert "~/.pgpass" in str(caught.value)
    assert "wrong-guess" not in str(caught.value)


def test_a_database_that_is_not_there_is_told_at_once(postgres_server: postgres.Server):
    with pytest.raises(StoreError, match="createdb"):
        Store(postgres_server.url("nowhere"))


def test_a_role_without_rights_is_told_which(postgres_server: postgres.Server):
    database = postgres_server.url("postgres", postgres.LOCKED).replace(
        f"{postgres.LOCKED}@", f"{postgres.LOCKED}:{postgres.PASSWORD}@"
    )
    with pytest.raises(StoreError, match=r"permission denied.*GRANT CREATE"):
        Store(database)


def test_a_server_that_is_away_is_told_after_the_patience(tmp_path: Path):
    with pytest.raises(StoreError, match=r"connection.*Is the server running"):
        Store(f"postgresql://nobody@/x?host={tmp_path}", opening=0.5)


@pytest.mark.slow
def test_writes_wait_for_a_database_that_is_away_and_go_on(postgres_server: postgres.Server, postgres_address: str):
    store = Store(postgres_address, patience=60)
    keys = [f"{number:03}" for number in range(400)]
    store.queue.enqueue([job(key) for key in keys])
    kept: list[str] = []
    failed: list[Exception] = []

    def keep() -> None:
        try:
            for key in keys:
                assert len(store.queue.claim([key], "o")) == 1
                store.transcripts.finish(key, "o", heard(key))
                kept.append(key)
        except Exception as error:  # noqa: BLE001 - shown below
            failed.append(error)

    writer = threading.Thread(target=keep)
    writer.start()
    _until(lambda: len(kept) > 20)
    postgres_server.stop()
    try:
        before = len(kept)
        assert before < len(keys), "it was over before the server stopped: nothing was tested"
        time.sleep(1.0)
        assert len(kept) <= before + 1
    finally:
        postgres_server.start()
    writer.join(60)
    assert not failed
    assert store.queue.counts().done == len(keys)
    assert rows(store, "SELECT count(*), count(DISTINCT key) FROM attempts WHERE outcome = 'done'") == [(400, 400)]
    store.close()


def test_a_locked_file_is_waited_for(tmp_path: Path):
    store = Store(tmp_path, patience=30)
    other = create_engine(store_url(store.address))
    with other.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        writer = threading.Thread(target=lambda: store.queue.enqueue([job("a")]))
        writer.start()
        time.sleep(0.5)
        assert writer.is_alive()
        connection.exec_driver_sql("COMMIT")
    writer.join(30)
    assert store.queue.states(["a"]) == {"a": "pending"}
    other.dispose()
    store.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path):
    (tmp_path / "analyzer.db").write_bytes(b"ID3 something else entirely" * 100)
    with pytest.raises(StoreError, match=r"analyzer\.db: file is not a database.*move it away"):
        Store(tmp_path)


def test_a_read_only_file_is_told(open_folder: Path):
    store = Store(open_folder)
    store.close()
    for path in (*open_folder.iterdir(), open_folder):
        path.chmod(0o555)
    with unprivileged(), pytest.raises(StoreError, match=r"analyzer\.db.*(read-only|cannot be written)"):
        Store(open_folder).queue.enqueue([job("a")])
    open_folder.chmod(0o755)


def test_a_folder_that_cannot_be_made_is_told(open_folder: Path):
    open_folder.chmod(0o555)
    with unprivileged(), pytest.raises(StoreError, match=r"cannot be made \(Permission denied\); give another --out"):
        Store(open_folder / "new")
    open_folder.chmod(0o755)


def test_a_full_disk_is_told_and_what_was_kept_stays(small_disk: Path):
    store = Store(small_disk)
    ballast = small_disk / "ballast"
    store.queue.enqueue([job("a")])
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    assert shutil.disk_usage(small_disk).free == 0
    with pytest.raises(StoreError, match=r"disk is full.*free some space"):
        store.queue.enqueue([job(f"{number:05}") for number in range(2000)])
    ballast.unlink()
    store.queue.enqueue([job("b")])
    assert {"a": "pending", "b": "pending"}.items() <= store.queue.states(["a", "b"]).items()
    store.close()


def test_a_file_size_limit_is_told_and_what_was_kept_stays(tmp_path: Path):
    code = (
        "import resource, sys\n"
        "from analyzer.errors import StoreError\n"
        "from analyzer.store.store import Store\n"
        "from tests.store.jobs import job\n"
        "store = Store(sys.argv[1]); store.queue.enqueue([job('a')])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try:\n"
        "    for n in range(20): store.queue.enqueue([job(f'{n}-{m}') for m in range(500)])\n"
        "except StoreError as error: print(error)\n"
    )
    run = [sys.executable, "-c", code, str(tmp_path)]
    said = subprocess.run(run, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent.parent)
    assert re.search(r"analyzer\.db: .*(disk is full|disk reports an error)", said.stdout), said.stdout
    store = Store(tmp_path)
    assert store.queue.states(["a"]) == {"a": "pending"}
    store.close()


def _until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom permissions bind; root passes them all."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach: pytest's own are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="analyzer-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs rights; the file size limit is tested all the same")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
