"""One root seed gives every candidate its own randomness, by its id and never by the rank that runs it."""

import hashlib
from enum import IntEnum
from struct import Struct
from typing import Any

import numpy as np

from evonas.errors import SearchError, complaint

LARGEST_SEED = 2**63 - 1

_NAME = Struct("<QQQB")  # seed, island, birth, purpose


class Purpose(IntEnum):
    """What a stream of random numbers is for; streams of different purposes never overlap."""

    PROPOSAL = 0
    EVALUATION = 1
    MIGRATION = 2


class Streams:
    """The streams of random numbers of one island, for one purpose: one for each birth, migration, ...

    A counter-based generator (Philox: Salmon et al. 2011, "as easy as 1, 2, 3") needs no mixing of names:
    seed, island and purpose are its key, and the number of a stream is the second word of its counter.
    So two streams share nothing until one has drawn 2**64 times, and going to one takes a microsecond.

    Args:
        seed: The root seed.
        island: Whose streams they are.
        purpose: What they are for.
    """

    def __init__(self, seed: int, island: int, purpose: Purpose = Purpose.PROPOSAL) -> None:
        bits = np.random.Philox(key=np.array([seed, island << 8 | purpose], np.uint64))
        self._generator = np.random.Generator(bits)
        start: dict[str, Any] = dict(bits.state)
        words = start["state"]["key"].tolist()
        # Lists, for numpy takes single numbers out of them twice as quickly as out of its arrays.
        self._counter = [0, 0, 0, 0]
        self._start = start | {"state": {"counter": self._counter, "key": words}, "buffer": [0, 0, 0, 0]}

    def at(self, n: int) -> np.random.Generator:
        """Return the generator at the start of stream ``n``: always the same object, so use it up at once.

        Because it depends on nothing else, replaying the births restores every random state.
        """
        self._counter[1] = n
        self._generator.bit_generator.state = self._start
        return self._generator


def generator(seed: int, island: int, n: int, purpose: Purpose = Purpose.PROPOSAL) -> np.random.Generator:
    """Return a generator of its own for stream ``n`` of ``Streams(seed, island, purpose)``."""
    return Streams(seed, island, purpose).at(n)


def evaluation_seed(seed: int, island: int, birth: int) -> int:
    """Return the seed of one evaluation, in 0..2**31-1, which every library accepts."""
    name = _NAME.pack(seed, island, birth, Purpose.EVALUATION)
    return int.from_bytes(hashlib.blake2b(name, digest_size=4).digest(), "little") >> 1


def checked_seed(seed: object) -> int:
    """Return ``seed`` if it can be a root seed.

    Raises:
        SearchError: It is no whole number in 0..2**63-1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= LARGEST_SEED:
        raise SearchError(complaint("seed", "a whole number in 0..2**63-1", seed, "give for example seed=0"))
    return int(seed)
