"""The card: one page that says what a model is, how good, how to load it, and where it comes from."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evonas.export.written import BATCHES, TOLERANCE, Written

if TYPE_CHECKING:
    import torch

    from evonas.export.trained import Trained

Record = Mapping[str, object]


@dataclass(frozen=True)
class Cost:
    """What the model costs.

    Attributes:
        parameters: Trainable numbers.
        flops: Of one forward pass over one input; a multiply-add is 2.
        milliseconds: Median latency by (runtime, batch size).
        processor: Where latency was measured, on one thread.
    """

    parameters: int
    flops: int
    milliseconds: Mapping[tuple[str, int], float]
    processor: str


def model_card(record: Record, trained: Trained, cost: Cost, files: Sequence[Written]) -> str:
    """Return the card of a trained model as Markdown."""
    sections = [
        f"# {trained.title}",
        trained.notes,
        _origin(record),
        "## Scores",
        _table(("score", "value"), ((name, number(value)) for name, value in trained.scores.items())),
        *_architecture(record),
        "## Files",
        _files(files),
        "## Use",
        "In this folder:",
        *_snippets(trained.example, {file.name for file in files if file.skipped is None}),
        "## Cost",
        _cost(cost),
        *_provenance(record),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def architecture_card(record: Record) -> str:
    """Return the card of an architecture that nobody has trained for export."""
    sections = [
        "# Architecture",
        _origin(record),
        "There is no model here: the search was not told how to train one. Give it a function that does, "
        "`Search(..., retrain=retrain)`, where `retrain(architecture, context)` returns an "
        "`evonas.export.trained.Trained`, and run `evonas export` again.",
        *_architecture(record),
        *_provenance(record),
    ]
    return "\n\n".join(sections) + "\n"


def number(value: object) -> str:
    """Return a number as a reader wants it: whole ones with commas, others with four digits."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return str(value)
    return f"{int(value):,}" if value == int(value) and abs(value) >= 10 else f"{value:.4g}"


def _origin(record: Record) -> str:
    return (
        f"Found by evonas {record.get('evonas')} ({record.get('strategy')}) in "
        f"{number(record.get('evaluations'))} evaluations; in the search it reached {_measured(record)}."
    )


def _measured(record: Record) -> str:
    """Return the objectives of ``record`` in a phrase."""
    return ", ".join(f"{name} {number(value)}" for name, value in _items(record.get("objectives")))


def _architecture(record: Record) -> list[str]:
    return ["## Architecture", "```json\n" + json.dumps(record.get("architecture"), indent=2) + "\n```"]


def _files(files: Sequence[Written]) -> str:
    rows = [
        (f"`{file.name}`", f"{file.bytes:,}", "" if file.error is None else f"{file.error:.2g}")
        for file in files
        if file.skipped is None
    ]
    batches = f"{', '.join(map(str, BATCHES[:-1]))} and {BATCHES[-1]}"
    told = (
        "Each model file was read back and compared with the trained model on random batches of "
        f"{batches}; the error is the largest absolute difference of any output. More than "
        f"{TOLERANCE:g} of the largest output, or of 1 if that is larger, would have stopped the export."
    )
    skipped = [f"`{file.name}` could not be written: {file.skipped}" for file in files if file.skipped]
    return "\n\n".join([_table(("file", "bytes", "error"), rows), told, *skipped])


def _snippets(example: torch.Tensor, names: set[str]) -> list[str]:
    """Return one runnable snippet for each way to load the model."""
    shape = (1, *example.shape[1:])
    dtype = str(example.dtype).removeprefix("torch.")
    batch = f"torch.zeros({shape}, dtype=torch.{dtype})"
    torch_use = f"print(model({batch}))"
    snippets = {
        "model.py": f"import torch\n\nfrom model import load\n\nmodel = load()\n{torch_use}",
        "model.pt2": f'import torch\n\nmodel = torch.export.load("model.pt2").module()\n{torch_use}',
        "model.onnx": "import numpy as np\nimport onnxruntime\n\n"
        'session = onnxruntime.InferenceSession("model.onnx")\n'
        f"batch = np.zeros({shape}, dtype=np.{dtype})\n"
        'print(session.run(None, {"input": batch})[0])',
    }
    needs = {
        "model.py": "`model.py` with `model.safetensors`: readable source; needs torch and safetensors.",
        "model.pt2": "`model.pt2`: the graph of torch.export; needs torch.",
        "model.onnx": "`model.onnx`: for any runtime that reads ONNX; here onnxruntime.",
    }
    return [f"{needs[name]}\n\n```python\n{code}\n```" for name, code in snippets.items() if name in names]


def _cost(cost: Cost) -> str:
    rows = [
        (runtime, str(batch), f"{milliseconds:.3g}")
        for (runtime, batch), milliseconds in cost.milliseconds.items()
    ]
    told = f"{cost.parameters:,} parameters; {cost.flops:,} FLOPs for one input, a multiply-add counted as 2."
    where = f"Median on one thread of {cost.processor}."
    return "\n\n".join([told, _table(("runtime", "batch", "milliseconds"), rows), where])


def _provenance(record: Record) -> list[str]:
    names = ("id", "seed", "strategy", "evaluations", "space", "space_size", "created", "evonas")
    rows = [(name.replace("_", " "), str(record[name])) for name in names if name in record]
    rows += [(f"searched {name}", number(value)) for name, value in _items(record.get("metrics"))]
    return ["## Provenance", _table(("what", "value"), rows), _lineage(record.get("lineage"))]


def _lineage(lineage: object) -> str:
    """Return a line on where the architecture came from, its ancestors oldest first."""
    if not isinstance(lineage, Sequence) or not lineage:
        return "It has no recorded ancestors."
    steps = [f"{one['id']} ({_measured(one)})" for one in lineage if isinstance(one, Mapping)]
    shown = steps if len(steps) <= 8 else [*steps[:2], f"{len(steps) - 6} more", *steps[-4:]]
    return f"Lineage, oldest of {len(steps)} first: {' → '.join(shown)}."


def _items(mapping: object) -> Iterable[tuple[str, object]]:
    return mapping.items() if isinstance(mapping, Mapping) else ()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, or nothing where there are no rows."""
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    rule = "|" + "---|" * len(head)
    return "\n".join([f"| {' | '.join(head)} |", rule, *lines]) if lines else ""
