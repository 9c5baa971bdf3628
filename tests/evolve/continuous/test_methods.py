"""What every continuous method promises; a new one is added to ``METHODS`` and is born tested."""

import random
from functools import partial

import numpy as np
import pytest
from evolve.continuous.driving import begun, driven, median_evaluations, sphere

from evonas.evolve.continuous.cma_es import cma_es, restarted_cma_es
from evonas.evolve.continuous.mixed import Axis, cat_cma
from evonas.evolve.continuous.natural_evolution import snes, xnes
from evonas.evolve.continuous.nelder_mead import nelder_mead
from evonas.evolve.continuous.one_plus_one import one_plus_one_cma_es
from evonas.evolve.continuous.particle_swarm import particle_swarm
from evonas.evolve.continuous.quasi_newton import l_bfgs_b, slsqp
from evonas.evolve.continuous.success_history import lshade
from evonas.evolve.continuous.surrogate_cma import lq_cma_es
from evonas.evolve.continuous.trust_region import bobyqa


def real_cat_cma(start):
    return cat_cma(start, [Axis()] * len(start.point))


METHODS = {  # and the evaluations within which they find the minimum of a sphere in five dimensions
    "cma": (cma_es, 1000),
    "separable": (partial(cma_es, covariance="separable"), 1000),
    "low-rank": (partial(cma_es, covariance="low-rank"), 1200),
    "bipop": (restarted_cma_es, 1000),
    "one plus one": (one_plus_one_cma_es, 600),
    "xnes": (xnes, 2500),
    "snes": (snes, 1400),
    "swarm": (particle_swarm, 2500),
    "lshade": (lshade, 6500),
    "lq": (lq_cma_es, 150),
    "trust region": (bobyqa, 30),
    "slsqp": (slsqp, 30),
    "l-bfgs-b": (l_bfgs_b, 30),
    "simplex": (nelder_mead, 400),
    "mixed": (real_cat_cma, 1500),
}
every_method = pytest.mark.parametrize("method", [method for method, _ in METHODS.values()], ids=METHODS)


def global_states():
    return random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002


def corner(points):
    """Return a slope whose minimum is a corner of the cube."""
    return (1 - points[:, ::2]).sum(axis=1) + points[:, 1::2].sum(axis=1)


@every_method
class TestEveryMethod:
    @pytest.mark.parametrize("n_dims", [1, 2, 7])
    def test_it_asks_for_points_of_the_cube_and_begins_where_it_shall(self, method, n_dims):
        for point in (np.full(n_dims, 0.5), np.zeros(n_dims), np.ones(n_dims)):
            points, _ = driven(method, sphere, n_dims, 100, point=point.copy())
            assert points.dtype == np.float64
            assert points.shape[1] == n_dims
            assert points.min() >= 0
            assert points.max() <= 1
            assert np.linalg.norm(points[:20] - point, axis=1).min() < 0.5 * np.sqrt(n_dims)

    def test_equal_generators_give_equal_runs(self, method):
        one, other, third = (driven(method, sphere, 3, 300, seed=seed)[0] for seed in (1, 1, 2))
        assert np.array_equal(one, other)
        if method not in (bobyqa, slsqp, l_bfgs_b, nelder_mead):
            assert not np.array_equal(one, third)

    def test_the_global_generators_are_left_alone_and_change_nothing(self, method):
        before = global_states()
        one, _ = driven(method, sphere, 3, 300)
        assert global_states() == before
        np.random.seed(5)  # noqa: NPY002
        assert np.array_equal(driven(method, sphere, 3, 300)[0], one)

    def test_runs_that_take_turns_do_not_disturb_each_other(self, method):
        alone = [driven(method, sphere, 3, 60, seed=seed)[0] for seed in range(3)]
        runs = [begun(method, 3, seed=seed)[0] for seed in range(3)]
        together = [[next(run)] for run in runs]
        for _ in range(20):
            for points, run in zip(together, runs, strict=True):
                try:
                    points.append(run.send(sphere(points[-1])).copy())
                except StopIteration:
                    run.close()
        for points, expected in zip(together, alone, strict=True):
            n = min(len(expected), sum(map(len, points)))
            assert np.array_equal(np.concatenate(points)[:n], expected[:n])

    def test_a_sphere_is_no_trouble(self, method):
        most = next(most for known, most in METHODS.values() if known is method)
        assert median_evaluations(method, sphere, 5, most=most + 1) <= most

    def test_a_minimum_in_a_corner_is_found(self, method):
        _, costs = driven(method, corner, 4, 5000, 1e-3)
        assert costs.min() <= 1e-3

    @pytest.mark.parametrize("scale", [1e-12, 1e12])
    def test_units_do_not_matter(self, method, scale):
        _, costs = driven(method, lambda points: scale * sphere(points), 2, 1500, 1e-5 * scale)
        assert costs.min() <= 1e-5 * scale

    def test_a_constant_is_endured(self, method):
        points, _ = driven(method, lambda points: np.zeros(len(points)), 3, 400)
        assert np.isfinite(points).all()

    def test_noise_and_penalties_are_endured(self, method):
        rng = np.random.default_rng(0)

        def wild(points):
            costs = sphere(points) * (1 + 0.1 * rng.standard_normal(len(points)))
            return np.where(points[:, 0] > 0.7, 1e9 + points[:, 1], costs)

        points, costs = driven(method, wild, 3, 1000, 0.5)
        assert np.isfinite(points).all()
        assert costs.min() <= (0.5 if method not in (slsqp, l_bfgs_b) else 10)  # they need exact differences


@pytest.mark.parametrize("method", [bobyqa, slsqp, l_bfgs_b, nelder_mead])
def test_a_library_can_be_given_up_anywhere(method):
    points, _ = driven(method, sphere, 2, 60)
    for n in range(1, len(points)):
        assert len(driven(method, sphere, 2, n)[0]) >= n
