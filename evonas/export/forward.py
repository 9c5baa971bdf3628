"""The body of a ``forward``: torch.fx's generated code, rewritten for readers."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from torch import fx, nn

from evonas.export.constructor import literal


def forward_lines(graph: fx.Graph, source: str) -> list[str]:
    """Return the lines of fx's ``forward`` as a person would write them.

    Args:
        graph: From inputs to output.
        source: What fx makes of it, ``graph.python_code("self").src``.
    """
    (function,) = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    tidy = _Tidy(_variables(graph))
    statements = [ast.fix_missing_locations(tidy.visit(node)) for node in function.body]
    return [double_quoted(ast.unparse(node)) for node in statements if not _idle(node)]


def double_quoted(line: str) -> str:
    """Return ``line`` with its plain strings in double quotes."""
    return re.sub(r"'([^'\"\\]*)'", r'"\1"', line)


def _variables(graph: fx.Graph) -> dict[str, str]:
    """Return a short variable name for each node of ``graph``.

    A name is free again after the last use of its value, and the first free one is taken: a chain of
    layers reads ``x = ...; x = ...``; what is carried around a block stays ``x``, and the block is ``y``.
    """
    last_use = {used: node for node in graph.nodes for used in node.all_input_nodes}
    names: dict[fx.Node, str] = {}
    busy: set[str] = set()
    for node in graph.nodes:
        busy -= {names[used] for used in node.all_input_nodes if last_use[used] is node}
        candidates = [*"xyzuvw", *(f"t{i}" for i in range(len(busy) + 1))]
        names[node] = next(name for name in candidates if name not in busy)
        if node in last_use:
            busy.add(names[node])
    inputs = {str(node.target): names[node] for node in graph.nodes if node.op == "placeholder"}
    return inputs | {node.name: name for node, name in names.items()}


class _Tidy(ast.NodeTransformer):
    """Turns fx's code into what a person would write."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Rename variables; spell out the constants that fx keeps as globals."""
        if node.id in ("inf", "nan"):
            return _expression(f"float({literal(node.id)})")
        if node.id == "device":
            return _expression("torch.device")
        return ast.Name(self.variables.get(node.id, node.id), node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Shorten ``torch.nn.functional`` to ``F``, under either of its names."""
        path = ast.unparse(node)
        owner, _, name = path.rpartition(".")
        if owner in ("torch.nn.functional", "torch._C._nn") and hasattr(nn.functional, name):
            return _expression(f"F.{name}")
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Leave out ``inplace=False``, which is the default everywhere; write slices as slices."""
        self.generic_visit(node)
        node.keywords = [word for word in node.keywords if ast.unparse(word) != "inplace=False"]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Write ``x[slice(None, 2, None)]`` as ``x[:2]``."""
        self.generic_visit(node)
        index = node.slice
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        parts = [_slice(part) for part in parts]
        node.slice = ast.Tuple(parts, ast.Load()) if isinstance(index, ast.Tuple) else parts[0]
        return node


def _slice(part: ast.expr) -> ast.expr:
    if not (isinstance(part, ast.Call) and ast.unparse(part.func) == "slice"):
        return part
    ends = [None if ast.unparse(end) == "None" else end for end in part.args]
    return ast.Slice(*ends)


def _idle(node: ast.stmt) -> bool:
    """Say whether a statement tells a reader nothing: ``x = x``, or ``x = None``, which frees memory."""
    if not isinstance(node, ast.Assign):
        return False
    source = ast.unparse(node.value)
    return source == "None" or all(ast.unparse(target) == source for target in node.targets)


def _expression(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body
