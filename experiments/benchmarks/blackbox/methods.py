"""All that is compared, ours and others', by one name each."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import evonas
from blackbox import front_peers, mixed_peers, peers
from blackbox.bill import Bill
from blackbox.peers import Minimize
from evonas.evolve.objectives import Objectives
from evonas.runs.islands import optimizer

AUTO = "auto"


@dataclass(frozen=True)
class Method:
    """A way to minimize.

    Attributes:
        name: What tables call it.
        package: What must be installed for it.
        minimize: Spends a bill.
        is_peer: Whether it is another library's.
        knows_budget: Whether it wants to know its budget: each needs a run of its own.
        most: Its largest budget, in multiples of the dimension: beyond, it is too slow.
    """

    name: str
    package: str
    minimize: Minimize
    is_peer: bool = True
    knows_budget: bool = False
    most: int = 10**9

    @property
    def missing(self) -> str | None:
        """What must be installed before it can run."""
        if not self.is_peer:
            return None if hasattr(evonas, self.package) else f"evonas.{self.package}"
        return None if importlib.util.find_spec(self.package) else self.package


def ours(name: str, strategy: str | None = None) -> Method:
    """Return one of our strategies, driven by ask and tell; what ``minimize`` chooses if none is named."""

    def minimize(bill: Bill, seed: int) -> None:
        objectives = ["first", "second"][: bill.n_objectives]
        space, aims = space_of(bill), Objectives(dict.fromkeys(objectives, "min"))
        chosen = getattr(evonas, strategy)() if strategy else optimizer(AUTO, space, aims)
        method = chosen.on(space, aims, seed)
        while True:
            candidates = method.ask(bill.in_flight)
            values = bill.many([candidate.genome.values for candidate in candidates])
            for candidate, value in zip(candidates, values, strict=True):
                costs = value.tolist() if bill.n_objectives > 1 else [value]
                method.tell([evonas.Outcome(candidate.id, dict(zip(objectives, costs, strict=True)))])

    return Method(name, strategy or "minimize", minimize, is_peer=False)


def space_of(bill: Bill) -> evonas.Space:
    """Return the box of a bill as a space."""
    decisions: dict[str, Any] = {}
    for place, (low, high) in enumerate(zip(bill.lower.tolist(), bill.upper.tolist(), strict=True)):
        whole = place < bill.n_integers
        decisions[f"x{place}"] = evonas.Int(int(low), int(high)) if whole else evonas.Real(low, high)
    return evonas.Space(decisions)


REAL = {
    AUTO: ours("evonas auto"),
    "evonas-quasi-newton": ours("evonas QuasiNewton", "QuasiNewton"),
    "evonas-trust-region": ours("evonas TrustRegion", "TrustRegion"),
    "evonas-nelder-mead": ours("evonas NelderMead", "NelderMead"),
    "evonas-cma": ours("evonas CMAES", "CMAES"),
    "evonas-surrogate-cma": ours("evonas SurrogateCMAES", "SurrogateCMAES"),
    "evonas-one-plus-one": ours("evonas OnePlusOneCMAES", "OnePlusOneCMAES"),
    "evonas-xnes": ours("evonas XNES", "XNES"),
    "evonas-snes": ours("evonas SNES", "SNES"),
    "evonas-lshade": ours("evonas LSHADE", "LSHADE"),
    "evonas-particle-swarm": ours("evonas ParticleSwarm", "ParticleSwarm"),
    "slsqp": Method("SLSQP restarts (scipy)", "scipy", peers.scipy_local("SLSQP", ftol=1e-12, maxiter=10**6)),
    "slsqp-side-by-side": Method("SLSQP, differences side by side", "scipy", peers.slsqp_side_by_side),
    "l-bfgs-b": Method(
        "L-BFGS-B restarts (scipy)", "scipy", peers.scipy_local("L-BFGS-B", ftol=1e-15, maxfun=10**9)
    ),
    "bobyqa": Method("BOBYQA restarts (NLopt)", "nlopt", peers.nlopt("LN_BOBYQA")),
    "subplex": Method("Sbplx restarts (NLopt)", "nlopt", peers.nlopt("LN_SBPLX")),
    "bipop": Method("BIPOP-CMA-ES (cmaes)", "cmaes", peers.cmaes_bipop),
    "pycma": Method("BIPOP-CMA-ES (pycma)", "cma", peers.pycma()),
    "pycma-noise": Method("BIPOP-CMA-ES, noise handler (pycma)", "cma", peers.pycma(handles_noise=True)),
    "lq-cma": Method("lq-CMA-ES (pycma)", "cma", peers.lq_cma, most=100),
    "sep-cma": Method("sep-CMA-ES (cmaes)", "cmaes", peers.cmaes_separable),
    "vkd-cma": Method("VkD-CMA-ES (pycma)", "cma", peers.vkd_cma),
    "differential-evolution": Method("differential evolution (scipy)", "scipy", peers.differential_evolution),
    "dual-annealing": Method("dual annealing (scipy)", "scipy", peers.dual_annealing),
    "pattern": Method(
        "pattern search (pymoo)",
        "pymoo",
        peers.pymoo("PatternSearch", "pymoo.algorithms.soo.nonconvex.pattern"),
    ),
    "pymoo-de": Method(
        "differential evolution (pymoo)", "pymoo", peers.pymoo("DE", "pymoo.algorithms.soo.nonconvex.de")
    ),
    "nevergrad": Method("NGOpt8 (Nevergrad)", "nevergrad", peers.nevergrad, knows_budget=True, most=100),
    "optuna": Method("TPE (Optuna)", "optuna", peers.optuna, most=100),
}
MIXED = {
    AUTO: ours("evonas auto"),
    "evonas-catcma": ours("evonas CatCMA", "CatCMA"),
    "evonas-surrogate": ours("evonas SurrogateAssistedEvolution", "SurrogateAssistedEvolution"),
    "evonas-differential": ours("evonas DifferentialEvolution", "DifferentialEvolution"),
    "catcma": Method("CatCMA with margin (cmaes)", "cmaes", mixed_peers.catcma),
    "pycma": Method("CMA-ES, integers (pycma)", "cma", mixed_peers.pycma),
    "pymoo-mixed": Method("mixed-variable GA (pymoo)", "pymoo", mixed_peers.pymoo_mixed),
    "nevergrad": REAL["nevergrad"],
    "optuna": REAL["optuna"],
}
FRONT = {
    AUTO: ours("evonas auto"),
    "evonas-mo-cma": ours("evonas MOCMAES", "MOCMAES"),
    "evonas-nsga2": ours("evonas NSGA2", "NSGA2"),
    "evonas-sms-emoa": ours("evonas SMSEMOA", "SMSEMOA"),
    "nsga2": Method(
        "NSGA-II (pymoo)", "pymoo", front_peers.pymoo_front("NSGA2", "pymoo.algorithms.moo.nsga2")
    ),
    "sms-emoa": Method(
        "SMS-EMOA (pymoo)", "pymoo", front_peers.pymoo_front("SMSEMOA", "pymoo.algorithms.moo.sms")
    ),
    "como": Method("COMO-CMA-ES (comocma)", "comocma", front_peers.como),
}
NAMES = list(dict.fromkeys([*REAL, *MIXED, *FRONT]))
LARGE = (AUTO, "evonas-snes", "evonas-cma", "sep-cma", "vkd-cma", "l-bfgs-b")


def methods_of(suite: str) -> dict[str, Method]:
    """Return what can run on a suite."""
    if suite == "bbob-mixint":
        return MIXED
    if suite == "bbob-biobj":
        return FRONT
    return {name: REAL[name] for name in LARGE} if suite == "bbob-largescale" else REAL
