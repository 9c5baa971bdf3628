"""``python -m evonas`` is the command ``evonas``."""

import signal
import sys

from evonas.cli import main

if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # a batch system's warning may come before a host listens
    sys.exit(main())
