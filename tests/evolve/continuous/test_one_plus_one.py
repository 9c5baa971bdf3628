"""The mutation of the (1+1)-CMA-ES, by hand."""

import math

import numpy as np
import pytest
from evolve.continuous.driving import begun, sphere

from evonas.evolve.continuous.one_plus_one import Mutation, one_plus_one_cma_es


def test_success_makes_steps_longer_and_failure_shorter():
    """Of updateStepSize with n = 2 and one offspring: p_target = 1 / 5.5, c_p = 1 / 12, d = 2."""
    first = Mutation.first(2, 0.1)
    target = 1 / 5.5
    average = (11 / 12) * target + 1 / 12
    longer = first.judged(1.0)
    assert longer.success == pytest.approx(average)
    assert longer.step == pytest.approx(0.1 * math.exp((average - target) / (1 - target) / 2))
    assert first.judged(0.0).step < 0.1 < longer.step


def test_steps_that_succeed_become_more_likely():
    """Of updateCovariance with n = 2: c_c = 1/2, c_cov = 1/5, so that the path is sqrt(3/4) of the step."""
    learnt = Mutation.first(2).learnt(np.array([2.0, 0.0]))
    assert learnt.path == pytest.approx([math.sqrt(3), 0.0])
    assert learnt.shape == pytest.approx(np.diag([0.8 + 0.2 * 3, 0.8]))
    assert learnt.axes @ learnt.axes.T == pytest.approx(learnt.shape)


def test_with_many_successes_the_path_is_forgotten():
    learnt = Mutation.first(2)._replace(success=0.5, path=np.array([1.0, 0.0])).learnt(np.array([0.0, 9.0]))
    assert learnt.path == pytest.approx([0.5, 0.0])
    assert learnt.shape == pytest.approx(np.diag([0.8 + 0.2 * 0.75 + 0.2 * 0.25, 0.8 + 0.2 * 0.75]))


def test_offspring_are_as_many_as_workers():
    run, start = begun(one_plus_one_cma_es, 3, workers=5)
    points = next(run)
    assert len(points) == 1
    assert len(points := run.send(sphere(points))) == 5
    start.workers = 9
    assert len(run.send(sphere(points))) == 9
