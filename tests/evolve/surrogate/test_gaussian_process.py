"""The process behind the surrogate: its posterior by hand, its gradient by differences."""

import numpy as np
import pytest

from evonas.evolve.surrogate.gaussian_process import JITTER, GaussianProcess

GROUPS = np.array([0, 0, 1])


def data(n=12, seed=0):
    """Return features and targets of which only the first feature tells anything."""
    rng = np.random.default_rng(seed)
    features = rng.random((n, len(GROUPS)))
    targets = np.sin(4 * features[:, 0])
    return features, (targets - targets.mean()) / targets.std()


def log_posterior(process, features, targets):
    """Return the log evidence (Rasmussen and Williams 2006, equation 2.30) plus the log prior."""
    covariance = process.covariance(features, features)
    covariance += (process.noise + JITTER * np.mean(np.diag(covariance))) * np.eye(len(targets))
    evidence = -0.5 * targets @ np.linalg.solve(covariance, targets) - 0.5 * np.linalg.slogdet(covariance)[1]
    return evidence - 0.5 * np.sum(((process.logs - process._means) / process._deviations) ** 2)


def test_the_posterior_of_one_outcome_is_that_of_the_textbook():
    process = GaussianProcess(np.array([0]))
    seen, asked, root = np.array([[1.0]]), np.array([[1.5]]), np.sqrt(3) * 0.5
    covariance = (1 + root) * np.exp(-root) + 0.1 * 1.5  # all weights are 1 before anything is learnt
    variance = 1 + 0.1 + 0.01
    posterior = process.posterior(seen, np.array([2.0]), np.empty((0, 1)))
    means, whitened = posterior.whitened(asked)
    assert means == pytest.approx([2.0 * covariance / variance], rel=1e-4)
    assert whitened[0] ** 2 == pytest.approx([covariance**2 / variance], rel=1e-4)
    assert process.variances(asked) == pytest.approx([1 + 0.1 * 1.5**2])
    assert posterior.smoothed == pytest.approx([2.0 * 1.1 / variance], rel=1e-4)


def test_the_gradient_is_that_of_the_evidence_and_the_prior():
    process, (features, targets) = GaussianProcess(GROUPS), data()
    process.logs = process.logs + np.linspace(-0.3, 0.3, len(process.logs))
    slope = process._slope(features, targets) - (process.logs - process._means) / process._deviations**2
    for place in range(len(process.logs)):
        ends = []
        for step in (-1e-5, 1e-5):
            process.logs[place] += step
            ends.append(log_posterior(process, features, targets))
            process.logs[place] -= step
        assert slope[place] == pytest.approx((ends[1] - ends[0]) / 2e-5, rel=1e-3, abs=1e-3)


def test_learning_climbs_and_finds_what_matters():
    process, (features, targets) = GaussianProcess(GROUPS), data(30)
    before = log_posterior(process, features, targets)
    process.learn(features, targets, steps=60)
    assert log_posterior(process, features, targets) > before + 1
    assert process.weights[0] > 3 * max(process.weights[1:])


def test_predictions_approach_the_outcomes():
    process, (features, targets) = GaussianProcess(GROUPS), data(30)
    process.learn(features, targets, steps=60)
    posterior = process.posterior(features, targets, np.empty((0, len(GROUPS))))
    unseen, truth = data(30, seed=0)
    assert np.abs(posterior.whitened(unseen)[0] - truth).max() < 0.3
    assert posterior.whitened(features)[0] == pytest.approx(posterior.smoothed, abs=1e-3)


def test_what_is_pending_changes_no_prediction_but_how_sure_it_is():
    process, (features, targets) = GaussianProcess(GROUPS), data()
    asked = np.random.default_rng(1).random((5, len(GROUPS)))
    means, alone = process.posterior(features, targets, np.empty((0, 3))).whitened(asked)
    believed, more = process.posterior(features, targets, asked[:1]).whitened(asked)
    assert believed == pytest.approx(means)
    known, surer = np.sum(alone**2, axis=0), np.sum(more**2, axis=0)
    assert np.all(surer >= known - 1e-9)
    assert surer[0] > known[0] + 0.01


def test_a_space_without_decisions_has_no_features_and_still_a_posterior():
    process = GaussianProcess(np.array([], dtype=int))
    process.learn(np.empty((3, 0)), np.zeros(3), steps=3)
    posterior = process.posterior(np.empty((3, 0)), np.zeros(3), np.empty((0, 0)))
    assert posterior.whitened(np.empty((2, 0)))[0] == pytest.approx([0, 0])
