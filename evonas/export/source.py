"""A trained module as readable Python source that needs torch and safetensors only."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import torch
from torch import fx

from evonas.errors import ExportError
from evonas.export.constructor import constructor, literal
from evonas.export.forward import double_quoted, forward_lines

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

    def forward(self, x: torch.Tensor) -> torch.Tensor:
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
    inputs = sum(node.op == "placeholder" for node in flat.graph.nodes)
    if inputs != 1:
        raise ExportError(f"it takes {inputs} inputs; one is supported")
    forward = [_wrap(line) for line in forward_lines(flat.graph, code.src)]
    init = [_wrap(f"self.{name} = {made}") for name, made in _attributes(flat)] or ["pass"]
    functional = any(re.search(r"\bF\.", line) for line in forward)
    return TEMPLATE.format(
        docstring=_docstring(docstring),
        summary=f"Takes a batch, ``({', '.join(['B', *map(str, example.shape[1:])])})``.",
        functional="from torch.nn import functional as F\n" if functional else "",
        init=_indent(init),
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


def _wrap(line: str, indent: int = 8) -> str:
    """Break a call that is too long as ruff would: arguments on one line, or else one a line."""
    statement = ast.parse(line).body[0]
    value = statement.value if isinstance(statement, ast.Assign) else None
    if len(line) + indent <= WIDTH or not isinstance(value, ast.Call):
        return line
    given = [double_quoted(ast.unparse(argument)) for argument in (*value.args, *value.keywords)]
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
