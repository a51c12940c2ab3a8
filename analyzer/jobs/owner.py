"""Who holds a claim: a process, named so that others on the same machine can tell whether it still lives."""

import os
import platform
from pathlib import Path

import psutil

from analyzer.store.store import Store


def owner_name() -> str:
    """This process, unlike any other of any machine at any time."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def release_dead_owners(store: Store) -> int:
    """Take back what processes of this machine held that are gone; returns how many jobs it was.

    A killed command need not wait for its own leases to run out. Other machines' claims are left to their leases.
    """
    count = 0
    for owner in store.queue.owners():
        machine, _, rest = owner.rpartition("/")[0].rpartition("/")
        started = owner.rpartition("/")[2]
        if machine == _machine() and rest.isdigit() and _started(int(rest)) != started:
            count += store.queue.mark_lost(owner)
    return count


def _machine() -> str:
    """Host, boot and process namespace: a container of the same name on another host is another machine."""
    parts = [platform.node()]
    for source in (Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")):
        try:
            parts.append(str(source.readlink()) if source.is_symlink() else source.read_text("ascii").strip())
        except OSError:
            continue
    return ":".join(part.replace("/", "_") for part in parts)


def _started(pid: int) -> str | None:
    """When a process began; None when there is none with this number."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.2f}"
    except psutil.Error:
        return None
