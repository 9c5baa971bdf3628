"""The tree of a space: what every node can do, and the nodes that decide nothing themselves.

A genome is a derivation of the tree: its active values, in order, are the answers to the decisions met
on a walk from the root. So reading consumes packed values one by one, and writing yields them again.
"""

# ruff: noqa: D102 - overrides inherit their docstrings from Node.

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from evonas.errors import SpaceError, complaint
from evonas.space.layout import Condition, Guard, Layout
from evonas.space.overlap import Fields, Form, Items, Single, Span
from evonas.space.where import Predicate

Plain: TypeAlias = bool | int | float | str | None
PLAIN_TYPES = (type(None), bool, int, float, str)


class Node(ABC):
    """A part of a tree; to add a decision, write a subclass of it."""

    __slots__ = ()

    @property
    @abstractmethod
    def n_genes(self) -> int:
        """How many genes it lays out."""

    @property
    @abstractmethod
    def size(self) -> int | float:
        """How many distinct values it can produce: an int, or ``math.inf``; ``where=`` is not counted."""

    @abstractmethod
    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        """Append its genes, parents before children, to ``layout``."""

    @abstractmethod
    def read(self, packed: Iterator[float]) -> Any:
        """Consume its active values from ``packed`` and return the fresh plain value they stand for."""

    @abstractmethod
    def write(self, value: object, path: str) -> Iterator[float]:
        """Yield the active values that ``read`` turns into ``value``.

        Raises:
            SpaceError: If it cannot produce ``value``; the message starts with ``path``.
        """

    @abstractmethod
    def forms(self) -> Iterator[Form]:
        """Yield the forms that its values take."""

    @abstractmethod
    def source(self) -> str:
        """Return the Python expression that declares it."""

    def parts(self) -> Iterable[tuple[str, "Node"]]:
        """Return its labelled children, as an outline shows them."""
        return ()

    def title(self) -> str:
        """Return what stands above its children in an outline."""
        return self.source()

    def __repr__(self) -> str:
        """Return the expression that declares it."""
        return self.source()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Constant(Node):
    """A plain value that is the same in every architecture."""

    value: Plain

    @property
    def n_genes(self) -> int:
        return 0

    @property
    def size(self) -> int | float:
        return 1

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        pass

    def read(self, packed: Iterator[float]) -> Any:
        return self.value

    def write(self, value: object, path: str) -> Iterator[float]:
        value = unwrapped(value)
        if type(value) not in PLAIN_TYPES or (type(value), value) not in self.spellings():
            raise misfit(path, repr(self.value), value, "this part of the space is fixed")
        return iter(())

    def spellings(self) -> list[tuple[type, Plain]]:
        """Return the values, with their types, that are taken for this one: 2 is taken for 2.0."""
        exact = (type(self.value), self.value)
        return [exact, (int, self.value)] if isinstance(self.value, float) else [exact]

    def forms(self) -> Iterator[Form]:
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            yield Span(self.value, self.value)
        else:
            yield Single(self.value)

    def source(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Record(Node):
    """A dict of named parts."""

    fields: dict[str, Node]

    @property
    def n_genes(self) -> int:
        return sum(node.n_genes for node in self.fields.values())

    @property
    def size(self) -> int | float:
        return product(node.size for node in self.fields.values())

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        for key, node in self.fields.items():
            node.lay(layout, join(path, key), condition)

    def read(self, packed: Iterator[float]) -> Any:
        return {key: node.read(packed) for key, node in self.fields.items()}

    def write(self, value: object, path: str) -> Iterator[float]:
        if not isinstance(value, dict):
            raise misfit(path, f"a dict with the keys {list(self.fields)}", value)
        if value.keys() != self.fields.keys():
            raise self._wrong_keys(list(value), path)
        for key, node in self.fields.items():
            yield from node.write(value[key], join(path, key))

    def _wrong_keys(self, keys: list[object], path: str) -> SpaceError:
        missing = [key for key in self.fields if key not in keys]
        unknown = [key for key in keys if key not in self.fields]
        remedy = " and ".join(
            f"{verb} {', '.join(map(repr, names))}"
            for verb, names in (("add", missing), ("remove", unknown))
            if names
        )
        return misfit(path, f"the keys {list(self.fields)}", keys, remedy)

    def forms(self) -> Iterator[Form]:
        yield Fields(dict(self.fields))

    def source(self) -> str:
        return mapping_source(self.fields.items())

    def parts(self) -> Iterable[tuple[str, Node]]:
        return self.fields.items()

    def title(self) -> str:
        return ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Row(Node):
    """A list, or a tuple, of parts: as many in every architecture."""

    items: tuple[Node, ...]
    kind: type[list[Any]] | type[tuple[Any, ...]]

    @property
    def n_genes(self) -> int:
        return sum(node.n_genes for node in self.items)

    @property
    def size(self) -> int | float:
        return product(node.size for node in self.items)

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        for index, node in enumerate(self.items):
            node.lay(layout, f"{path}[{index}]", condition)

    def read(self, packed: Iterator[float]) -> Any:
        return self.kind([node.read(packed) for node in self.items])

    def write(self, value: object, path: str) -> Iterator[float]:
        # A tuple that went through JSON comes back as a list: both are accepted for both.
        if not isinstance(value, list | tuple) or len(value) != len(self.items):
            raise misfit(path, f"a list of {len(self.items)} items", value)
        for index, (node, item) in enumerate(zip(self.items, value, strict=True)):
            yield from node.write(item, f"{path}[{index}]")

    def forms(self) -> Iterator[Form]:
        yield Items(self.items, len(self.items), len(self.items))

    def source(self) -> str:
        if self.kind is list:
            return list_source(self.items)
        comma = "," if len(self.items) == 1 else ""
        return f"({list_source(self.items)[1:-1]}{comma})"

    def parts(self) -> Iterable[tuple[str, Node]]:
        return [(f"[{index}]", node) for index, node in enumerate(self.items)]

    def title(self) -> str:
        return self.kind.__name__


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subtree(Node):
    """A tree with predicates of its own; ``Space`` is the one that users make."""

    tree: Node
    where: tuple[Predicate, ...]

    @property
    def n_genes(self) -> int:
        """How many genes a genome has."""
        return self.tree.n_genes

    @property
    def size(self) -> int | float:
        """Number of architectures: an int, or ``math.inf`` with a ``Real``; ``where=`` is not counted."""
        return self.tree.size

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        start = len(layout.genes)
        self.tree.lay(layout, path, condition)
        if self.where:
            layout.guards.append(Guard(path, self.where, self.tree.read, start, len(layout.genes), condition))

    def read(self, packed: Iterator[float]) -> Any:
        return self.tree.read(packed)

    def write(self, value: object, path: str) -> Iterator[float]:
        return self.tree.write(value, path)

    def forms(self) -> Iterator[Form]:
        return self.tree.forms()

    def source(self) -> str:
        return f"Space({self.tree.source()}{', where=...' if self.where else ''})"

    def parts(self) -> Iterable[tuple[str, Node]]:
        return self.tree.parts()

    def title(self) -> str:
        return f"{self.tree.title()} where=...".lstrip() if self.where else self.tree.title()


def unwrapped(value: object) -> object:
    """Return a numpy scalar as the Python one, and anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def list_source(nodes: Iterable[Node]) -> str:
    """Return the expression of a list of nodes."""
    return f"[{', '.join(node.source() for node in nodes)}]"


def mapping_source(items: Iterable[tuple[str, Node]]) -> str:
    """Return the expression of a dict of nodes."""
    return f"{{{', '.join(f'{key!r}: {node.source()}' for key, node in items)}}}"


def number_of(value: object) -> int | float | None:
    """Return a Python or numpy number as the Python one; None for anything else, bools included."""
    value = unwrapped(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def join(path: str, key: str) -> str:
    """Return the path of the part ``key`` of ``path``."""
    return f"{path}.{key}" if path else key


def product(sizes: Iterable[int | float]) -> int | float:
    """Return the product of sizes; exact, and safe where a huge int meets infinity."""
    factors = list(sizes)
    return math.inf if math.inf in factors else math.prod(factors)


def brief(text: str, width: int = 72) -> str:
    """Return ``text``, cut at the end if it is longer than ``width``."""
    return text if len(text) <= width else text[: width - 3] + "..."


def misfit(path: str, rule: str, got: object, remedy: str = "give a value of the space") -> SpaceError:
    """Return the error for a part of an architecture that does not belong to the space."""
    return SpaceError(complaint(path or "architecture", rule, got, remedy))
