"""A worker that returns the genes of every task: ``python echo.py DESCRIPTOR``, or a rank of an MPI job.

In the MPI job rank 0 is no echo: it runs the tests of the transport.
"""

import os
import signal
import struct
import sys
import time
from pathlib import Path

from evonas.evolve.records import Failure, Outcome
from evonas.ranks import wire
from evonas.ranks.launch import launched_by_mpi
from evonas.ranks.local import SocketLink
from evonas.ranks.worker import serve

DIE, SLEEP = 1001, 1002
"""Births of the candidates at which a worker dies, or sleeps for long."""

TESTS = Path(__file__).with_name("test_transports.py")
ROOT = Path(__file__).parents[2]


class Echo:
    """A job whose outcomes are failures that repeat the genes, the only text of any length."""

    objectives = ("value",)

    def introduction(self):
        return wire.Introduction("here", "echo")

    def evaluated(self, task):
        if task.id.birth == DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        if task.id.birth == SLEEP:
            time.sleep(600)
        return Outcome(task.id, failure=Failure(struct.pack(f"<{len(task.genes)}d", *task.genes).hex()))


def be_rank():
    """Echo, or on rank 0 run the tests."""
    from evonas.ranks.mpi import MpiLink, line_of_process

    line = line_of_process()
    if line.rank == 0:
        import pytest

        config = ["-c", str(ROOT / "setup.cfg"), "--rootdir", str(ROOT), "-p", "no:cacheprovider"]
        sys.exit(pytest.main([*config, str(TESTS)]))
    serve(MpiLink(line, 1), Echo)
    line.finish()


if __name__ == "__main__":
    if launched_by_mpi():
        be_rank()
    else:
        serve(SocketLink(int(sys.argv[1])), Echo)
