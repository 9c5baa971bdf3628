"""Who is what: a pure function of the number of ranks, the islands and the ranks that are lost.

Every rank computes it for itself from the deaths that it hears of, so that nobody has to agree with anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Layout:
    """Ranks in contiguous blocks, so that most of a block shares a machine; each block has one host.

    The host is the first living rank of its block, the others work for it. It manages one island, or
    several if there are too few ranks for all; those of a block that is dead as a whole go to the next one.

    Attributes:
        size: How many ranks the job began with.
        islands: How many islands there are.
        lost: The ranks that died.
    """

    size: int
    islands: int
    lost: frozenset[int] = frozenset()

    @property
    def n_blocks(self) -> int:
        """How many blocks there are: every host shall have a worker at least."""
        return min(self.islands, max(1, self.size // 2))

    @cached_property
    def hosts(self) -> tuple[int, ...]:
        """The living blocks' hosts, in the order of their blocks."""
        living = (self._living(block) for block in range(self.n_blocks))
        return tuple(ranks[0] for ranks in living if ranks)

    @property
    def lead(self) -> int:
        """The host that speaks for all."""
        return self.hosts[0]

    def host_of(self, island: int) -> int:
        """Return the rank that manages an island."""
        return self._host(island % self.n_blocks)

    def manager_of(self, rank: int) -> int:
        """Return the host that a rank works for; itself if it is one."""
        return self._host(self._block(rank))

    def islands_of(self, rank: int) -> tuple[int, ...]:
        """Return the islands that a rank manages."""
        return tuple(island for island in range(self.islands) if self.host_of(island) == rank)

    def workers_of(self, rank: int) -> tuple[int, ...]:
        """Return the living ranks that work for a host."""
        return tuple(other for other in self._living(self._block(rank)) if other != rank)

    def after(self, host: int) -> int:
        """Return the host that comes after ``host``, the first one after the last."""
        return self.hosts[(self.hosts.index(host) + 1) % len(self.hosts)]

    def without(self, lost: frozenset[int]) -> Layout:
        """Return the layout after further ranks are lost."""
        return Layout(self.size, self.islands, self.lost | lost)

    def _block(self, rank: int) -> int:
        return ((rank + 1) * self.n_blocks - 1) // self.size

    def _living(self, block: int) -> list[int]:
        begin, end = block * self.size // self.n_blocks, (block + 1) * self.size // self.n_blocks
        return [rank for rank in range(begin, end) if rank not in self.lost]

    def _host(self, block: int) -> int:
        for step in range(self.n_blocks):
            living = self._living((block + step) % self.n_blocks)
            if living:
                return living[0]
        raise ValueError("everybody is lost")
