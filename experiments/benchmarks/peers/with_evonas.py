"""evonas on the task of the benchmarks: ``evonas run with_evonas.py -- --evaluations N --stamps FOLDER``."""

from __future__ import annotations

import sys

from job import BOUND, Evaluation, parse

import evonas

STRATEGIES = {
    "auto": "auto",
    "evolution": evonas.RegularizedEvolution(),
    "random": evonas.RandomSearch(),
}

OPTIONS = parse(sys.argv[1:], strategy={"choices": STRATEGIES, "default": "evolution"})

search = evonas.Search(
    space=evonas.Space([evonas.Real(-BOUND, BOUND)] * OPTIONS.genes),
    evaluate=Evaluation(OPTIONS),
    objectives={"loss": "min"},
    strategy=STRATEGIES[OPTIONS.strategy],
    budget=OPTIONS.evaluations,
)
