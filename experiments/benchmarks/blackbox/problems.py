"""The functions of COCO (Hansen et al. 2021), each with its box and its optimum."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Noise: TypeAlias = Callable[[float, np.random.Generator], float]
"""Takes how far a value lies above the optimum to what is told of it."""

RELATIVE_NOISE = 1e-3
GROUPS = {
    "separable": range(1, 6),
    "moderate": range(6, 10),
    "ill-conditioned": range(10, 15),
    "multimodal": range(15, 20),
    "weak structure": range(20, 25),
}
NOISY_GROUPS = {
    "moderate": range(101, 107),
    "Gaussian": range(107, 131, 3),
    "uniform": range(108, 131, 3),
    "Cauchy": range(109, 131, 3),
}
NOISY_FUNCTIONS = (1, 8, 1, 8, 7, 10, 14, 17, 19, 21)  # of bbob: those of 101-103, 104-106, ... of bbob-noisy


class Case(NamedTuple):
    """A function of a suite."""

    suite: str
    dimension: int
    function: int
    instance: int


@dataclass(frozen=True)
class Problem:
    """What is minimized.

    Attributes:
        lower: Where the box begins, ``(n_dims,)``.
        upper: Where it ends.
        true: The value at a point within the box, without noise; of several objectives an array.
        best: The lowest value; of several objectives the ideal point.
        worst: Of several objectives the nadir point.
        n_integers: How many variables, the first ones, are whole numbers.
        noise: What is told instead of the height above the optimum; nothing is told but the truth without it.
    """

    lower: Vector
    upper: Vector
    true: Callable[[Vector], Any]
    best: Any
    worst: Any = None
    n_integers: int = 0
    noise: Noise | None = None

    def inside(self, point: Sequence[float] | Vector) -> Vector:
        """Return the nearest point of the box, with whole numbers where there must be some."""
        near = np.minimum(np.maximum(point, self.lower), self.upper)
        near[: self.n_integers] = np.round(near[: self.n_integers])
        return near


@dataclass(frozen=True)
class Suite:
    """A set of functions.

    Attributes:
        load: Returns one.
        groups: Its functions by kind.
        dimensions: Those looked at if nothing else is said.
        n_objectives: 1 or 2.
    """

    load: Callable[[Case], Problem]
    groups: dict[str, range]
    dimensions: tuple[int, ...] = (2, 5, 10, 20)
    n_objectives: int = 1

    @property
    def functions(self) -> list[int]:
        """All of its functions."""
        return sorted(function for group in self.groups.values() for function in group)


def load(case: Case) -> Problem:
    """Return a function of a suite."""
    return SUITES[case.suite].load(case)


class Loaded:
    """A function of COCO, kept together with the suite that owns its memory."""

    def __init__(self, suite: str, dimension: int, function: int, instance: int) -> None:
        import cocoex

        self._suite = cocoex.Suite(suite, f"instances: {instance}", f"function_indices: {function}")
        self.problem = self._suite.get_problem_by_function_dimension_instance(function, dimension, instance)

    def __call__(self, point: Vector) -> Any:
        """Return the value, or values, at a point."""
        return self.problem(point)

    def optimum(self) -> Vector:
        """Return the best point: COCO tells it by a file in the working folder only."""
        before = Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                self.problem._best_parameter("print")
                words = Path("._bbob_problem_best_parameter.txt").read_text().split()
            finally:
                os.chdir(before)
        return np.array([float(word) for word in words])


def _plain(case: Case, noise: Noise | None = None) -> Problem:
    """Return a function as it stands in its suite."""
    suite = "bbob-mixint" if case.suite == "bbob-mixint" else "bbob"
    loaded = Loaded("bbob-largescale" if case.suite == "bbob-largescale" else suite, *case[1:])
    inner = loaded.problem
    best, n_integers = float(loaded(loaded.optimum())), int(inner.number_of_integer_variables)
    return Problem(inner.lower_bounds, inner.upper_bounds, loaded, best, n_integers=n_integers, noise=noise)


def _relative(case: Case) -> Problem:
    """Return a function whose height above the optimum is told with a relative error."""
    return _plain(case, lambda height, rng: height * (1 + RELATIVE_NOISE * rng.standard_normal()))


def _moved(case: Case) -> Problem:
    """Return a function in a box of other proportions, its optimum anywhere, its values on another scale."""
    inner = _plain(case)
    rng = np.random.default_rng(case[1:])
    n, optimum = case.dimension, inner.true.optimum()  # type: ignore[attr-defined]
    stretch, factor = 10.0 ** rng.uniform(-3, 3, n), 10.0 ** rng.uniform(-3, 3)
    lower = optimum - 10 * rng.beta(0.5, 0.5, n)
    shift = 100 * rng.standard_normal()
    return Problem(
        np.zeros(n),
        10 * stretch,
        lambda point: inner.true(lower + point / stretch),
        inner.best,
        noise=lambda height, _: shift + factor * height,
    )


def _gaussian(height: float, rng: np.random.Generator, severe: bool, _: int) -> float:
    return height * float(np.exp((1.0 if severe else 0.01) * rng.standard_normal()))


def _uniform(height: float, rng: np.random.Generator, severe: bool, n: int) -> float:
    scale = 1.0 if severe else 0.01
    alpha = scale * (0.49 + 1 / n)
    return height * rng.random() ** scale * max(1.0, (1e9 / (height + 1e-99)) ** (alpha * rng.random()))


def _cauchy(height: float, rng: np.random.Generator, severe: bool, _: int) -> float:
    alpha, share = (1.0, 0.2) if severe else (0.01, 0.05)
    jump = rng.standard_normal() / abs(rng.standard_normal()) if rng.random() < share else 0.0
    return height + alpha * max(0.0, 1000.0 + jump)


def _noisy(case: Case) -> Problem:
    """Return a function of bbob with the noise of bbob-noisy (Hansen et al. 2009, RR-6869, section 0.4)."""
    place, kind = divmod(case.function - 101, 3)
    model = (_gaussian, _uniform, _cauchy)[kind]

    def noise(height: float, rng: np.random.Generator) -> float:
        return height if height < 1e-8 else model(height, rng, place > 1, case.dimension) + 1.01e-8

    return _plain(Case("bbob", case.dimension, NOISY_FUNCTIONS[place], case.instance), noise)


def _two(case: Case) -> Problem:
    """Return a pair of functions, with the ideal and the nadir point."""
    loaded = Loaded(*case)
    inner = loaded.problem
    best = []
    for name in inner.name.split("__"):  # bbob_f001_i02_d05
        function, instance = (int(word[1:]) for word in name.split("_")[1:3])
        best.append(_plain(Case("bbob", case.dimension, function, instance)).best)
    worst = np.array(inner.largest_fvalues_of_interest)
    return Problem(inner.lower_bounds, inner.upper_bounds, loaded, np.array(best), worst)


SUITES = {
    "bbob": Suite(_plain, GROUPS),
    "bbob-relative-noise": Suite(_relative, GROUPS),
    "bbob-moved": Suite(_moved, GROUPS),
    "bbob-noisy": Suite(_noisy, NOISY_GROUPS, (5,)),
    "bbob-largescale": Suite(_plain, GROUPS, (160, 640)),
    "bbob-mixint": Suite(_plain, GROUPS, (5, 10, 20)),
    "bbob-biobj": Suite(_two, {"pairs": range(1, 56)}, (5, 10), n_objectives=2),
}
