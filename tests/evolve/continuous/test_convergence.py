"""When runs end."""

import numpy as np

from evonas.evolve.continuous.convergence import SHORTEST, Convergence


def generations(convergence, costs_of, most=1000):
    """Return after how many generations a run has converged."""
    return next((n for n in range(most) if convergence.reached(np.asarray(costs_of(n)))), most)


def test_a_plateau_ends_a_run_after_some_generations():
    assert generations(Convergence(5, 10), lambda n: [3.0, 3.0, 3.0]) == 10 + 15 - 1  # counted from 0


def test_one_that_is_worse_keeps_it_going():
    assert generations(Convergence(5, 10), lambda n: [3.0, 3.0, 4.0 + n], 100) == 100


def test_progress_keeps_it_going():
    assert generations(Convergence(2, 10), lambda n: [0.9**n, 0.9**n + 0.1]) > 250  # as long as floats tell


def test_what_goes_up_and_down_for_long_stagnates():
    rng = np.random.default_rng(0)
    assert SHORTEST < generations(Convergence(2, 10), lambda n: rng.random(5)) < 3 * SHORTEST


def test_small_costs_are_told_apart():
    small = generations(Convergence(2, 10), lambda n: [1e-20 * 0.9**n, 1e-20 * (0.9**n + 0.1)])
    assert small == generations(Convergence(2, 10), lambda n: [0.1 * 0.9**n, 0.1 * (0.9**n + 0.1)])
