"""Settings of the continuous strategies are checked."""

import pytest

from evonas import CMAES, LSHADE, MOCMAES, SNES, XNES, CatCMA, ParticleSwarm
from evonas.errors import SearchError


@pytest.mark.parametrize(
    ("strategy", "settings"),
    [
        (CMAES, {"restarts": "often"}),
        (CMAES, {"covariance": "round"}),
        (CMAES, {"population": 3}),
        (CMAES, {"step": 0}),
        (CMAES, {"step": 2}),
        (XNES, {"population": 1.5}),
        (SNES, {"population": 0}),
        (LSHADE, {"evaluations": 10}),
        (ParticleSwarm, {"population": True}),
        (CatCMA, {"population": "8"}),
        (MOCMAES, {"population": 1}),
    ],
)
def test_wrong_settings_are_refused_by_name(strategy, settings):
    (name,) = settings
    with pytest.raises(SearchError, match=rf"^{strategy.__name__}: {name}: expected .*, got .*; "):
        strategy(**settings)
