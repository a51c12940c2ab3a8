"""An app over a store of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.store.store import Store
from tests.review.cases import reported
from tests.web.serving import Served, serve


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Two calls of Dewi and one of Budi, none of them reviewed."""
    store = Store(tmp_path / "analyzer.db")
    made = serve(
        tmp_path,
        store,
        reported("first", "mmxmmm", agent="Dewi", started_at="2026-11-03T09:25:17+07:00"),
        reported("second", "mxxxmm", agent="Dewi"),
        reported("third", "xxxxxx", agent="Budi"),
    )
    yield made
    made.context.audio.close()
    store.close()
