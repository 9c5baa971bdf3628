"""Evaluations that crash, overstay or overrun memory: each costs its own outcome, and the next one is fine.

This file is also the child: ``python test_isolation.py DESCRIPTOR``.
"""

import ctypes
import math
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from evonas import Int, Space
from evonas.evaluate.evaluator import Context
from evonas.evaluate.guard import guarded
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import CandidateId, Failure
from evonas.ranks import isolation, vigil, wire
from evonas.ranks.isolation import Isolated
from evonas.ranks.local import SocketLink
from evonas.ranks.worker import Evaluation, Unfit, serve


def fine():
    return {"value": 1.5, "cost": -2.0, "pid": os.getpid()}


def raises():
    raise ValueError("too wide")


def exits():
    sys.exit("enough")


def leaves():
    os._exit(3)


def leaves_natively():
    ctypes.CDLL(None).exit(4)


def crashes():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.string_at(0)


def is_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def is_stopped():
    os.kill(os.getpid(), signal.SIGSTOP)


def overruns_memory():
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**27, resource.RLIM_INFINITY))
    bytearray(2**29)


class OutOfMemoryError(RuntimeError):
    """Called as torch's is."""


def overruns_gpu():
    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def hangs():
    child = subprocess.Popen(["sleep", "600"])
    Path("grandchild").write_text(str(child.pid))
    ctypes.PyDLL(None).sleep(600)  # holds the interpreter's lock


DEEDS = [
    *(fine, raises, exits, leaves, leaves_natively, crashes, is_killed, is_stopped),
    *(overruns_memory, overruns_gpu, hangs),
]
SPACE = Space(Int(0, len(DEEDS) - 1))
OBJECTIVES = Objectives({"value": "max", "cost": "min"})


def job():
    """Load the search, slowly or not at all if there are files that say so."""
    if Path("slow").exists():
        time.sleep(0.5)
    if Path("broken").exists():
        return Unfit(Failure("RuntimeError: no licence", "Traceback"))
    if Path("deadly").exists():
        os._exit(7)

    def evaluate(deed, task, seed):
        return guarded(lambda *_: DEEDS[deed](), deed, Context(seed=seed), task.id, OBJECTIVES)

    return Evaluation(SPACE, OBJECTIVES, evaluate)


if __name__ == "__main__":
    serve(SocketLink(int(sys.argv[1])), job)
    sys.exit()

import pytest  # noqa: E402 - the child starts quicker without


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where this process and the children are meanwhile."""
    before, folder = Path.cwd(), tmp_path_factory.mktemp("isolation")
    os.chdir(folder)
    yield folder
    os.chdir(before)


def isolated(timeout=math.inf):
    return Isolated(lambda descriptor: [sys.executable, __file__, str(descriptor)], timeout)


@pytest.fixture(scope="module")
def evaluator(folder):
    """One evaluator without a deadline, which must survive all that the tests do to it."""
    evaluator = isolated()
    assert evaluator.introduction().fingerprint == SPACE.fingerprint
    yield evaluator
    evaluator.close()


def outcome(evaluator, deed, root=1):
    task = wire.Task(CandidateId(2, 5), np.array([DEEDS.index(deed)], float), None, root)
    result = evaluator.evaluated(task)
    assert result.id == (2, 5)
    return result


def reason(evaluator, deed):
    result = outcome(evaluator, deed)
    assert result.seconds > 0
    assert not result.objectives
    return result.failure.reason


def pid(evaluator):
    return outcome(evaluator, fine).metrics["pid"]


def test_values_pass_through_in_order_and_the_child_is_kept(evaluator):
    first = outcome(evaluator, fine)
    assert first.failure is None
    assert list(first.objectives.values()) == [1.5, -2.0]
    assert len(evaluator.objectives) == 2
    assert first.metrics["pid"] != os.getpid()
    assert {pid(evaluator) for _ in range(3)} == {first.metrics["pid"]}


def test_an_exception_comes_back_with_its_traceback_and_the_child_is_kept(evaluator):
    before = pid(evaluator)
    failure = outcome(evaluator, raises).failure
    assert failure.reason == "ValueError: too wide"
    assert "in raises" in failure.traceback
    assert reason(evaluator, exits) == "SystemExit: enough"
    assert pid(evaluator) == before


MEMORY = "; if nobody sent it, the machine was out of memory"


@pytest.mark.parametrize(
    "deed, expected",
    [
        (leaves, "the evaluation's process ended with exit code 3"),
        (leaves_natively, "the evaluation's process ended with exit code 4"),
        (crashes, "the evaluation's process ended by SIGSEGV"),
        (is_killed, f"the evaluation's process ended by SIGKILL{MEMORY}"),
        (overruns_memory, "MemoryError"),
        (overruns_gpu, "OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"),
    ],
)
def test_a_fatal_evaluation_costs_its_outcome_and_the_next_has_a_new_child(evaluator, deed, expected):
    before = pid(evaluator)
    assert reason(evaluator, deed) == expected
    assert not vigil.life(int(before)), "it is gone, and reaped"
    assert pid(evaluator) != before


def test_a_stopped_child_is_ended_though_there_is_no_deadline(evaluator, monkeypatch):
    for module in (isolation, vigil):
        monkeypatch.setattr(module, "LOOK", 0.05)
    expected = "the evaluation's process was ended, for a signal had stopped it for 5 s"
    assert reason(evaluator, is_stopped) == expected


def test_a_child_that_dies_while_idle_costs_nothing(evaluator):
    before = int(pid(evaluator))
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert pid(evaluator) != before


def test_a_deadline_holds_in_native_code_and_for_all_that_the_evaluation_started(folder):
    (folder / "slow").touch()
    evaluator = isolated(timeout=0.4)
    assert evaluator.introduction().failure is None
    result = outcome(evaluator, hangs)
    assert result.failure == Failure("timed out: the evaluation ran longer than timeout=0.4 s")
    assert 0.4 <= result.seconds < 5
    assert not running(int((folder / "grandchild").read_text()))
    assert outcome(evaluator, fine).failure is None, "loading does not count"
    (folder / "slow").unlink()
    process = evaluator._child.process
    evaluator.close()
    assert process.returncode == 0, "it was dismissed, not killed"


def running(pid):
    found = vigil.life(pid)
    return found is not None and found.state not in "ZX"


@pytest.mark.parametrize(
    "fault, expected",
    [
        ("broken", Failure("RuntimeError: no licence", "Traceback")),
        ("deadly", Failure("the process that loads the search ended with exit code 7")),
    ],
)
def test_a_search_that_cannot_be_loaded_is_told_at_first_and_tried_again_later(folder, fault, expected):
    (folder / fault).touch()
    unfit = isolated()
    evaluator = isolated()
    assert unfit.introduction().failure == expected
    assert outcome(evaluator, fine).failure == expected
    (folder / fault).unlink()
    outcome(evaluator, fine)  # its child may have begun before
    assert outcome(evaluator, fine).failure is None
    evaluator.close()
    unfit.close()


def test_a_child_that_cannot_be_started_is_told(folder):
    evaluator = Isolated(lambda descriptor: ["/nowhere/python"])
    assert "/nowhere/python" in evaluator.introduction().failure.reason
    assert "/nowhere/python" in outcome(evaluator, fine).failure.reason
    evaluator.close()


def test_a_root_seed_reaches_the_child(evaluator, monkeypatch):
    sent = []
    send = evaluator._child.send
    monkeypatch.setattr(
        evaluator._child, "send", lambda message: (sent.append(wire.kind(message)), send(message))
    )
    for root in (8, 8, 9):
        outcome(evaluator, fine, root)
    assert sent == [wire.WELCOME, wire.TASKS, wire.TASKS, wire.WELCOME, wire.TASKS]


def test_time_in_which_the_job_was_suspended_does_not_count(evaluator, monkeypatch):
    clock = iter([0.0, 1000.0, 1000.0, 1001.0, 1001.0])
    waits = iter([False, False, True])
    child = evaluator._child
    monkeypatch.setattr(isolation.time, "monotonic", clock.__next__)
    monkeypatch.setattr(child, "_wait", lambda seconds: next(waits))
    monkeypatch.setattr(child, "_looked", lambda: [])
    monkeypatch.setattr(child, "messages", lambda: [b"done"])
    assert child.reply(5.0) == b"done"


def test_an_interrupt_ends_the_child_and_goes_through(evaluator, monkeypatch):
    before = int(pid(evaluator))

    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluator._child, "_wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        outcome(evaluator, fine)
    assert not vigil.life(before)
    assert outcome(evaluator, fine).failure is None
