"""A trained model as files, each read back and compared after writing."""

from __future__ import annotations

import copy
import json
import textwrap
from collections.abc import Mapping
from pathlib import Path

import torch

from evonas.errors import ExportError
from evonas.export.card import Cost, number
from evonas.export.formats import FORMATS, Exportable, Format, load_onnx, torch_run
from evonas.export.latency import BATCHES, median_milliseconds, one_thread, processor
from evonas.export.trained import Trained
from evonas.export.written import Written
from evonas.train.cost import flops, parameters


def write_model(folder: Path, record: Mapping[str, object], trained: Trained) -> tuple[list[Written], Cost]:
    """Write every format that can hold the model; return what became of each, and what the model costs.

    Raises:
        ExportError: A file does not reproduce the model, or the model does not run on its example.
    """
    with one_thread():
        exportable = _prepare(trained, record)
        files = [_attempt(form, exportable, folder / form.name) for form in FORMATS]
        return files, _cost(exportable, folder)


def _prepare(trained: Trained, record: Mapping[str, object]) -> Exportable:
    """Return a copy of the model that exports: on the CPU, in eval mode, tried on its example."""
    model = copy.deepcopy(trained.model).cpu().eval()
    example = trained.example.detach().cpu()
    example = torch.cat([example, example]) if len(example) == 1 else example
    try:
        with torch.no_grad():
            output = model(example)
    except Exception as error:  # the user's forward may raise anything
        raise ExportError(
            f"the model does not run on its example: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(output, torch.Tensor):
        raise ExportError(f"the model returns {type(output).__name__}; one tensor can be exported")
    return Exportable(model, example, _docstring(trained, record))


def _docstring(trained: Trained, record: Mapping[str, object]) -> str:
    """Return what ``model.py`` says of itself."""
    scores = [f"    {name}: {number(value)}" for name, value in trained.scores.items()]
    architecture = json.dumps(record.get("architecture"))
    shown = textwrap.fill(architecture, 84, initial_indent="    ", subsequent_indent="    ")
    paragraphs = [f"{trained.title}.", trained.notes and textwrap.fill(trained.notes, 88)]
    paragraphs += [f"Found by evonas {record.get('evonas')}, which is not needed to use it."]
    paragraphs += ["Scores:\n" + "\n".join(scores) if scores else "", f"Architecture:\n{shown}"]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _attempt(form: Format, exportable: Exportable, path: Path) -> Written:
    """Write and check one file; what cannot be written is skipped, what is written wrongly is an error."""
    try:
        form.write(exportable, path)
    except Exception as error:  # exporters raise whatever they like
        path.unlink(missing_ok=True)
        return Written(form.name, 0, skipped=_reason(error))
    try:
        difference = form.error(exportable, path)
    except ExportError:
        raise
    except Exception as error:
        raise ExportError(f"{form.name}: cannot be read back: {_reason(error)}") from error
    return Written(form.name, path.stat().st_size, difference)


def _reason(error: Exception) -> str:
    """Return the first line of what went wrong."""
    message = next(iter(str(error).strip().splitlines()), "")
    return message if isinstance(error, ExportError) else f"{type(error).__name__}: {message}"


def _cost(exportable: Exportable, folder: Path) -> Cost:
    model, example = exportable.model, exportable.example
    runs = {"torch": torch_run(model)}
    if (folder / "model.onnx").exists():
        runs["onnxruntime"] = load_onnx(folder / "model.onnx")
    milliseconds = {
        (runtime, batch): median_milliseconds(run, example, batch)
        for runtime, run in runs.items()
        for batch in BATCHES
    }
    return Cost(parameters(model), flops(model, example), milliseconds, processor())
