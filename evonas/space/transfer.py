"""An architecture of one space taken over into a similar one: by the names of the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from evonas.errors import SpaceError, complaint
from evonas.space.decisions.choice import Choice
from evonas.space.decisions.named import Named
from evonas.space.decisions.repeat import Repeat
from evonas.space.genome import Draft, Genome
from evonas.space.node import MisfitError, Node, join
from evonas.space.space import Space
from evonas.space.tree import Constant, Record, Row, Subtree

TRIES = 100
"""Draws of what the architecture leaves open, until ``where=`` is satisfied."""


class Transfer(NamedTuple):
    """What became of an architecture in another space.

    Attributes:
        genome: The genome there.
        sampled: Paths of the decisions that the architecture does not make; they were drawn.
        unfit: What of the architecture could not be taken over, as sentences that begin with its path.
    """

    genome: Genome
    sampled: tuple[str, ...]
    unfit: tuple[str, ...]


def transferred(space: Space, architecture: object, rng: np.random.Generator) -> Transfer:
    """Return the genome in ``space`` that makes the decisions of an architecture, as far as it can.

    Decisions are matched by their paths, such as ``blocks[2].kernel``, and options by name or value. What the
    architecture does not decide, or decides in a way that the space does not know, is drawn.

    Args:
        space: Where it is to live.
        architecture: Plain dicts, lists and values, of this space or of another one.
        rng: Where random values come from.

    Raises:
        SpaceError: They have no decision in common, or ``where=`` refuses whatever is drawn for the rest.
    """
    carrier = _Carrier(space)
    carrier.carry(space.tree, architecture, 0, "")
    if space.n_genes and not any(carrier.draft.known):
        remedy = carrier.unfit[0] if carrier.unfit else "is it of another space?"
        raise SpaceError(complaint("architecture", "decisions of this space", architecture, remedy))
    values, known = carrier.draft.values, carrier.draft.known
    for _ in range(TRIES):
        genome = space.fill(Draft([*values], [*known]), rng)
        if space.feasible(genome):
            made = [locus for locus in space.made(genome) if not all(known[locus.genes])]
            return Transfer(genome, tuple(locus.path for locus in made), tuple(carrier.unfit))
    rule = f"one that satisfies {space.violated(genome)}"
    raise SpaceError(complaint("architecture", rule, architecture, "change the one or the other"))


class _Carrier:
    """Writes what fits of an architecture into a draft, node by node.

    Args:
        space: Whose genes the draft has.
    """

    def __init__(self, space: Space) -> None:
        self.draft = Draft([0.0] * space.n_genes, [0] * space.n_genes)
        self.unfit: list[str] = []

    def carry(self, node: Node, value: Any, start: int, path: str) -> None:
        """Take over ``value`` for a node whose genes begin at ``start``."""
        match node:
            case Subtree():
                self.carry(node.tree, value, start, path)
            case Named():
                settings = {key: part for key, part in value.items() if key != "type"}
                self.carry(node.settings, settings, start, path)
            case Record() if isinstance(value, dict):
                self._record(node, value, start, path)
            case Row() if isinstance(value, list | tuple):
                offsets = _offsets(node.items, start)
                for index, (item, own, at) in enumerate(zip(node.items, value, offsets, strict=False)):
                    self.carry(item, own, at, f"{path}[{index}]")
            case Choice():
                self._choice(node, value, start, path)
            case Repeat() if isinstance(value, list | tuple):
                self._repeat(node, value, start, path)
            case _:
                self._whole(node, value, start, path)

    def _record(self, node: Record, value: dict[str, Any], start: int, path: str) -> None:
        for key, at in zip(node.fields, _offsets([*node.fields.values()], start), strict=True):
            if key in value:
                self.carry(node.fields[key], value[key], at, join(path, key))
        strange = [join(path, str(key)) for key in value if key not in node.fields]
        self.unfit += [f"{name}: the space has no such decision" for name in strange]

    def _choice(self, node: Choice, value: Any, start: int, path: str) -> None:
        options = node.options
        try:
            if options.names is not None and isinstance(value, dict) and value.get("type") in options.names:
                position = options.names.index(value["type"])  # its settings may differ
            else:
                position = options.write(value, [])
        except MisfitError as misfit:
            self._refuse(misfit, path)
            return
        decides = len(options) > 1
        if decides:
            self.draft.values[start], self.draft.known[start] = float(position), 1
        at = _offsets(options.nodes, start + decides)[position]
        self.carry(options.nodes[position], value, at, path)

    def _repeat(self, node: Repeat, value: Sequence[Any], start: int, path: str) -> None:
        length = min(max(len(value), node.minimum), node.maximum)
        if length != len(value):
            rule = f"a list of {node.minimum} to {node.maximum} items"
            self._refuse(MisfitError(rule, value, f"it has {length} here"), path)
        decides = node.minimum < node.maximum
        if decides:
            self.draft.values[start], self.draft.known[start] = float(length), 1
        for index, item in enumerate(value[:length]):
            self.carry(node.item, item, start + decides + index * node.item.n_genes, f"{path}[{index}]")

    def _whole(self, node: Node, value: Any, start: int, path: str) -> None:
        """Take over a value entirely or not at all."""
        packed: list[float] = []
        try:
            node.write(value, packed)
        except MisfitError as misfit:
            self._refuse(misfit, path)
            return
        if not isinstance(node, Constant):
            genome, genes = _alone(node).unpack(packed), slice(start, start + node.n_genes)
            self.draft.values[genes], self.draft.known[genes] = genome.numbers, list(genome.flags)

    def _refuse(self, misfit: MisfitError, path: str) -> None:
        self.unfit.append(str((misfit.under(path) if path else misfit).error()))


def _offsets(nodes: Sequence[Node], start: int) -> list[int]:
    """Return where the genes of each node begin, one after another from ``start``."""
    offsets = []
    for node in nodes:
        offsets.append(start)
        start += node.n_genes
    return offsets


@lru_cache(maxsize=256)
def _alone(node: Node) -> Space:
    """Return a space of one node, to learn which genes its values take."""
    return Space(node)
