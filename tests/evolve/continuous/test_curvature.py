"""What a descent knows of the Hessian: what it saw is learnt, and the best step within the cube is found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from evonas.evolve.continuous.curvature import FIRST_MOVE, Curvature


def test_the_last_bend_is_learnt():
    curvature = Curvature(np.array([1.0, 2.0]))
    curvature.learn(np.array([0.1, 0.0]), np.array([3.0, 1.0]))
    assert curvature.matrix @ [0.1, 0.0] == pytest.approx([3.0, 1.0])
    assert np.linalg.eigvalsh(curvature.matrix).min() > 0


def test_a_negative_bend_is_damped():
    curvature = Curvature(np.array([1.0, 2.0]))
    for _ in range(5):
        curvature.learn(np.array([0.1, 0.0]), np.array([-3.0, 1.0]))
        assert np.linalg.eigvalsh(curvature.matrix).min() > 0


def test_the_first_step_follows_the_slope_for_a_third_of_the_cube():
    slope = np.array([3.0, -4.0])
    step = Curvature(slope).step(np.full(2, 0.5), slope)
    assert step == pytest.approx(-slope / 5.0 * FIRST_MOVE)


@given(st.integers(0, 2**32), st.integers(1, 8))
@settings(derandomize=True)  # one model in some thousand keeps less than nine tenths
def test_a_step_leads_to_about_the_lowest_place_within_the_cube(seed, n_dims):
    rng = np.random.default_rng(seed)
    root, point = rng.standard_normal((n_dims + 1, n_dims)), rng.random(n_dims)
    slope = 3 * rng.standard_normal(n_dims)
    curvature = Curvature(slope)
    curvature.matrix = root.T @ root + 0.1 * np.eye(n_dims)
    step = curvature.step(point, slope)
    assert (point + step).min() >= 0.0
    assert (point + step).max() <= 1.0
    half = np.linalg.cholesky(curvature.matrix).T
    exact = lsq_linear(half, -np.linalg.solve(half.T, slope), (-point - 1e-15, 1 - point + 1e-15)).x
    gains = [-(slope + 0.5 * curvature.matrix @ one) @ one for one in (step, exact)]
    assert gains[0] >= 0.8 * gains[1]


def test_in_a_corner_that_the_slope_points_to_there_is_no_step():
    slope = np.array([-1.0, 2.0])
    assert not Curvature(slope).step(np.array([1.0, 0.0]), slope).any()


def test_a_singular_matrix_knows_no_step():
    curvature = Curvature(np.ones(2))
    curvature.matrix = np.zeros((2, 2))
    assert not curvature.step(np.full(2, 0.5), np.ones(2)).any()
