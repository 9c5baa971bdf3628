"""The best of a search as a folder: its architecture, the trained model if there is one, and a card."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from evonas.export.card import architecture_card, model_card
from evonas.export.folder import replaced
from evonas.export.written import Written

if TYPE_CHECKING:  # an architecture alone is exported without torch
    from evonas.export.trained import Trained

ARCHITECTURE, CARD = "architecture.json", "card.md"
MODELS = ("model.py", "model.safetensors", "model.pt2", "model.onnx", "model.onnx.data")


def write(folder: Path, record: Mapping[str, object], trained: Trained | None) -> list[Written]:
    """Write the export of one architecture to ``folder`` and return what became of each file.

    ``folder`` is replaced as a whole once everything in it is written and checked, never by half.

    Args:
        folder: New, empty, or an earlier export.
        record: What the search knows of the architecture, JSON-able: ``architecture``, ``objectives``,
            ``metrics``, ``seed``, ``lineage`` (oldest first), provenance; the card shows what is there.
        trained: The model; without one there is only the architecture and a card, and no need of torch.

    Raises:
        ExportError: A file does not reproduce the model, the model does not run on its example, or ``folder``
            holds other files.
    """
    with replaced(folder, (ARCHITECTURE, *MODELS, CARD)) as fresh:
        scores = {} if trained is None else {name: float(value) for name, value in trained.scores.items()}
        text = json.dumps(_finite({**record, "scores": scores}), indent=2, allow_nan=False) + "\n"
        files = [_text(fresh / ARCHITECTURE, text)]
        if trained is None:
            card = architecture_card(record)
        else:
            from evonas.export.model_files import write_model

            models, cost = write_model(fresh, record, trained)
            files += models
            card = model_card(record, trained, cost, files)
        return [*files, _text(fresh / CARD, card)]


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
