"""Measure what a message takes here, on two MPI ranks; prints JSON.

    mpirun -n 2 python experiments/scaling/ping.py

``latency`` is half a round trip of 100 bytes between ranks that look for messages all the time, ``look``
the time on a core of a sleeping rank that wakes, looks in vain and falls asleep, ``oversleep`` by how much
such a sleep is longer than asked for; in seconds. All are what one in four stays below: whatever else the
machine does only adds. Does nothing without mpirun.
"""

from __future__ import annotations

import json
import statistics
import time

from evonas.ranks.launch import launched_by_mpi

ROUNDS, LOOKS = 2000, 100
PAUSES = (20e-6, 160e-6, 2e-3)  # such as waiting ranks make


def main() -> None:
    """Play ping-pong; rank 0 then looks for messages that do not come."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    other, ball, trips = 1 - comm.Get_rank(), bytearray(100), []
    comm.Barrier()
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        if comm.Get_rank() == 0:
            comm.Send([ball, MPI.BYTE], other)
            comm.Recv([ball, MPI.BYTE], other)
        else:
            comm.Recv([ball, MPI.BYTE], other)
            comm.Send([ball, MPI.BYTE], other)
        trips.append(time.perf_counter() - begin)
    looks, sleeps = [], []
    for pause in PAUSES * LOOKS:
        begin, core = time.perf_counter(), time.process_time()
        comm.Improbe(MPI.ANY_SOURCE, MPI.ANY_TAG)
        time.sleep(pause)
        looks.append(time.process_time() - core)
        sleeps.append(time.perf_counter() - begin - pause - looks[-1])
    comm.Barrier()
    if comm.Get_rank() == 0:
        latency, look, oversleep = (statistics.quantiles(each, n=4)[0] for each in (trips, looks, sleeps))
        print(json.dumps({"latency": latency / 2, "look": look, "oversleep": oversleep}))


if __name__ == "__main__" and launched_by_mpi():
    main()
