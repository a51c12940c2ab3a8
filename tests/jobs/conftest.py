"""One Ray cluster for all tests of this folder, and one connection to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.jobs.ray.cluster import RayCluster
from analyzer.store.store import Store
from tests import ray_cluster, s3
from tests.conftest import ROOT


@pytest.fixture(scope="package")
def ray_nodes(s3_server: s3.Server) -> Iterator[ray_cluster.Cluster]:
    """A head with room for two workers; its machines may read from the S3 server."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**s3_server.environment, "PYTHONPATH": str(ROOT)}.items():
            environment.setenv(name, value)
        with ray_cluster.running(cpus=4) as nodes:
            yield nodes


@pytest.fixture(scope="package")
def cluster(ray_nodes: ray_cluster.Cluster) -> Iterator[RayCluster]:
    with RayCluster(ray_nodes.address, one_machine=True) as connected:
        yield connected


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.db")
    yield opened
    opened.close()
