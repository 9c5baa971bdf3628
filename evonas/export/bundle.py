"""The best of a search as a folder: architecture, source, weights, graphs and a card, each checked."""

from __future__ import annotations

import copy
import json
import math
import textwrap
from collections.abc import Mapping
from pathlib import Path

import torch

from evonas.errors import ExportError
from evonas.export.card import Cost, architecture_card, model_card, number
from evonas.export.folder import replaced
from evonas.export.formats import FORMATS, Exportable, Format, load_onnx, torch_run
from evonas.export.latency import BATCHES, median_milliseconds, one_thread, processor
from evonas.export.trained import Trained
from evonas.export.written import Written
from evonas.train.cost import flops, parameters

__all__ = ["Written", "write"]

ARCHITECTURE, CARD = "architecture.json", "card.md"
# The files of an export; an older one may hold others of these than a newer.
NAMES = (ARCHITECTURE, *(form.name for form in FORMATS), "model.onnx.data", CARD)


def write(folder: Path, record: Mapping[str, object], trained: Trained | None) -> list[Written]:
    """Write the export of one architecture to ``folder`` and return what became of each file.

    ``folder`` is replaced as a whole once everything in it is written and checked, never by half.

    Args:
        folder: New, empty, or an earlier export.
        record: What the search knows of the architecture, JSON-able: ``architecture``, ``objectives``,
            ``metrics``, ``seed``, ``lineage`` (oldest first), provenance; the card shows what is there.
        trained: The model; without one there is only the architecture and a card.

    Raises:
        ExportError: A file does not reproduce the model, the model does not run on its example, or ``folder``
            holds other files.
    """
    with replaced(folder, NAMES) as fresh, one_thread():
        scores = {} if trained is None else {name: float(value) for name, value in trained.scores.items()}
        text = json.dumps(_finite({**record, "scores": scores}), indent=2, allow_nan=False) + "\n"
        files = [_text(fresh / ARCHITECTURE, text)]
        if trained is None:
            return [*files, _text(fresh / CARD, architecture_card(record))]
        exportable = _prepare(trained, record)
        files += [_attempt(form, exportable, fresh / form.name) for form in FORMATS]
        card = model_card(record, trained, _cost(exportable, fresh), files)
        return [*files, _text(fresh / CARD, card)]


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


def _finite(value: object) -> object:
    """Return ``value`` with infinities and NaN, which JSON does not have, as text."""
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _text(path: Path, text: str) -> Written:
    path.write_text(text, encoding="utf-8")
    return Written(path.name, path.stat().st_size)
