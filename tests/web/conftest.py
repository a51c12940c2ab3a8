"""An app over a store of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.store.store import Store
from tests.review.cases import scored_report
from tests.web.app_client import AppUnderTest, app_over


@pytest.fixture
def served(tmp_path: Path) -> Iterator[AppUnderTest]:
    """Two calls of Dewi and one of Budi, none of them reviewed."""
    store = Store(tmp_path / "analyzer.db")
    made = app_over(
        tmp_path,
        store,
        scored_report("first", "mmxmmm", agent="Dewi", started_at="2026-11-03T09:25:17+07:00"),
        scored_report("second", "mxxxmm", agent="Dewi"),
        scored_report("third", "xxxxxx", agent="Budi"),
    )
    yield made
    made.context.audio.close()
    store.close()
