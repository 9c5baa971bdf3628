"""libEnsemble over MPI: a manager, workers that simulate, random points.

As its documentation says for many short evaluations: the generator runs on the manager, points come in
batches, ``fast_alloc`` hands them out (it is ``give_sim_work_first`` without a look at the whole history),
no log files are written, and no line of a log is sent for each evaluation.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from job import BOUND, Evaluation, parse
from libensemble import Ensemble, logger
from libensemble.alloc_funcs.fast_alloc import give_sim_work_first
from libensemble.specs import AllocSpecs, ExitCriteria, GenSpecs, LibeSpecs, SimSpecs

BATCH = 1000


def main(words: list[str]) -> None:
    """Run the ensemble; libEnsemble finds out which rank does what."""
    options = parse(words)
    evaluate, genes = Evaluation(options), options.genes
    rng = np.random.default_rng(0)
    batch = min(BATCH, options.evaluations, 10**7 // genes)

    def simulate(points: Any, persistent: dict[str, Any], specs: dict[str, Any], info: Any) -> Any:
        out = np.zeros(1, dtype=specs["out"])
        out["f"] = evaluate(points["x"][0])
        return out

    def generate(points: Any, persistent: dict[str, Any], specs: dict[str, Any], info: Any) -> Any:
        out = np.zeros(batch, dtype=specs["out"])
        out["x"] = rng.uniform(-BOUND, BOUND, (batch, genes))
        return out, persistent

    logger.set_level("WARNING")
    Ensemble(
        libE_specs=LibeSpecs(
            comms="mpi",
            gen_on_manager=True,
            disable_log_files=True,
            disable_resource_manager=True,
            save_H_and_persis_on_abort=False,
        ),
        sim_specs=SimSpecs(sim_f=simulate, inputs=["x"], out=[("f", float)]),
        gen_specs=GenSpecs(gen_f=generate, out=[("x", float, (genes,))], batch_size=batch),
        alloc_specs=AllocSpecs(alloc_f=give_sim_work_first, user={"num_active_gens": 1}),
        exit_criteria=ExitCriteria(sim_max=options.evaluations),
        persis_info={"next_to_give": 0, "total_gen_calls": 0},
    ).run()


if __name__ == "__main__":
    main(sys.argv[1:])
