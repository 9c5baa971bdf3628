"""A bare manager-worker loop on mpi4py: one outstanding buffer a worker, random points, nothing else.

Point and value are sent as they lie in memory, into buffers that are made once: 80 and 8 bytes for 10 genes.
Points are drawn a thousand at a time. Short messages leave at once, so that a blocking send is the fastest.
"""

from __future__ import annotations

import sys

import numpy as np
from job import BOUND, Evaluation, parse
from mpi4py import MPI

WORK, STOP = 1, 2
BLOCK = 1000


def manage(comm: MPI.Intracomm, evaluations: int, genes: int) -> float:
    """Hand out points until the budget is spent; return the least value."""
    rng = np.random.default_rng(0)
    value, status, best = np.empty(1), MPI.Status(), np.inf
    received, nothing = [value, 1, MPI.DOUBLE], [np.empty(0), 0, MPI.DOUBLE]
    block = min(BLOCK, 10**7 // genes)
    points = rng.uniform(-BOUND, BOUND, (block, genes))
    messages = [[point, genes, MPI.DOUBLE] for point in points]
    begun = min(comm.size - 1, evaluations)
    for given in range(evaluations + begun):
        if given < begun:
            worker = given + 1
        else:
            comm.Recv(received, MPI.ANY_SOURCE, WORK, status)
            worker = status.source
            best = min(best, value[0])
        if given < evaluations:
            place = given % block
            if given and not place:
                points[:] = rng.uniform(-BOUND, BOUND, points.shape)
            comm.Send(messages[place], worker, WORK)
    for worker in range(1, comm.size):
        comm.Send(nothing, worker, STOP)
    return best


def work(comm: MPI.Intracomm, evaluate: Evaluation, genes: int) -> None:
    """Evaluate until told to stop."""
    point, value, status = np.empty(genes), np.empty(1), MPI.Status()
    received, sent = [point, genes, MPI.DOUBLE], [value, 1, MPI.DOUBLE]
    while True:
        comm.Recv(received, 0, MPI.ANY_TAG, status)
        if status.tag == STOP:
            return
        value[0] = evaluate(point)
        comm.Send(sent, 0, WORK)


def main(words: list[str]) -> None:
    """Manage on rank 0, work on the others."""
    options, comm = parse(words), MPI.COMM_WORLD
    if comm.rank:
        work(comm, Evaluation(options), options.genes)
    else:
        print(manage(comm, options.evaluations, options.genes))


if __name__ == "__main__":
    main(sys.argv[1:])
