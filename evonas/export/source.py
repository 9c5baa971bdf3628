"""A trained module as readable Python source that needs torch and safetensors only."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

import torch
from torch import fx, nn

from evonas.errors import ExportError
from evonas.export.constructor import constructor, literal

WIDTH = 88  # characters a line, as ruff and black set it by default

TEMPLATE = '''\
"""{docstring}"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
{functional}

class Model(nn.Module):
    """{summary}"""

    def __init__(self) -> None:
        super().__init__()
{init}

    def forward(self, {inputs}: torch.Tensor) -> torch.Tensor:
{forward}


def load(folder: Path = Path(__file__).parent) -> Model:
    """Return the trained model, in eval mode, with the weights beside this file."""
    model = Model()
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
    return model.eval()


if __name__ == "__main__":
    example = {example}
    print(tuple(load()(example).shape))
'''


def write_source(flat: fx.GraphModule, docstring: str, example: torch.Tensor) -> str:
    """Return the source of a module that computes what ``flat`` computes.

    Args:
        flat: From ``evonas.export.flat.flatten``; the state dict fits the module written here.
        docstring: Says what the model is; any text.
        example: One batch of input; the source tries itself on random input like it.

    Raises:
        ExportError: A leaf or an operation cannot be written as plain torch.
    """
    code = flat.graph.python_code("self")
    foreign = sorted(name for name, value in code.globals.items() if not _known(name, value))
    if foreign:
        raise ExportError(f"it calls {', '.join(foreign)}, which is not a function of torch")
    inputs = [node.name for node in flat.graph.nodes if node.op == "placeholder"]
    if len(inputs) != 1:
        raise ExportError(f"it takes {len(inputs)} inputs; one is supported")
    forward = [_wrap(line) for line in _forward(code.src, _variables(flat.graph))]
    init = [_wrap(f"self.{name} = {made}") for name, made in _attributes(flat)] or ["pass"]
    functional = any(re.search(r"\bF\.", line) for line in forward)
    return TEMPLATE.format(
        docstring=_docstring(docstring),
        summary=f"From ``(B, {', '.join(map(str, example.shape[1:]))})`` to whatever ``forward`` returns.",
        functional="from torch.nn import functional as F\n" if functional else "",
        init=_indent(init),
        inputs="x",
        forward=_indent(forward),
        example=_example(example),
    )


def _known(name: str, value: object) -> bool:
    """Say whether a global of fx's code is torch itself or one of the names that fx always offers."""
    always = {"inf", "nan", "NoneType", "device", "fx_pytree", "pytree", "getattr"}
    return value is torch or name in always


def _attributes(flat: fx.GraphModule) -> list[tuple[str, str]]:
    """Return name and construction of every child, parameter and buffer, in the order of their use."""
    children = [(name, constructor(child)) for name, child in flat.named_children()]
    parameters = [
        (name, f"nn.Parameter({_empty(parameter)})")
        for name, parameter in flat.named_parameters(recurse=False, remove_duplicate=False)
    ]
    buffers = [
        (name, f"nn.Buffer({_empty(buffer)})")
        for name, buffer in flat.named_buffers(recurse=False, remove_duplicate=False)
    ]
    return children + parameters + buffers


def _empty(tensor: torch.Tensor) -> str:
    sizes = ", ".join(map(str, tensor.shape)) or "()"
    return f"torch.empty({sizes}{_dtype(tensor)})"


def _dtype(tensor: torch.Tensor) -> str:
    return "" if tensor.dtype is torch.float32 else f", dtype={tensor.dtype}"


def _example(example: torch.Tensor) -> str:
    """Return source of a random batch of two that looks like ``example``."""
    shape = literal((2, *example.shape[1:]))
    if example.is_floating_point():
        return f"torch.rand({shape}{_dtype(example)})"
    low, high = int(example.min()), int(example.max()) + 1
    return f"torch.randint({low}, {high}, {shape}{_dtype(example)})"


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
    return {node.name: name for node, name in names.items()}


def _forward(source: str, variables: Mapping[str, str]) -> list[str]:
    """Return the lines of fx's ``forward``, renamed and without its bookkeeping."""
    (function,) = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    tidy = _Tidy(variables)
    statements = [ast.fix_missing_locations(tidy.visit(node)) for node in function.body]
    return [_quoted(ast.unparse(node)) for node in statements if not _idle(node)]


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


def _quoted(line: str) -> str:
    """Return ``line`` with its plain strings in double quotes."""
    return re.sub(r"'([^'\"\\]*)'", r'"\1"', line)


def _wrap(line: str, indent: int = 8) -> str:
    """Break a call that is too long as ruff would: arguments on one line, or else one a line."""
    statement = ast.parse(line).body[0]
    value = statement.value if isinstance(statement, ast.Assign) else None
    if len(line) + indent <= WIDTH or not isinstance(value, ast.Call):
        return line
    given = [_quoted(ast.unparse(argument)) for argument in (*value.args, *value.keywords)]
    head = line[: value.func.end_col_offset] + "("
    if len(joined := ", ".join(given)) + indent + 4 <= WIDTH:
        return f"{head}\n    {joined}\n)"
    return "\n".join([head, *(f"    {argument}," for argument in given), ")"])


def _indent(lines: Sequence[str]) -> str:
    return "\n".join(" " * 8 + row for line in lines for row in line.split("\n"))


def _docstring(text: str) -> str:
    """Return ``text`` made safe between triple quotes."""
    safe = text.replace("\\", "\\\\").replace('"""', "'''").strip()
    return safe + "\n" if "\n" in safe else safe
