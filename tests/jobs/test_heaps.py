"""Threads of a worker share memory that one of them freed."""

import platform
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow  # measures memory

_HEAPS_OF_EIGHT_THREADS = """
import ctypes, sys, threading
from analyzer.jobs.worker import share_heaps
if sys.argv[1] == "shared":
    share_heaps()
library = ctypes.CDLL(None)
library.malloc.restype = library.fopen.restype = ctypes.c_void_p
all_there = threading.Barrier(8)
def take():
    all_there.wait(60)
    library.malloc(ctypes.c_size_t(1000))
    all_there.wait(60)
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
file = ctypes.c_void_p(library.fopen(b"/dev/stdout", b"w"))
library.malloc_info(0, file)
library.fflush(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas to share")
def test_the_threads_of_a_worker_share_two_heaps():
    def heaps(how: str) -> int:
        command = [sys.executable, "-c", _HEAPS_OF_EIGHT_THREADS, how]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        return ran.stdout.count("<heap nr=")

    assert heaps("own") > 2
    assert heaps("shared") == 2
