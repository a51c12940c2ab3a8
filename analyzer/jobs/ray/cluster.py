"""A connection to a Ray cluster that is running."""

import logging
import signal
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import ray
from ray.exceptions import RayError

from analyzer.errors import UsageError
from analyzer.jobs.ray.nodes import Node, nodes_of
from analyzer.jobs.ray.pool import ClusterRequest, RayPool
from analyzer.jobs.worker import Task
from analyzer.jobs.worker_pool import WorkerLimits
from analyzer.models.base import Device

_CONNECT_SECONDS = 5.0  # Ray itself waits for minutes for an address that does not answer
_CURE = "Start Ray on this machine first: `ray start --head`, or `ray start --address=HEAD:6379` to join a cluster."


class RayCluster:
    """Nodes to work on, until it is closed."""

    def __init__(self, address: str | None, *, one_machine: bool) -> None:
        """Connect to `address` (HOST:PORT of the head; None or `auto`: the cluster that this machine belongs to).

        `one_machine`: the store is a file, which other machines cannot use. Raises UsageError naming the cure.
        """
        if address not in (None, "auto"):
            _reach(address)
        self._one_machine = one_machine
        main = threading.current_thread() is threading.main_thread()
        handler = signal.getsignal(signal.SIGTERM) if main else None
        try:
            ray.init(address=address or "auto", log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError, RayError) as error:
            words = " ".join(str(error).split())[:200]
            raise UsageError(f"--executor ray: no cluster to work on ({words}). {_CURE}") from error
        finally:
            if handler is not None:
                signal.signal(signal.SIGTERM, handler)  # Ray puts its own there
        try:
            self.nodes()
        except UsageError:
            self.close()
            raise

    def nodes(self) -> Sequence[Node]:
        """The nodes that are up. Raises UsageError when there are machines that cannot use the store."""
        nodes = nodes_of(ray.nodes())
        if self._one_machine:
            this_node = ray.get_runtime_context().get_node_id()
            here = {node.machine for node in nodes if node.id == this_node}
            others = sorted({node.machine for node in nodes} - here)
            if others:
                raise UsageError(
                    f"The Ray cluster has other machines ({', '.join(others[:3])}), and the store is a file on this "
                    "one. Give --store postgresql+psycopg://USER@HOST/NAME, which all of them can reach."
                )
        return nodes

    def device(self, wanted: Device) -> Device:
        """`cpu` or `cuda`; for `auto` by what the nodes have. Raises UsageError when no node has a GPU."""
        gpus = any(node.gpus for node in self.nodes())
        if wanted == "cuda" and not gpus:
            raise UsageError("--device cuda: no node of the Ray cluster has a GPU. Use --device cpu, or add one.")
        return "cuda" if gpus and wanted != "cpu" else "cpu"

    def useful(self, device: str, jobs: int, workers: int | None) -> int:
        """How many workers have something to do and somewhere to be; `workers`: not more."""
        fit = sum(node.workers(device) for node in self.nodes())
        return max(1, min(jobs, fit, workers or jobs))

    def request(self, device: str, jobs: int, workers: int | None, folders: tuple[Path, ...]) -> ClusterRequest:
        """What to ask of a pool."""
        return ClusterRequest(device, jobs, workers, folders)

    def pool(self, task: Task, owner: str, request: ClusterRequest, limits: WorkerLimits) -> RayPool:
        """Workers for a task that may run elsewhere."""
        return RayPool(self.nodes, task, owner, request, limits)

    def close(self) -> None:
        """Disconnect; the cluster goes on."""
        ray.shutdown()

    def __enter__(self) -> "RayCluster":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise UsageError(f"--ray-address {address}: give HOST:PORT of the cluster's head, such as 10.0.0.5:6379.")
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UsageError(f"--ray-address {address}: nothing answers there ({error}). {_CURE}") from error
