"""A module of modules made flat: one graph, and one child a leaf with a readable name."""

from __future__ import annotations

import builtins
import copy
import keyword
import re

import torch
from torch import fx, nn

from evonas.errors import ExportError


def flatten(model: nn.Module) -> fx.GraphModule:
    """Return ``model`` as a graph over one flat row of torch.nn modules, parameters and buffers.

    ``blocks.0.conv`` becomes ``block1_conv``. The state dict of the result holds everything that the graph
    reads, also buffers that the model does not save.

    Args:
        model: In eval mode; it is not changed, and the result has its own tensors.

    Raises:
        ExportError: torch.fx cannot trace the model; the message says why.
    """
    nested = copy.deepcopy(model)
    try:
        graph = fx.Tracer().trace(nested)
    except Exception as error:  # a user's forward may raise anything when it meets a proxy
        raise ExportError(f"torch.fx cannot trace it ({type(error).__name__}: {error})") from error
    # Names are given out once: a module used twice keeps one name, two modules never share one.
    names: dict[str, str] = {}
    root = nn.Module()
    for node in graph.nodes:
        node.type = None  # the user's annotations; they would drag the user's names in
        if node.op in ("call_module", "get_attr"):
            path = str(node.target)
            if path not in names:
                names[path] = _free(readable(path), set(names.values()))
                _place(root, names[path], _fetch(nested, path))
            node.target = names[path]
    return fx.GraphModule(root, graph)


def readable(path: str) -> str:
    """Return a name of one word for a dotted module path: ``features.0.conv`` becomes ``feature1_conv``."""
    words: list[str] = []
    for part in path.split("."):
        if not part.isdigit():
            words.append(part)
        elif words:
            words[-1] = re.sub(r"(?<=[^s])s$", "", words[-1]) + str(int(part) + 1)
        else:
            words.append(f"layer{int(part) + 1}")
    return re.sub(r"\W", "_", "_".join(words)).lstrip("_") or "part"


def _free(name: str, taken: set[str]) -> str:
    """Return ``name``, with an ending if it is taken or means something to Python or to ``nn.Module``."""
    while name in taken or keyword.iskeyword(name) or hasattr(nn.Module(), name) or hasattr(builtins, name):
        name += "_"
    return name


def _fetch(root: nn.Module, path: str) -> object:
    target: object = root
    for part in path.split("."):
        target = getattr(target, part)
    return target


def _place(root: nn.Module, name: str, target: object) -> None:
    """Hang a leaf into ``root`` so that the state dict holds all of its tensors."""
    if isinstance(target, nn.Module):
        root.add_module(name, target)
    elif isinstance(target, nn.Parameter):
        root.register_parameter(name, target)
    elif isinstance(target, torch.Tensor):
        root.register_buffer(name, target)
    else:
        raise ExportError(f"it reads {name}, a {type(target).__name__}, which is neither module nor tensor")
