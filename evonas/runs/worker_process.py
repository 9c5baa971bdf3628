"""A local worker process: ``python -m evonas.runs.worker_process FILE NAME DESCRIPTOR [ARGUMENTS...]``."""

import sys

from evonas.runs.source import Source
from evonas.runs.workforce import work_at_socket

if __name__ == "__main__":
    file, name, descriptor, *arguments = sys.argv[1:]
    work_at_socket(Source(file, name or None, tuple(arguments)), int(descriptor))
