"""The decisions that a space is made of: one of several, a whole number, a real number, how many."""

# ruff: noqa: D102 - overrides inherit their docstrings from Node.

import math
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, final

from evonas.errors import SpaceError, complaint
from evonas.space.declare import node_of
from evonas.space.genome import Gene
from evonas.space.layout import Condition, Layout
from evonas.space.named import named
from evonas.space.overlap import Form, Items, Span, first_overlap
from evonas.space.tree import (
    PLAIN_TYPES,
    Constant,
    Node,
    Row,
    brief,
    join,
    list_source,
    mapping_source,
    misfit,
    number_of,
    unwrapped,
)

LARGEST_INT = 2**53  # beyond it a float64 gene would skip integers


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Int(Node):
    """A whole number from ``low`` to ``high``, both included.

    Args:
        low: The smallest value.
        high: The largest value.
        log: Whether doubling counts as one step everywhere: for widths, batch sizes and the like.

    Raises:
        SpaceError: If the bounds are not integers, not in order, beyond 2**53, or below 1 with ``log``.

    Example:
        >>> Int(8, 64, log=True)
        Int(8, 64, log=True)
    """

    low: int
    high: int
    log: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Check the bounds."""
        for name in ("low", "high"):
            bound = unwrapped(getattr(self, name))
            if type(bound) is not int or abs(bound) > LARGEST_INT:
                raise SpaceError(complaint(f"Int: {name}", "an int within 2**53", bound, "or use Real"))
            object.__setattr__(self, name, bound)
        _check_bounds(self, smallest=1)

    @property
    def n_genes(self) -> int:
        return 1

    @property
    def size(self) -> int | float:
        return self.high - self.low + 1

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        layout.add(Gene(path, "int", float(self.low), float(self.high), self.log, *condition))

    def read(self, packed: Iterator[float]) -> Any:
        return int(next(packed))

    def write(self, value: object, path: str) -> Iterator[float]:
        number = unwrapped(value)
        if type(number) is not int or not self.low <= number <= self.high:
            raise misfit(path, f"an int from {self.low} to {self.high}", value)
        yield float(number)

    def forms(self) -> Iterator[Form]:
        yield Span(self.low, self.high, whole=True)

    def source(self) -> str:
        return f"Int({self.low}, {self.high}{', log=True' if self.log else ''})"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Real(Node):
    """A real number from ``low`` to ``high``, both included.

    Args:
        low: The smallest value.
        high: The largest value.
        log: Whether a factor of ten counts as one step everywhere: for learning rates and the like.

    Raises:
        SpaceError: If the bounds are not finite numbers, not in order, or not positive with ``log``.

    Example:
        >>> Real(1e-4, 1e-1, log=True)
        Real(0.0001, 0.1, log=True)
    """

    low: float
    high: float
    log: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Check the bounds."""
        for name in ("low", "high"):
            bound = number_of(getattr(self, name))
            if bound is None or not abs(bound) <= sys.float_info.max:
                got = getattr(self, name)
                raise SpaceError(complaint(f"Real: {name}", "a finite number", got, "give both bounds"))
            object.__setattr__(self, name, float(bound) + 0.0)  # no -0.0
        _check_bounds(self, smallest=math.ulp(0.0))

    @property
    def n_genes(self) -> int:
        return 1

    @property
    def size(self) -> int | float:
        return math.inf

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        layout.add(Gene(path, "real", self.low, self.high, self.log, *condition))

    def read(self, packed: Iterator[float]) -> Any:
        return next(packed)

    def write(self, value: object, path: str) -> Iterator[float]:
        number = number_of(value)
        if number is None or not self.low <= number <= self.high:
            raise misfit(path, f"a number from {self.low} to {self.high}", value)
        yield float(number)

    def forms(self) -> Iterator[Form]:
        yield Span(self.low, self.high)

    def source(self) -> str:
        return f"Real({self.low!r}, {self.high!r}{', log=True' if self.log else ''})"


def _check_bounds(span: Int | Real, smallest: float) -> None:
    """Refuse bounds out of order, and bounds below ``smallest`` that have no logarithm."""
    if not isinstance(span.log, bool):
        raise SpaceError(complaint(f"{span}: log", "True or False", span.log, "give one of them"))
    if span.low >= span.high:
        remedy = "swap them, or write a constant where there is nothing to decide"
        raise SpaceError(complaint(f"{span}", "low < high", (span.low, span.high), remedy))
    if span.log and span.low < smallest:
        rule = "low >= 1 with log=True" if isinstance(span, Int) else "low > 0 with log=True"
        raise SpaceError(complaint(f"{span}", rule, span.low, "raise low or leave log out"))


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Choice(Node):
    """One of several options, none nearer to another.

    A list gives the options' own values. A dict names them; the architecture then holds a dict of the
    settings that were decided for the chosen one, with its name under ``"type"``.

    Attributes:
        options: The options as nodes, in order.
        names: The options' names, if they were given as a dict.

    Example:
        >>> Choice([8, 16, 32])
        Choice([8, 16, 32])
        >>> Choice({"conv": {"kernel": Choice([3, 5])}, "skip": {}})
        Choice({'conv': {'kernel': Choice([3, 5])}, 'skip': {}})
    """

    options: tuple[Node, ...]
    names: tuple[str, ...] | None
    _positions: dict[Hashable, int]  # of named options and of plain ones, to find them at once

    def __init__(self, options: Sequence[object] | Mapping[str, object]) -> None:
        """Declare the options.

        Args:
            options: A list of plain values, lists, dicts, decisions or spaces, no two of which can produce
                the same value; or a dict from names to dicts or spaces of settings (None: no settings).

        Raises:
            SpaceError: If there is no option, one is not of these kinds, or two cannot be told apart.
        """
        if not isinstance(options, list | tuple | dict) or not options:
            rule = "a list of options or a dict of named options, at least one"
            raise SpaceError(complaint("Choice", rule, options, "list what there is to choose from"))
        if isinstance(options, dict):
            entries = tuple(named(*entry) for entry in options.items())
            self._set(entries, tuple(entry.name for entry in entries))
        else:
            self._set(tuple(node_of(part, "Choice", str(k)) for k, part in enumerate(options)), None)
        self._tell_apart()

    def _set(self, options: tuple[Node, ...], names: tuple[str, ...] | None) -> None:
        positions: dict[Hashable, int] = dict(zip(names or (), count(), strict=False))
        for position, option in enumerate(options):
            if isinstance(option, Constant):
                positions |= dict.fromkeys(option.spellings(), position)
        for attribute, value in (("options", options), ("names", names), ("_positions", positions)):
            object.__setattr__(self, attribute, value)

    def _tell_apart(self) -> None:
        clash = first_overlap(self.options)
        if clash is not None:
            pair = Row(tuple(self.options[position] for position in clash), tuple)
            remedy = "leave one out, or name them: Choice({'a': {...}, 'b': {...}})"
            rule = "options that cannot produce the same value"
            raise SpaceError(complaint(brief(self.source()), rule, pair, remedy))

    @property
    def n_genes(self) -> int:
        return self._decides + sum(option.n_genes for option in self.options)

    @property
    def size(self) -> int | float:
        return sum(option.size for option in self.options)

    @property
    def _decides(self) -> bool:
        return len(self.options) > 1  # with one option there is no gene: every gene has several values

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        if self._decides:
            own = path if self.names is None else join(path, "type")
            index = layout.add(Gene(own, "choice", 0.0, len(self.options) - 1.0, False, *condition))
        for position, (label, option) in enumerate(self._labelled()):
            chosen = Condition(index, float(position), float(position)) if self._decides else condition
            option.lay(layout, join(path, label), chosen)

    def _labelled(self) -> Iterable[tuple[str, Node]]:
        return zip(self.names or map(str, count()), self.options, strict=False)

    def read(self, packed: Iterator[float]) -> Any:
        return self.options[int(next(packed)) if self._decides else 0].read(packed)

    def write(self, value: object, path: str) -> Iterator[float]:
        find = self._by_value if self.names is None else self._by_type
        position, packed = find(value, path)
        if self._decides:
            yield float(position)
        yield from packed

    def _by_type(self, value: object, path: str) -> tuple[int, Iterable[float]]:
        name = value.get("type") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in self._positions:
            raise misfit(path, f"a dict whose 'type' is one of {list(self.names or ())}", value)
        position = self._positions[name]
        return position, self.options[position].write(value, path)

    def _by_value(self, value: object, path: str) -> tuple[int, Iterable[float]]:
        """Return the position of the only option that produces ``value``, and what it writes."""
        value = unwrapped(value)
        if type(value) in PLAIN_TYPES and (type(value), value) in self._positions:
            return self._positions[type(value), value], ()
        for position, option in enumerate(self.options):
            if not isinstance(option, Constant):
                with suppress(SpaceError):
                    return position, list(option.write(value, path))
        raise misfit(path, f"one of {brief(list_source(self.options), 200)}", value)

    def forms(self) -> Iterator[Form]:
        for option in self.options:
            yield from option.forms()

    def source(self) -> str:
        if self.names is None:
            return f"Choice({list_source(self.options)})"
        return f"Choice({mapping_source(self._labelled())})"

    def parts(self) -> Iterable[tuple[str, Node]]:
        return self._labelled() if any(option.n_genes for option in self.options) else ()

    def title(self) -> str:
        return "Choice" if self.parts() else brief(self.source())


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Repeat(Node):
    """A list of ``minimum`` to ``maximum`` items, each decided independently of the others.

    Attributes:
        item: What is repeated.
        minimum: The fewest items.
        maximum: The most items.

    Example:
        >>> Repeat(Choice([1, 2]), 1, 6)
        Repeat(Choice([1, 2]), 1, 6)
    """

    item: Node
    minimum: int
    maximum: int

    def __init__(self, item: object, minimum: int, maximum: int) -> None:
        """Declare what is repeated and how often.

        Args:
            item: A decision, a space, or a dict, list or plain value.
            minimum: The fewest items, at least 0.
            maximum: The most items, at least 1 and not below ``minimum``.

        Raises:
            SpaceError: If ``item`` cannot be part of a space, or the counts are not such integers.
        """
        counts = (unwrapped(minimum), unwrapped(maximum))
        for name, number, least in zip(("minimum", "maximum"), counts, (0, 1), strict=True):
            if type(number) is not int or not least <= number <= LARGEST_INT:
                rule = f"an int from {least} up"
                raise SpaceError(complaint(f"Repeat: {name}", rule, number, "count the items with ints"))
        if minimum > maximum:
            raise SpaceError(complaint("Repeat", "minimum <= maximum", counts, "swap them"))
        object.__setattr__(self, "item", node_of(item, "Repeat", "[]"))
        object.__setattr__(self, "minimum", counts[0])
        object.__setattr__(self, "maximum", counts[1])

    @property
    def n_genes(self) -> int:
        return self._decides + self.maximum * self.item.n_genes

    @property
    def size(self) -> int | float:
        one = self.item.size
        if one == math.inf:
            return math.inf
        if one == 1:
            return self.maximum - self.minimum + 1
        return (one ** (self.maximum + 1) - one**self.minimum) // (one - 1)  # the geometric sum

    @property
    def _decides(self) -> bool:
        return self.minimum < self.maximum

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        if self._decides:
            low, high = float(self.minimum), float(self.maximum)
            length = layout.add(Gene(join(path, "length"), "int", low, high, False, *condition))
        # Items without genes lay out nothing, and there may be more of them than any loop could count.
        for index in range(self.maximum if self.item.n_genes else 0):
            reached = Condition(length, index + 1.0, high) if self._decides else condition
            self.item.lay(layout, f"{path}[{index}]", reached)

    def read(self, packed: Iterator[float]) -> Any:
        length = int(next(packed)) if self._decides else self.minimum
        return [self.item.read(packed) for _ in range(length)]

    def write(self, value: object, path: str) -> Iterator[float]:
        if not isinstance(value, list | tuple) or not self.minimum <= len(value) <= self.maximum:
            raise misfit(path, f"a list of {self.minimum} to {self.maximum} items", value)
        if self._decides:
            yield float(len(value))
        for index, item in enumerate(value):
            yield from self.item.write(item, f"{path}[{index}]")

    def forms(self) -> Iterator[Form]:
        yield Items((self.item,), self.minimum, self.maximum)

    def source(self) -> str:
        return f"Repeat({self.item.source()}, {self.minimum}, {self.maximum})"

    def parts(self) -> Iterable[tuple[str, Node]]:
        return self.item.parts()

    def title(self) -> str:
        return f"Repeat {self.minimum} to {self.maximum} of {self.item.title() or 'dict'}"
