"""A worker that returns every message: ``python echo.py DESCRIPTOR``, or a rank of ``mpirun python echo.py``.

In the MPI job rank 0 is no echo: it runs the tests of the transport.
"""

import os
import signal
import sys
import time
from pathlib import Path

from evonas.ranks.launch import launched_by_mpi
from evonas.ranks.local import SocketLink

HELLO, STOP, DIE, SLEEP = b"hello", b"stop", b"die", b"sleep"
TESTS = Path(__file__).with_name("test_transports.py")
ROOT = Path(__file__).parents[2]


def echo(link):
    """Work until dismissed."""
    link.send(HELLO)
    while (message := link.receive()) not in (None, STOP):
        if message == DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        if message == SLEEP:
            time.sleep(600)
        link.send(message)


class EchoJob:
    """The same for a worker that is the manager's own process."""

    def introduction(self):
        return HELLO

    def answer(self, message):
        return None if message == STOP else message


def be_rank():
    """Echo, or on rank 0 run the tests."""
    from evonas.ranks.mpi import MpiLink, line_of_process

    line = line_of_process()
    if line.rank == 0:
        import pytest

        config = ["-c", str(ROOT / "setup.cfg"), "--rootdir", str(ROOT), "-p", "no:cacheprovider"]
        sys.exit(pytest.main([*config, str(TESTS)]))
    echo(MpiLink(line))
    line.finish()


if __name__ == "__main__":
    if launched_by_mpi():
        be_rank()
    else:
        echo(SocketLink(int(sys.argv[1])))
