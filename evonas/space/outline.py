"""A space as indented text."""

import math
from collections.abc import Iterator
from decimal import Decimal

from evonas.space.tree import Node, brief

WIDTH = 72


def outline(node: Node, label: str = "", depth: int = 1) -> Iterator[str]:
    """Yield the lines that show a node: in one line if it is short, else its parts below its title.

    Args:
        node: What to show.
        label: What its parent calls it.
        depth: How far its first line is indented.
    """
    indent = "  " * depth
    parts = list(node.parts())
    source = node.source()
    if label and (len(source) <= WIDTH or not parts):
        yield f"{indent}{label}: {brief(source, WIDTH)}"
        return
    title = node.title()
    if label or title:
        yield f"{indent}{label}{': ' if label and title else ''}{title}"
    for name, part in parts:
        yield from outline(part, name, depth + bool(label or title))


def counted(size: int | float) -> str:
    """Return a number of architectures in a few characters."""
    if size == math.inf:
        return "infinitely many"
    return f"{size:,}" if size < 1_000_000 else f"{Decimal(size):.1e}"
