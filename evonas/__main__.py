"""``python -m evonas`` is the command ``evonas``."""

import os
import signal
import sys

from evonas.cli import main
from evonas.ranks.launch import launched_by_mpi

if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # a batch system's warning may come before a host listens
    code = main()
    if not launched_by_mpi():
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # at once: a rank that is stopped while it slowly takes itself apart would hang the job
