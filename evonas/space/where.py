"""Predicates of ``where=``: how they are asked, and how they are named in messages."""

import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from evonas.errors import SpaceError, complaint

Predicate: TypeAlias = Callable[[Any], bool]


def predicates_of(where: object) -> tuple[Predicate, ...]:
    """Return the predicates of a ``where=`` argument: none, one, or a list of them.

    Raises:
        SpaceError: If one of them cannot be called.
    """
    if where is None:
        return ()
    given = tuple(where) if isinstance(where, list | tuple) else (where,)
    for predicate in given:
        if not callable(predicate):
            rule = "a function of the architecture, or a list of them"
            remedy = "for example lambda a: a['x'] < 3"
            raise SpaceError(complaint("Space: where=", rule, predicate, remedy))
    return given


def ask(predicate: Predicate, architecture: Any, name: Callable[[], str]) -> bool:
    """Return the predicate's verdict on an architecture.

    Args:
        predicate: The function to ask.
        architecture: What it is asked about.
        name: Returns what messages call it; finding the source takes longer than asking.

    Raises:
        SpaceError: If it raises, or answers anything but true or false.
    """
    try:
        verdict: object = predicate(architecture)
    except Exception as error:
        remedy = f"make it answer for every architecture, this one included: {architecture!r}"
        raise SpaceError(complaint(name(), "True or False", error, remedy)) from error
    if isinstance(verdict, bool | np.bool_):
        return bool(verdict)
    raise SpaceError(complaint(name(), "True or False", verdict, "is a `return` or a comparison missing?"))


def name_of(predicate: Predicate, position: int, count: int, path: str) -> str:
    """Return what messages call a predicate: its place in ``where=``, its source, its nested space.

    Args:
        predicate: The predicate to name.
        position: Its index among the predicates of its space.
        count: How many these are.
        path: The path of the nested space, or an empty string for the outermost one.
    """
    place = f"where[{position}]" if count > 1 else "where="
    return f"{place} ({_source(predicate)})" + (f" of '{path}'" if path else "")


def _source(predicate: Predicate) -> str:
    """Return ``name, file:line`` of a function; the text of the line stands for a lambda's name."""
    name = getattr(predicate, "__name__", type(predicate).__name__)
    code = getattr(predicate, "__code__", None)
    if code is None:
        return str(name)
    line = linecache.getline(code.co_filename, code.co_firstlineno)
    if name == "<lambda>" and line.count("lambda") == 1:
        name = _lambda(line[line.index("lambda") :])
    return f"{name}, {Path(code.co_filename).name}:{code.co_firstlineno}"


def _lambda(line: str) -> str:
    """Return the rest of a source line from a lambda on, less the brackets that enclose it."""
    text = line.strip().rstrip(",")
    opening = {")": "(", "]": "[", "}": "{"}
    while text[-1] in opening and text.count(text[-1]) > text.count(opening[text[-1]]):
        text = text[:-1]
    return text[:80]
