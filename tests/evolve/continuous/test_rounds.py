"""What a run begins with."""

import numpy as np
import pytest

from evonas.evolve.continuous.rounds import Start


@pytest.mark.parametrize(("workers", "room"), [(1, 1), (7, 7), (8, 4), (9, 5), (64, 60)])
def test_methods_share_workers_once_there_are_enough_for_all(workers, room):
    start = Start(np.full(3, 0.5), np.random.default_rng(0), workers=workers, reserved=4, least=4)
    assert start.room == room and start.is_shared == (room < workers)
