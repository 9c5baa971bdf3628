"""The vigil: what one look does, on a clock and a process table that are told; then real processes."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from evonas.ranks.vigil import LOOKS, Life, Standstill, Vigil, life, stands_still

ME = os.getpid()
NEEDS_PROC = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")


class World:
    """A clock and a process table."""

    def __init__(self):
        self.now = 0.0
        self.table = {}
        self.killed = []

    def clock(self):
        return self.now

    def kill(self, pid, number):
        assert number == signal.SIGKILL
        self.killed.append(pid)
        self.table.pop(pid)

    def looks(self, watcher, times, seconds=1.0):
        for _ in range(times):
            self.now += seconds
            watcher.look()


@pytest.fixture
def world():
    return World()


@pytest.fixture
def watcher(world):
    """A vigil of this process, whose neighbours in the ring are 11, 12 and 13."""
    world.table |= {pid: Life("S", 1) for pid in (11, 12, 13, ME)}
    watcher = Vigil(world.clock, world.table.get, world.kill)
    watcher.watch([13, ME, 11, 12])
    return watcher


def stop(world, *pids, began=1):
    world.table |= {pid: Life("T", began) for pid in pids}


def test_a_neighbour_that_stands_still_is_killed_after_five_looks(world, watcher):
    stop(world, 11)
    world.looks(watcher, LOOKS - 1)
    assert world.killed == []
    world.looks(watcher, 1)
    assert world.killed == [11]
    world.looks(watcher, 2 * LOOKS)
    assert world.killed == [11]


def test_only_the_next_living_neighbour_is_watched(world, watcher):
    stop(world, 12, 13)
    world.looks(watcher, 2 * LOOKS)
    assert world.killed == []
    del world.table[11]
    world.looks(watcher, LOOKS)
    assert world.killed == [12, 13], "a whole row of stopped ones is found at once"


def test_one_that_goes_on_or_is_being_debugged_is_safe(world, watcher):
    for _ in range(3):
        stop(world, 11)
        world.looks(watcher, LOOKS - 1)
        world.table[11] = Life("R", 1)
        world.looks(watcher, 1)
    world.table[11] = Life("t", 1)
    world.looks(watcher, 2 * LOOKS)
    assert world.killed == []


def test_a_job_that_is_suspended_as_a_whole_loses_nobody(world, watcher):
    stop(world, 11)
    world.looks(watcher, LOOKS - 1)
    world.now += 3600  # in which this process stood still as well; now it goes on a little before the other
    world.looks(watcher, LOOKS - 1)
    assert world.killed == []


def test_a_stranger_with_the_id_of_a_dead_neighbour_is_safe(world, watcher):
    stop(world, 11, began=2)
    world.looks(watcher, 2 * LOOKS)
    assert world.killed == []


def test_looks_in_quick_succession_count_once(world):
    standstill = Standstill(world.clock)
    for _ in range(100):
        world.now += 0.01
        assert standstill.look([11]) == []


def test_closing_time_is_told_once(world, watcher):
    calls = []
    watcher.close_at(2.5, lambda: calls.append(world.now))
    world.looks(watcher, 5)
    assert calls == [3.0]


def test_the_thread_keeps_closing_time_to_the_moment():
    called = threading.Event()
    watcher = Vigil()
    watcher.start()
    time.sleep(0.05)
    watcher.close_at(time.monotonic() + 0.1, called.set)
    assert called.wait(0.8), "it did not wait for its next look"


@NEEDS_PROC
def test_a_stopped_process_is_told_from_a_sleeping_one_and_from_none():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with process:
        assert not stands_still(process.pid)
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        assert stands_still(process.pid)
        assert life(process.pid).began >= life(ME).began
        process.kill()
    assert life(process.pid) is None
    assert not stands_still(process.pid)


DEADLOCK = "mutex = ctypes.create_string_buffer(64); [library.pthread_mutex_lock(mutex) for _ in range(2)]"
LET_THE_INTERPRETER_GO = f"library = ctypes.CDLL(None); {DEADLOCK}"
HOLD_THE_INTERPRETER = f"library = ctypes.PyDLL(None); {DEADLOCK}"

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, start_new_session=True)
print(child.stdout.readline().decode(), flush=True)
input()
"""
CHILD = """
import ctypes, os, subprocess
from evonas.ranks import vigil
vigil.LOOK = 0.1
watcher = vigil.Vigil()
watcher.follow_parent()
watcher.start()
vigil.follow_parent_in_native_code(respite=1)
print(os.getpid(), subprocess.Popen(["sleep", "600"]).pid, flush=True)
{pause}
"""


@NEEDS_PROC
@pytest.mark.parametrize(
    "pause, followers", [(LET_THE_INTERPRETER_GO, 2), (HOLD_THE_INTERPRETER, 1)], ids=["", "native"]
)
def test_a_process_ends_with_its_parent(pause, followers):
    command = [sys.executable, "-c", PARENT, CHILD.format(pause=pause)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    end = time.monotonic() + 20
    while any(map(running, pids[:followers])) and time.monotonic() < end:
        time.sleep(0.02)
    left = list(filter(running, pids))
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == pids[followers:]


def running(pid):
    found = life(pid)
    return found is not None and found.state not in "ZX"


ENDINGS = {
    "os._exit(3)": 0,
    "ctypes.CDLL(None).exit(3)": 0,
    "sys.exit(3)": 0,
    "raise ValueError": 0,
    "os.kill(os.getpid(), 9)": -9,
}


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux")
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_way_out_of_an_mpi_worker_becomes_one_that_is_noticed(ending):
    program = (
        f"import ctypes, os, sys; from evonas.ranks.vigil import deaths_are_noticed\n"
        f"deaths_are_noticed()\n{ending}"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == ENDINGS[ending]


FORKED = """
import os, sys
from evonas.ranks.vigil import deaths_are_noticed
deaths_are_noticed()
child = os.fork()
if not child:
    os._exit(5)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_of_an_mpi_worker_keeps_its_code_and_output_is_not_lost():
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=False)
    assert done.stdout == "5\n"
