"""What the surrogate chooses: by expected improvement, one after another, without waiting for outcomes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.evolve.surrogate.acquisition import Ranking, farthest, log_improvement
from evonas.evolve.surrogate.gaussian_process import NOISE, GaussianProcess

GROUPS = np.array([0, 1])


def known(pending=(), noise=0.01):
    """Return a posterior of eight outcomes."""
    rng = np.random.default_rng(0)
    features = rng.random((8, 2))
    targets = features[:, 0] - features[:, 0].mean()
    waiting = np.array(pending).reshape(-1, 2)
    process = GaussianProcess(GROUPS)
    process.logs[NOISE] = np.log(noise)
    return process.posterior(features, targets / targets.std(), waiting)


@pytest.mark.parametrize(("mean", "deviation", "best"), [(0, 1, 0), (1, 0.5, 0.2), (-1, 2, 0)])
def test_it_is_the_mean_of_what_is_gained(mean, deviation, best):
    draws = np.random.default_rng(0).normal(mean, deviation, 200_000)
    gain = np.exp(log_improvement(np.array([mean]), np.array([deviation**2]), best))[0]
    assert gain == pytest.approx(np.maximum(best - draws, 0).mean(), rel=0.03)


@given(st.floats(-50, 50), st.floats(0, 5), st.floats(1e-6, 10))
def test_the_lower_the_mean_the_better_and_always_finite(mean, more, variance):
    worth = log_improvement(np.array([mean, mean + more]), np.full(2, variance), 0.0)
    assert np.isfinite(worth).all()
    assert worth[0] >= worth[1] - 1e-6


def test_candidates_are_taken_best_first_and_never_twice():
    candidates = np.random.default_rng(1).random((20, 2))
    ranking = Ranking(known(), candidates)
    before = ranking.best_first()
    assert before[0] == ranking.scores.argmax() == (first := ranking.take())
    assert ranking.best_first()[-1] == first
    assert ranking.scores[first] == -np.inf
    assert sorted([first, *(ranking.take() for _ in range(19))]) == list(range(20))
    assert ranking.share_left == 0


def test_to_believe_is_to_have_it_pending():
    candidates = np.random.default_rng(1).random((20, 2))
    ranking = Ranking(known(), candidates)
    taken = [ranking.take() for _ in range(4)]
    afresh = Ranking(known(candidates[taken]), candidates).scores
    left = np.isfinite(ranking.scores)
    assert ranking.scores[left] == pytest.approx(afresh[left], abs=1e-2)


def test_a_batch_spreads():
    """Of many copies of the best candidate and a few others not all copies are taken first."""
    candidates = np.random.default_rng(1).random((10, 2))
    best = candidates[Ranking(known(), candidates).take()]
    crowd = np.concatenate([np.tile(best, (10, 1)), candidates])
    ranking = Ranking(known(), crowd)
    assert max(ranking.take() for _ in range(5)) >= 10


def test_where_outcomes_are_noisy_others_like_those_known_are_worth_less():
    posterior = known(noise=0.5)
    familiar, strange = posterior.features[[0]], np.array([[3.0, 3.0]])
    means, whitened = posterior.whitened(candidates := np.concatenate([familiar, strange]))
    variances = posterior.process.variances(candidates) - np.sum(whitened**2, axis=0)
    gains = log_improvement(means, variances, posterior.smoothed.min())
    lost = gains - Ranking(posterior, candidates).scores
    told = 1 - np.sqrt(0.5 / (variances + 0.5))  # Huang et al. 2006: the factor beside the improvement
    assert lost == pytest.approx(-np.log(told), abs=1e-5)
    assert lost[0] > lost[1] > 0


def test_without_noise_it_is_the_expected_improvement():
    candidates = np.random.default_rng(1).random((20, 2)) + 1
    posterior = known(noise=1e-12)
    means, whitened = posterior.whitened(candidates)
    variances = posterior.process.variances(candidates) - np.sum(whitened**2, axis=0)
    gains = log_improvement(means, variances, posterior.smoothed.min())
    assert Ranking(posterior, candidates).scores == pytest.approx(gains, abs=1e-3)


def test_the_farthest_is_far_from_all():
    known_ones = np.array([[0.0, 0.0], [4.0, 0.0]])
    assert farthest(np.array([[2.0, 0.0], [4.0, 1.0], [5.0, 0.0]]), known_ones) == 0
    assert farthest(np.array([[2.0, 0.0], [9.0, 0.0]]), known_ones) == 1
    assert farthest(np.array([[2.0, 0.0], [9.0, 0.0]]), np.empty((0, 2))) == 0
