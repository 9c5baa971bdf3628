"""Descents by finite differences, the simplex method and trust regions: how they ask."""

import numpy as np
from evolve.continuous.driving import begun, driven, evaluations, rosenbrock, sphere

from evonas.evolve.continuous.nelder_mead import nelder_mead
from evonas.evolve.continuous.quasi_newton import l_bfgs_b, slsqp
from evonas.evolve.continuous.trust_region import bobyqa


def test_a_gradient_is_one_round():
    for method in (slsqp, l_bfgs_b):
        run, _ = begun(method, 6)
        assert next(run).shape == (7, 6)


def test_a_lone_worker_evaluates_slopes_only_where_they_are_asked_for():
    for method in (slsqp, l_bfgs_b):
        sizes = {}
        for workers in (1, 8):
            run, _ = begun(method, 6, workers=workers)
            points, sizes[workers] = next(run), []
            for _ in range(30):
                sizes[workers].append(len(points))
                points = run.send(rosenbrock(points))
        assert set(sizes[1][1:]) == {1, 6}
        assert set(sizes[8]) == {7}


def test_differences_stay_within_the_cube():
    run, _ = begun(slsqp, 3, point=np.ones(3))
    points = next(run)
    assert points.max() == 1
    assert len(np.unique(points, axis=0)) == 4


def test_rosenbrock_takes_as_long_as_it_is_known_to():
    assert evaluations(slsqp, rosenbrock, 5) < 600
    assert evaluations(l_bfgs_b, rosenbrock, 5) < 600
    assert evaluations(bobyqa, rosenbrock, 5) < 600
    assert evaluations(nelder_mead, rosenbrock, 5) < 1200


def test_descents_end():
    for method in (slsqp, l_bfgs_b, bobyqa, nelder_mead):
        assert len(driven(method, sphere, 4, 5000)[0]) < 2500
