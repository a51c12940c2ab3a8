"""Nodes that come, go, die or cannot do the work: nothing is lost, and what is wrong is told."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from analyzer.errors import UsageError
from analyzer.jobs.ray.cluster import RayCluster
from analyzer.jobs.ray.nodes import Node, nodes_of, place_workers
from analyzer.jobs.ray.pool import ClusterRequest, RayPool
from analyzer.jobs.worker import Task
from analyzer.models.run import Job
from analyzer.store.store import Store
from tests.jobs.jobs import OWNER, attempts, done_by, pids
from tests.jobs.tasks import ElsewhereTask, NotingTask
from tests.ray_cluster import Cluster
from tests.store.jobs import rows

GATES = ("gate0", "gate1")  # jobs that last until the file `open` is there: both workers of the head have one


def pool(cluster: RayCluster, task: Task, folders: tuple[Path, ...] = ()) -> RayPool:
    return RayPool(cluster.nodes, task, OWNER, ClusterRequest("cpu", jobs=6, folders=folders))


def test_what_a_dying_node_had_in_hand_is_done_elsewhere_and_once(
    cluster: RayCluster, ray_nodes: Cluster, tmp_path: Path, store: Store
):
    node = ray_nodes.join(cpus=2)
    keys = (*GATES, "gate2", "a", "b", "c")

    def kill() -> None:
        begun = begun_there(node, ray_nodes, tmp_path, keys)
        ray_nodes.kill(node)
        (tmp_path / "killed").write_text(begun)
        (tmp_path / "open").touch()

    with soon(lambda: begun_there(node, ray_nodes, tmp_path, keys), kill):
        done = done_by(pool(cluster, NotingTask(tmp_path)), store, *keys)
    ray_nodes.leave(node)
    assert done == dict.fromkeys(keys)
    killed = (tmp_path / "killed").read_text()
    assert {key: attempts(tmp_path, key) for key in keys} == {key: 1 + (key == killed) for key in keys}
    assert rows(store, "SELECT key, crashes FROM work WHERE lost = 1") == [(killed, 0)]  # nobody is blamed


def begun_there(node: object, nodes: Cluster, folder: Path, keys: Sequence[str]) -> str:
    """What a node has begun; empty when it has not."""
    own = {worker.pid for worker in nodes.workers(node)}
    return next((key for key in keys if (folder / key).exists() and own & set(pids(folder, key))), "")


@contextmanager
def soon(condition: Callable[[], object], act: Callable[[], None]) -> Iterator[None]:
    """Do something once a condition holds, while the `with` lasts."""

    def watch() -> None:
        while not condition():
            time.sleep(0.05)
        act()

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield
    watcher.join()


def test_a_node_that_joins_is_used(cluster: RayCluster, ray_nodes: Cluster, tmp_path: Path, store: Store):
    keys = ("first", *GATES, "a", "b")  # when the first is done both workers of the head have a gate
    joined: list[object] = []

    def join_then_open(job: Job) -> None:
        if joined:
            (tmp_path / "open").touch()
        else:
            joined.append(ray_nodes.join(cpus=2))

    done = done_by(pool(cluster, NotingTask(tmp_path)), store, *keys, meanwhile=join_then_open)
    ray_nodes.leave(joined[0])
    assert done == dict.fromkeys(keys)
    assert {attempts(tmp_path, key) for key in keys} == {1}
    assert len({pid for key in keys for pid in pids(tmp_path, key)}) == 3


def test_a_node_that_cannot_do_the_work_is_left_out_and_the_others_do_it(
    cluster: RayCluster, ray_nodes: Cluster, tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
):
    node = ray_nodes.join(cpus=2, env_vars={"LACKS": "the store"})
    keys = (*GATES, "gate2", "a")
    with soon(lambda: "left out: the store cannot be reached" in caplog.text, (tmp_path / "open").touch):
        done = done_by(pool(cluster, ElsewhereTask(tmp_path)), store, *keys)
    ray_nodes.leave(node)
    assert done == dict.fromkeys(keys)
    assert rows(store, "SELECT sum(crashes), sum(lost) FROM work") == [(0, 0)]


def test_a_cluster_that_lacks_the_recordings_folder_is_told_before_the_work(
    cluster: RayCluster, tmp_path: Path, store: Store
):
    gone = tmp_path / "gone"
    with pytest.raises(UsageError, match=rf"cannot start: on node .*: {gone} is not there: every machine needs"):
        done_by(pool(cluster, NotingTask(tmp_path), (tmp_path, gone)), store, "a")
    assert not (tmp_path / "a").exists()


def test_a_store_that_is_a_file_is_refused_when_the_cluster_has_other_machines(
    cluster: RayCluster, ray_nodes: Cluster
):
    other = ray_nodes.join(cpus=1, node_ip_address="127.0.0.2")
    try:
        with pytest.raises(UsageError, match=r"other machines \(127\.0\.0\.2\).*Give --store postgresql"):
            cluster.nodes()
    finally:
        ray_nodes.leave(other)
    assert cluster.nodes()


def test_workers_end_when_the_ray_of_their_node_dies(
    cluster: RayCluster, ray_nodes: Cluster, tmp_path: Path, store: Store
):
    node = ray_nodes.join(cpus=2)
    left: list[psutil.Process] = []

    def kill() -> None:
        workers = ray_nodes.workers(node)
        for infos in node.all_processes.values():
            for info in infos:
                info.process.kill()
        left.extend(psutil.wait_procs(workers, timeout=5)[1])  # Ray itself notices after 14 s
        (tmp_path / "open").touch()

    keys = (*GATES, "gate2")
    with soon(lambda: begun_there(node, ray_nodes, tmp_path, keys), kill):
        assert done_by(pool(cluster, NotingTask(tmp_path)), store, *keys) == dict.fromkeys(keys)
    ray_nodes.leave(node)
    assert left == []


def test_a_device_is_chosen_by_what_the_nodes_have(cluster: RayCluster, ray_nodes: Cluster):
    assert (cluster.device("auto"), cluster.device("cpu")) == ("cpu", "cpu")
    with pytest.raises(UsageError, match="no node of the Ray cluster has a GPU"):
        cluster.device("cuda")
    node = ray_nodes.join(cpus=1, num_gpus=2)
    try:
        assert (cluster.device("auto"), cluster.device("cuda"), cluster.device("cpu")) == ("cuda", "cuda", "cpu")
    finally:
        ray_nodes.leave(node)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:9", "nothing answers there"),
        ("ray://head:10001", "give HOST:PORT of the cluster's head"),
        ("head", "give HOST:PORT of the cluster's head"),
    ],
)
def test_an_address_without_a_cluster_is_told_at_once(address: str, message: str):
    with pytest.raises(UsageError, match=message):
        RayCluster(address, one_machine=False)


def node(name: str, cpus: int = 0, gpus: int = 0) -> Node:
    return Node(name, name, cpus, gpus)


@pytest.mark.parametrize(
    ("given", "device", "workers", "threads", "asks"),
    [
        (node("a", cpus=16), "cpu", 8, 2, {"num_cpus": 2}),
        (node("a", cpus=3), "cpu", 1, 3, {"num_cpus": 3}),
        (node("a", cpus=1), "cpu", 1, 1, {"num_cpus": 1}),
        (node("a", cpus=0), "cpu", 0, 1, {"num_cpus": 1}),
        (node("a", cpus=16, gpus=4), "cuda", 4, 4, {"num_gpus": 1, "num_cpus": 1}),
        (node("a", cpus=0, gpus=1), "cuda", 1, 1, {"num_gpus": 1, "num_cpus": 0}),
        (node("a", cpus=16), "cuda", 0, 16, {"num_gpus": 1, "num_cpus": 1}),
    ],
)
def test_workers_of_a_node_never_take_more_than_it_has(
    given: Node, device: str, workers: int, threads: int, asks: dict[str, float]
):
    assert (given.workers(device), given.threads(device), given.resources(device)) == (workers, threads, asks)


def test_few_workers_are_spread_over_machines():
    nodes = [node("a", cpus=8), node("b", cpus=4), node("c", cpus=0)]
    assert sorted(one.id for one in place_workers(nodes, {"a": 1}, "cpu", 3)) == ["a", "a", "b"]
    assert sorted(one.id for one in place_workers(nodes, {"a": 3}, "cpu", 2)) == ["b", "b"]
    assert len(place_workers(nodes, {}, "cpu", 100)) == 6
    assert place_workers(nodes, {"a": 4, "b": 2}, "cpu", 5) == []


def test_nodes_that_are_down_do_not_count():
    told = {"NodeID": "n", "NodeManagerAddress": "10.0.0.1", "Resources": {"CPU": 4.0, "GPU": 1.0}}
    assert nodes_of([{**told, "Alive": True}, {**told, "Alive": False}]) == (Node("n", "10.0.0.1", 4, 1),)
