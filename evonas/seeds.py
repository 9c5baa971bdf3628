"""One root seed gives every candidate its own randomness, by its id and never by the rank that runs it."""

from enum import IntEnum

import numpy as np

from evonas.errors import SearchError, complaint

LARGEST_SEED = 2**63 - 1


class Purpose(IntEnum):
    """What a stream of random numbers is for; streams of different purposes never overlap."""

    PROPOSAL = 0
    EVALUATION = 1


def generator(seed: int, island: int, birth: int) -> np.random.Generator:
    """Return the generator from which the candidate ``(island, birth)`` is proposed.

    Because it depends on nothing else, replaying the births restores every random state.
    """
    return np.random.Generator(np.random.PCG64(_sequence(seed, island, birth, Purpose.PROPOSAL)))


def evaluation_seed(seed: int, island: int, birth: int) -> int:
    """Return the seed of one evaluation, in 0..2**31-1, which every library accepts."""
    return int(_sequence(seed, island, birth, Purpose.EVALUATION).generate_state(1)[0]) >> 1


def checked_seed(seed: object) -> int:
    """Return ``seed`` if it can be a root seed.

    Raises:
        SearchError: It is no whole number in 0..2**63-1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= LARGEST_SEED:
        raise SearchError(complaint("seed", "a whole number in 0..2**63-1", seed, "give for example seed=0"))
    return int(seed)


def _sequence(seed: int, island: int, birth: int, purpose: Purpose) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed, spawn_key=(island, birth, purpose))
