"""Architectures as rows of a table: a column a decision, named by its path."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from evonas.space.node import join

ROOT = "architecture"
"""The column of an architecture that is a single value."""

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def flat(architecture: object, path: str = "") -> dict[str, Any]:
    """Return an architecture as values by path; a list without dicts is one value.

    >>> flat({"stem": 16, "blocks": [{"kernel": 3}, {"kernel": 5}], "order": ["norm", "act"]})
    {'stem': 16, 'blocks[0].kernel': 3, 'blocks[1].kernel': 5, 'order': ['norm', 'act']}
    """
    if isinstance(architecture, dict) and architecture:
        parts = [flat(part, join(path, str(key))) for key, part in architecture.items()]
    elif isinstance(architecture, list | tuple) and any(isinstance(part, dict) for part in architecture):
        parts = [flat(part, f"{path}[{index}]") for index, part in enumerate(architecture)]
    else:
        return {path or ROOT: architecture}
    return {name: value for part in parts for name, value in part.items()}


def nested(row: Mapping[str, Any]) -> Any:
    """Return the architecture of values by path: what :func:`flat` makes of it.

    >>> nested({"stem": 16, "blocks[0].kernel": 3, "blocks[1].kernel": 5})
    {'stem': 16, 'blocks': [{'kernel': 3}, {'kernel': 5}]}
    """
    if ROOT in row:
        return row[ROOT]
    root = _Branch()
    for path, value in row.items():
        place, steps = root, [int(index) if index else name for index, name in _STEP.findall(path)]
        for step in steps[:-1]:
            branch = place.get(step)
            if not isinstance(branch, _Branch):
                branch = place[step] = _Branch()
            place = branch
        if steps:
            place[steps[-1]] = value
    return _closed(root)


def literal(text: str) -> Any:
    """Return the value that a cell of a table holds: a Python literal, else the text itself.

    >>> [literal(text) for text in ("16", "16.0", "0.5", "conv", "None", "[0, 1]")]
    [16, 16, 0.5, 'conv', None, [0, 1]]
    """
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
    # Tables make 16.0 of 16 where a column has gaps; wherever 16.0 is allowed, 16 is, too.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def cell(value: Any) -> str:
    """Return the text from which :func:`literal` reads a value back."""
    return value if isinstance(value, str) and value and literal(value) == value else repr(value)


class _Branch(dict[int | str, Any]):
    """A dict or a list in the making; values of the table may be dicts, too."""


def _closed(part: Any) -> Any:
    if not isinstance(part, _Branch):
        return part
    if part and all(isinstance(step, int) for step in part):
        return [_closed(part[step]) for step in sorted(part)]
    return {step: _closed(inner) for step, inner in part.items()}
