"""A function of many items: in this process, or in several where there are enough items to be worth starting them."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from analyzer.jobs.worker_choice import cores

_WORTH_A_PROCESS = 200  # items of some milliseconds each; a process takes about two seconds to start
_CHUNK = 25

Item = TypeVar("Item")
Result = TypeVar("Result")


def process_map(
    start: Callable[..., Callable[[Item], Result]],
    shared: tuple[object, ...],
    items: Sequence[Item],
    *,
    local: Callable[[Item], Result],
    processes: int | None = None,
) -> Iterator[Result]:
    """`function(item)` for each item, in order; the function is `local` here, `start(*shared)` in other processes.

    `start` is a top-level function of a module, called once in each process. `processes`: at most; None: all cores.
    """
    count = min(processes or cores(), max(1, len(items) // _WORTH_A_PROCESS))
    if count == 1:
        yield from map(local, items)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=(start, shared)) as pool:
        yield from pool.map(_call, items, chunksize=_CHUNK)


_function: list[Callable[[Any], Any]] = []  # of this process, set when it starts


def _start(start: Callable[..., Callable[[Item], Result]], shared: tuple[object, ...]) -> None:
    _function[:] = [start(*shared)]


def _call(item: Item) -> Any:  # noqa: ANN401 - what `start`'s function returns
    return _function[0](item)
