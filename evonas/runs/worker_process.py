"""A local worker process, or the child in which a worker isolates its evaluations.

``python -m evonas.runs.worker_process worker|isolated FILE NAME DESCRIPTOR [ARGUMENTS...]``
"""

import sys

from evonas.runs.source import Source
from evonas.runs.workforce import work_at_socket

if __name__ == "__main__":
    what, file, name, descriptor, *arguments = sys.argv[1:]
    source = Source(file, name or None, tuple(arguments))
    work_at_socket(source, int(descriptor), isolated=what == "isolated")
