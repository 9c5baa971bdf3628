"""Options with a name: what ``Choice({"conv": {...}, "skip": {}})`` makes of its dict."""

# ruff: noqa: D102 - overrides inherit their docstrings from Node.

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, final

from evonas.errors import SpaceError, complaint
from evonas.space.declare import name_in_path, node_of
from evonas.space.layout import Condition, Layout
from evonas.space.overlap import Fields, Form
from evonas.space.tree import Constant, Node, Record, Subtree, misfit


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Named(Node):
    """An option's settings, tagged in the architecture with the option's name under ``"type"``."""

    name: str
    settings: Node

    @property
    def n_genes(self) -> int:
        return self.settings.n_genes

    @property
    def size(self) -> int | float:
        return self.settings.size

    def lay(self, layout: Layout, path: str, condition: Condition) -> None:
        self.settings.lay(layout, path, condition)

    def read(self, packed: Iterator[float]) -> Any:
        return {"type": self.name, **self.settings.read(packed)}

    def write(self, value: object, path: str) -> Iterator[float]:
        if not isinstance(value, dict) or value.get("type") != self.name:
            raise misfit(path, f"a dict whose 'type' is {self.name!r}", value)
        return self.settings.write({key: value[key] for key in value if key != "type"}, path)

    def forms(self) -> Iterator[Form]:
        for form in self.settings.forms():
            if isinstance(form, Fields):
                yield Fields({"type": Constant(self.name), **form.parts})

    def source(self) -> str:
        return self.settings.source()

    def parts(self) -> Iterable[tuple[str, Node]]:
        return self.settings.parts()

    def title(self) -> str:
        return self.settings.title()


def named(name: object, settings: object) -> Named:
    """Return the option that an entry of a ``Choice``'s dict declares.

    Args:
        name: The option's name.
        settings: A dict, a space of a dict, or None for an option without settings.

    Raises:
        SpaceError: If it is something else, or has a setting that would hide the option's name.
    """
    name = name_in_path(name, "Choice", "")
    node = node_of({} if settings is None else settings, "Choice", name)
    record = node
    while isinstance(record, Subtree):
        record = record.tree
    option = f"Choice: option {name!r}"
    if not isinstance(record, Record):
        remedy = f"write {{'value': {record.source()}}}, or give the options as a list"
        raise SpaceError(complaint(option, "a dict of settings", record, remedy))
    if "type" in record.fields:
        rule = "settings with other keys than 'type', which holds the option's name"
        raise SpaceError(complaint(option, rule, record, "rename the setting, for example to 'kind'"))
    return Named(name, node)
