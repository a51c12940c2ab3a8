"""A real Ray cluster for tests: nodes are processes of this machine, each of which can be killed as a machine dies."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_DEDUP_LOGS_SKIP_REGEX"] = ".*"
_SMALL: dict[str, Any] = {"object_store_memory": 80 << 20, "include_dashboard": False}


@dataclass(frozen=True)
class Cluster:
    """A head, and nodes that come and go."""

    ray: Any

    @property
    def address(self) -> str:
        return str(self.ray.address)

    def join(self, cpus: int, **more: Any) -> Any:
        """A new node."""
        return self.ray.add_node(num_cpus=cpus, **_SMALL, **more)

    def workers(self, node: Any) -> list[psutil.Process]:
        """The analyzer's own workers on a node."""
        found = [child for one in _processes(node) for child in one.children(recursive=True)]
        return [child for child in found if "AnalyzerWorker" in " ".join(child.cmdline())]

    def kill(self, node: Any) -> None:
        """All that runs on a node ends at once, as when its power is cut."""
        own = _processes(node)
        for process in [*own, *(child for one in own for child in one.children(recursive=True))]:
            process.send_signal(signal.SIGKILL)

    def leave(self, node: Any) -> None:
        """A node ends in good order."""
        self.ray.remove_node(node)


def _processes(node: Any) -> list[psutil.Process]:
    return [psutil.Process(info.process.pid) for infos in node.all_processes.values() for info in infos]


@contextmanager
def running(cpus: int) -> Iterator[Cluster]:
    """A cluster of one node with so many CPUs; its files go with it."""
    from ray.cluster_utils import Cluster as Nodes

    folder = os.environ["RAY_TMPDIR"] = tempfile.mkdtemp(prefix="ray-")  # short: names of sockets must be
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": cpus, **_SMALL})
    try:
        yield Cluster(nodes)
    finally:
        nodes.shutdown()
        del os.environ["RAY_TMPDIR"]
        shutil.rmtree(folder, ignore_errors=True)
