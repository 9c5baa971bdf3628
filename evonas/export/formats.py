"""The model files: how each is written, read back and compared with the model."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.export import Dim, ExportedProgram

from evonas.errors import ExportError
from evonas.export.flat import flatten
from evonas.export.parity import Run, largest_error
from evonas.export.quiet import quiet
from evonas.export.source import write_source

SINGLE_FILE_BYTES = 1_900_000_000  # protobuf, and so ONNX, ends at 2 GB a file


@dataclass(frozen=True)
class Exportable:
    """What the writers need.

    Attributes:
        model: On the CPU, in eval mode.
        example: One batch of at least two inputs; torch.export would take a batch of one for a constant.
        docstring: Says in ``model.py`` what the model is.
    """

    model: nn.Module
    example: torch.Tensor
    docstring: str

    @cached_property
    def standalone(self) -> tuple[str, dict[str, torch.Tensor]]:
        """The source of ``model.py`` and the tensors that it loads; ExportError if it cannot be written."""
        flat = flatten(self.model)
        return write_source(flat, self.docstring, self.example), flat.state_dict()

    @cached_property
    def program(self) -> ExportedProgram:
        """The model as torch.export sees it, for any batch size."""
        shapes = ({0: Dim("batch", min=1)},)
        return torch.export.export(self.model, (self.example,), dynamic_shapes=shapes)

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """The tensors by the names of ``model.py``, or by the model's own where there is no ``model.py``."""
        try:
            return self.standalone[1]
        except ExportError:
            return dict(self.model.state_dict())


@dataclass(frozen=True)
class Format:
    """One file of an export.

    Attributes:
        name: Of the file.
        write: Writes the model to a path.
        error: Reads the path back and returns the largest absolute difference from the model.
    """

    name: str
    write: Callable[[Exportable, Path], object]
    error: Callable[[Exportable, Path], float]


def write_weights(exportable: Exportable, path: Path) -> None:
    """Write the tensors as safetensors; tied ones once for each name, as the format wants it."""
    from safetensors.torch import save

    state = {name: tensor.detach().clone().contiguous() for name, tensor in exportable.state.items()}
    path.write_bytes(save(state, metadata={"format": "pt"}))


def weights_error(exportable: Exportable, path: Path) -> float:
    """Return the largest difference between the tensors written and the model's."""
    from safetensors.torch import load_file

    loaded, state = load_file(path), exportable.state
    if loaded.keys() != state.keys():
        raise ExportError(f"{path.name} holds {sorted(loaded)} instead of {sorted(state)}")
    differs = [name for name in state if not torch.equal(loaded[name], state[name])]
    if differs:
        raise ExportError(f"{path.name} does not hold the model's {', '.join(differs)}")
    return 0.0


def load_source(path: Path) -> Run:
    """Return the forward pass of ``model.py`` with the weights beside it, executed as a fresh module."""
    module = types.ModuleType("exported_model")
    module.__file__ = str(path)
    # Executed rather than imported: an import would leave __pycache__ in the folder.
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return torch_run(module.load(path.parent))


def write_program(exportable: Exportable, path: Path) -> None:
    """Write ``model.pt2``."""
    with quiet():
        torch.export.save(exportable.program, path)


def load_program(path: Path) -> Run:
    """Return the forward pass of ``model.pt2``."""
    return torch_run(torch.export.load(path).module())


def write_onnx(exportable: Exportable, path: Path) -> None:
    """Write ``model.onnx``, with the weights inside it as far as the format can."""
    large = sum(tensor.nbytes for tensor in exportable.state.values()) > SINGLE_FILE_BYTES
    with quiet():
        torch.onnx.export(
            exportable.program,
            (),
            path,
            input_names=["input"],
            output_names=["output"],
            dynamo=True,
            external_data=large,
        )


def load_onnx(path: Path) -> Run:
    """Return the forward pass of ``model.onnx`` by onnxruntime, on one thread of the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (name,) = (entry.name for entry in session.get_inputs())
    return lambda batch: np.asarray(session.run(None, {name: batch.numpy()})[0])


def torch_run(model: nn.Module) -> Run:
    """Return the forward pass of ``model``, without gradients, from tensor to array."""

    def run(batch: torch.Tensor) -> NDArray[Any]:
        with torch.no_grad():
            return np.asarray(model(batch).numpy())

    return run


def _compared(load: Callable[[Path], Run]) -> Callable[[Exportable, Path], float]:
    """Return the parity check of a file that ``load`` reads."""

    def error(exportable: Exportable, path: Path) -> float:
        return largest_error(path.name, load(path), torch_run(exportable.model), exportable.example)

    return error


FORMATS = (  # model.py reads the weights, so they come first
    Format("model.safetensors", write_weights, weights_error),
    Format(
        "model.py",
        lambda exportable, path: path.write_text(exportable.standalone[0], "utf-8"),
        _compared(load_source),
    ),
    Format("model.pt2", write_program, _compared(load_program)),
    Format("model.onnx", write_onnx, _compared(load_onnx)),
)
