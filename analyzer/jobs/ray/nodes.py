"""The nodes of a Ray cluster, and how many workers fit on each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.jobs.worker_pool import THREADS_PER_WORKER


@dataclass(frozen=True)
class Node:
    """One node that is up: what Ray may use of one machine."""

    id: str
    machine: str  # its address; several nodes may be on one machine
    cpus: int
    gpus: int

    def workers(self, device: str) -> int:
        """How many workers fit: one a GPU, or of two threads each."""
        if device == "cuda":
            return self.gpus
        return max(self.cpus // THREADS_PER_WORKER, min(self.cpus, 1))

    def threads(self, device: str) -> int:
        """Threads of each of them: together never more than its CPUs."""
        return max(1, self.cpus // max(1, self.workers(device)))

    def resources(self, device: str) -> dict[str, float]:
        """What each of them takes of the node."""
        if device == "cuda":
            return {"num_gpus": 1, "num_cpus": min(1, self.cpus)}
        return {"num_cpus": self.threads(device)}


def nodes_of(states: Iterable[Mapping[str, Any]]) -> tuple[Node, ...]:
    """The nodes that are up, of what Ray tells of all."""
    return tuple(
        Node(
            id=str(node["NodeID"]),
            machine=str(node["NodeManagerAddress"]),
            cpus=int(node["Resources"].get("CPU", 0)),
            gpus=int(node["Resources"].get("GPU", 0)),
        )
        for node in states
        if node["Alive"]
    )


def place_workers(nodes: Iterable[Node], taken: Mapping[str, int], device: str, max_workers: int) -> list[Node]:
    """Nodes for up to `max_workers` more workers: each time the one with most free slots, then the fewest."""
    used = {node: taken.get(node.id, 0) for node in nodes}
    placed: list[Node] = []
    while len(placed) < max_workers:
        free = {node: (node.workers(device) - count, -count) for node, count in used.items()}
        best = max(free, key=lambda node: free[node], default=None)
        if best is None or free[best][0] <= 0:
            break
        used[best] += 1
        placed.append(best)
    return placed
