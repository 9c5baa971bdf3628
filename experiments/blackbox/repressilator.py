"""Calibrates a repressilator: three genes in a ring, each represses the next (Elowitz and Leibler 2000).

    evonas run experiments/blackbox/repressilator.py --mpi --workers 4

Twelve rates are found from noisy measurements of all six concentrations. A simulation is noisy itself, fails
for some rates, and now and then takes its process with it, as simulations do.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import evonas as en

GENES = ("lacI", "tetR", "cI")
RATES = {
    "transcription": (5.0, 100.0),
    "mrna_decay": (0.3, 3.0),
    "translation": (0.5, 8.0),
    "decay": (0.1, 2.0),
}
TRUTH = {
    "lacI": {"transcription": 25.0, "mrna_decay": 1.2, "translation": 2.0, "decay": 0.5},
    "tetR": {"transcription": 40.0, "mrna_decay": 0.8, "translation": 3.5, "decay": 0.7},
    "cI": {"transcription": 30.0, "mrna_decay": 1.0, "translation": 1.5, "decay": 0.4},
}
SPACE = en.Space({gene: {rate: en.Real(*ends, log=True) for rate, ends in RATES.items()} for gene in GENES})
TIMES = np.linspace(0.25, 10.0, 40)
BEGIN = np.array([1.0, 0.0, 5.0, 0.0, 2.0, 0.0])  # messengers and proteins, gene by gene
MOST = 1e4  # molecules that a cell has room for
MEASURED = 0.02  # relative error of the measurements
SIMULATED = 1e-3  # and of the simulation
ABORTS = 0.005  # share of the evaluations that take their process with them


def simulated(rates: Any) -> NDArray[np.float64]:
    """Return ``(6, n_times)`` concentrations.

    Raises:
        RuntimeError: There are more molecules than a cell has room for, or the solver gave up.
    """
    table = np.array([[rates[gene][rate] for rate in RATES] for gene in GENES])
    transcription, mrna_decay, translation, decay = table.T

    def slope(_: float, state: NDArray[np.float64]) -> NDArray[np.float64]:
        messengers, proteins = state[::2], state[1::2]
        made = transcription / (1.0 + np.roll(proteins, 1) ** 2) - mrna_decay * messengers
        return np.column_stack([made, translation * messengers - decay * proteins]).ravel()

    solved = solve_ivp(slope, (0.0, TIMES[-1]), BEGIN, "LSODA", TIMES, rtol=1e-6)
    if not solved.success or solved.y.max() > MOST:
        raise RuntimeError(solved.message if not solved.success else "the cell bursts")
    states: NDArray[np.float64] = solved.y
    return states


def distance(rates: Any, context: Any) -> float:
    """Return how far a simulation is from what was measured: 1 is as far as the errors of measurement."""
    rng = np.random.default_rng(context.seed)
    if rng.random() < ABORTS:
        os.abort()
    states = simulated(rates) * (1.0 + SIMULATED * rng.standard_normal((6, len(TIMES))))
    errors = (states - MEASUREMENTS) / (MEASURED * SCALES)
    return float(np.sqrt(np.mean(errors**2)))


TRUE = simulated(TRUTH)
SCALES = TRUE.mean(1, keepdims=True)
MEASUREMENTS = TRUE + MEASURED * SCALES * np.random.default_rng(1).standard_normal(TRUE.shape)

if __name__ == "__main__":
    print(en.minimize(distance, SPACE, budget=2000, timeout=60, folder="runs/repressilator"))
