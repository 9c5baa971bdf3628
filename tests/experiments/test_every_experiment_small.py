"""Every script under experiments/ runs as it stands, at a tiny size."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from published import published_file

ROOT = Path(__file__).parents[2]
SMALL = {
    "digits_cnn.py": ["--evaluations", "2", "--final-epochs", "1"],
    "benchmarks/nas_tables.py": [
        *("--seeds", "2", "--evaluations", "12", "--tables", ".", "--in-flight", "1", "3"),
        *("--data-sets", "cifar10", "ImageNet16-120"),
    ],
    "benchmarks/proposal_cost.py": ["--evaluations", "12", "--in-flight", "1", "4"],
    "benchmarks/fronts.py": [
        *("--seeds", "2", "--evaluations", "12", "--tables", "."),
        *("--problems", "cifar10-edgegpu", "--methods", "ehvi", "nsga3"),
    ],
    "benchmarks/proxies.py": [
        *("--cells", "3", "--width", "2", "--stage", "1", "--timed", "1"),
        *("--batch", "4", "--image-size", "8", "--table", "."),
    ],
    "benchmarks/zero_cost_warmup.py": [
        *("--seeds", "2", "--evaluations", "12", "--pool", "20", "--first", "6", "--table", "."),
        *("--data-sets", "cifar10"),
    ],
    "benchmarks/fidelities.py": [
        *("--seeds", "2", "--trainings", "4", "--table", "nasbench201.npz", "--data-sets", "cifar10"),
        *("--workers", "2", "--methods", "auto", "multi-fidelity", "halving", "dehb"),
    ],
    "benchmarks/bbob.py": [
        *("--suites", "bbob", "bbob-noisy", "bbob-mixint", "--dimensions", "5"),
        *("--budgets", "4", "--jobs", "2"),
        *("--functions", "1", "104", "--instances", "1", "2", "--in-flight", "1", "3"),
        *("--methods", "auto", "slsqp", "bipop", "pymoo-mixed"),
    ],
    "benchmarks/blackbox_overhead.py": [
        *("--dimensions", "2", "--seconds", "0.05", "--methods", "auto", "bipop"),
    ],
    "benchmarks/space_speed.py": ["--seconds", "0.002", "--rounds", "2", "--cells", "20"],
    "benchmarks/count_nasbench101.py": ["--nodes", "3"],
    "benchmarks/throughput.py": ["--evaluations", "500", "--rounds", "1", "--who", "evonas", "bare"],
    "benchmarks/busy_share.py": [
        *("--ranks", "4", "--cases", "20ms", "--seconds", "0.5"),
        *("--who", "evonas", "bare"),
    ],
    "benchmarks/message_bytes.py": [
        *("--genes", "10", "--evaluations", "200", "--islands", "1"),
        *("--who", "evonas", "bare"),
    ],
    "chaos/kills.py": [
        *("--runs", "1", "--ranks", "4", "4", "--islands", "1"),
        *("--faults", "worker-killed", "--seconds", "1"),
    ],
    "chaos/elastic_resume.py": ["--runs", "1", "--workers", "3", "--islands", "1", "--budget", "100"],
    "chaos/misbehaviour.py": ["--runs", "2", "--without-timeout", "--misdeeds", "raises", "killed"],
    "chaos/promises.py": ["--help"],
    "blackbox/ode_calibration.py": ["--evaluations", "60", "--workers", "2", "--local"],
    "scaling/scaling.py": [
        *("--seconds", "0.5", "--repeats", "1", "--ranks", "2", "--real-islands", "1"),
        *("--real-seconds", "0.02"),
        *("--workers", "3", "10", "--largest", "40", "--islands", "1", "4"),
        *("--evaluation-seconds", "0.01", "--jobs", "1"),
    ],
}
RESULTS = ("md", "csv", "png")
LEFT = {
    "digits_cnn.py": ["runs/digits_cnn-1/best/model.onnx", "runs/digits_cnn-1/summary.json"],
    "benchmarks/nas_tables.py": [f"runs/nas_tables/nas_tables.{kind}" for kind in RESULTS],
    "benchmarks/proposal_cost.py": ["runs/proposal_cost/proposal_cost.md"],
    "benchmarks/fronts.py": [f"runs/fronts/fronts.{kind}" for kind in RESULTS],
    "benchmarks/proxies.py": [f"runs/proxies/proxies.{kind}" for kind in RESULTS],
    "benchmarks/zero_cost_warmup.py": [
        f"runs/zero_cost_warmup/zero_cost_warmup.{kind}" for kind in ("md", "csv")
    ],
    "benchmarks/fidelities.py": [f"runs/fidelities/fidelities.{kind}" for kind in RESULTS],
    "benchmarks/bbob.py": [f"runs/bbob/bbob.{kind}" for kind in RESULTS],
    "benchmarks/blackbox_overhead.py": ["runs/blackbox_overhead/blackbox_overhead.md"],
    "benchmarks/space_speed.py": [f"runs/space_speed/space_speed.{kind}" for kind in RESULTS],
    "benchmarks/count_nasbench101.py": [],
    "benchmarks/throughput.py": [f"runs/throughput/throughput.{kind}" for kind in RESULTS],
    "benchmarks/busy_share.py": [f"runs/busy_share/busy_share.{kind}" for kind in RESULTS],
    "benchmarks/message_bytes.py": [f"runs/message_bytes/message_bytes.{kind}" for kind in RESULTS],
    "chaos/kills.py": ["runs/chaos/kills.md"],
    "chaos/elastic_resume.py": ["runs/chaos/elastic_resume.md"],
    "chaos/misbehaviour.py": ["runs/chaos/misbehaviour.md"],
    "chaos/promises.py": [],
    "blackbox/ode_calibration.py": ["runs/ode_calibration/ode_calibration.md"],
    "scaling/scaling.py": [f"runs/scaling/scaling.{kind}" for kind in RESULTS],
}


def test_every_experiment_has_a_small_size() -> None:
    """Scripts are those that say how they are called; the others are parts of them."""
    experiments = ROOT / "experiments"
    scripts = [file for file in experiments.glob("**/*.py") if "    python experiments/" in file.read_text()]
    assert {str(file.relative_to(experiments)) for file in scripts} == set(SMALL)


def table(path: Path) -> None:
    """Write a table like NAS-Bench-201 in which accuracy and costs grow with the operations' numbers."""
    cells = np.stack(np.meshgrid(*[np.arange(5)] * 6, indexing="ij"), -1).reshape(-1, 6)
    accuracy = np.broadcast_to(cells.sum(1)[:, None, None], (len(cells), 3, 3))
    seconds = np.broadcast_to(1.0 + cells.sum(1)[:, None], (len(cells), 3))
    costs = dict.fromkeys(("train_time_s", "zen", "flops", "acc12_valid"), seconds)
    np.savez(path, ops=cells.astype(np.uint8), acc200=accuracy.astype(np.float32), **costs)
    metrics = {"hw_metrics": np.array(["edgegpu_latency"]), "help_devices": np.array(["none"])}
    np.savez(path.with_name("nasbench201_hw.npz"), hw=seconds[:, :, None], **metrics)


@pytest.mark.torch
@pytest.mark.parametrize("script", SMALL)
def test_it_runs_small_and_leaves_its_results(script: str, tmp_path: Path) -> None:
    for package in ("torch", "sklearn"):
        pytest.importorskip(package)
    table(tmp_path / "nasbench201.npz")
    command = [sys.executable, str(ROOT / "experiments" / script), *SMALL[script]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert [name for name in LEFT[script] if not (tmp_path / name).exists()] == []


def test_the_benchmark_reads_the_real_table(tmp_path: Path) -> None:
    real = published_file("nasbench201.npz")
    script = ROOT / "experiments" / "benchmarks" / "nas_tables.py"
    words = ["--tables", str(real.parent), "--data-sets", "cifar10", "--seeds", "4", "--evaluations", "60"]
    words += ["--methods", "evolution", "random"]
    command = [sys.executable, str(script), *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True)
    finals = [float(line.split()[-1]) for line in done.stdout.splitlines() if line.startswith("cifar10 ")]
    assert len(finals) == 2
    assert 0 <= min(finals) <= max(finals) < 5  # points below the best of the table
