"""Shares the GPUs of a machine out among its workers, before any of them looks for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evonas.errors import TransportError, complaint

SWITCH = "EVONAS_GPUS"
"""Environment variable: ``all`` lets every worker see every GPU; by default they are shared out."""

CUDA, HIP, ROCR = "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"
NVIDIA_GPUS = Path("/proc/driver/nvidia/gpus")
AMD_NODES = Path("/sys/class/kfd/kfd/topology/nodes")


@dataclass(frozen=True)
class Visible:
    """The GPUs that a process may use.

    Attributes:
        variable: The environment variable that narrows them.
        devices: Their names in it: indices, or such as ``GPU-5ebe9fa1`` and ``MIG-c7f1``.
    """

    variable: str
    devices: tuple[str, ...]


def share_out(
    local_worker: int, n_local_workers: int, environment: Mapping[str, str], seen: Visible | None = None
) -> dict[str, str]:
    """Return the variables to set in a worker, so that it uses its share of the machine's GPUs.

    With as many GPUs as workers or more, each worker has its own; with fewer, workers share one in turn.
    Nothing is set where there is at most one GPU: then there is nothing to share, or the launcher did it.

    Args:
        local_worker: Number of the worker among those of its machine, from 0; managers do not count.
        n_local_workers: Workers on that machine.
        environment: What the worker was started with.
        seen: Its GPUs; None looks.

    Raises:
        TransportError: ``EVONAS_GPUS`` is set to an unknown word.
    """
    if not _wanted(environment):
        return {}
    seen = visible(environment) if seen is None else seen
    n_gpus = len(seen.devices)
    if n_gpus <= 1:
        return {}
    if n_gpus < n_local_workers:
        mine = seen.devices[local_worker % n_gpus :][:1]
    else:
        begin = local_worker * n_gpus // n_local_workers
        mine = seen.devices[begin : (local_worker + 1) * n_gpus // n_local_workers]
    return {seen.variable: ",".join(mine)}


def visible(environment: Mapping[str, str], nvidia: Path = NVIDIA_GPUS, amd: Path = AMD_NODES) -> Visible:
    """Return the GPUs that a process with this environment may use.

    AMD's variables apply one after the other, each to what the one before left; so only one is ever
    narrowed, the last that is set. Slurm may set all of them on any machine.
    """
    n_nvidia = sum(1 for _ in nvidia.iterdir()) if nvidia.is_dir() else 0
    for variable in (CUDA,) if n_nvidia else (HIP, CUDA, ROCR):
        if variable in environment:
            return Visible(variable, _listed(environment[variable]))
    if n_nvidia:
        return Visible(CUDA, _indices(n_nvidia))
    return Visible(ROCR, _indices(_n_amd(amd)))


def _wanted(environment: Mapping[str, str]) -> bool:
    word = environment.get(SWITCH, "")
    if word not in ("", "share", "all"):
        raise TransportError(complaint(SWITCH, "share or all", word, "leave it unset to share GPUs out"))
    return word != "all"


def _listed(value: str) -> tuple[str, ...]:
    """Return the devices in a list such as ``0,2`` or ``GPU-5ebe9fa1``, up to the first that is none.

    That is how the drivers read it; -1, NoDevFiles and nothing at all hide every GPU.
    """
    devices: dict[str, None] = {}
    for word in value.split(","):
        device = word.strip()
        if not (device.isdigit() or device.startswith(("GPU-", "MIG-"))):
            break
        devices[device] = None
    return tuple(devices)


def _indices(number: int) -> tuple[str, ...]:
    return tuple(str(index) for index in range(number))


def _n_amd(nodes: Path) -> int:
    """Return how many GPUs AMD's driver knows; processors are nodes too, with the id 0."""
    return sum(_read(node / "gpu_id") not in ("", "0") for node in nodes.glob("*"))


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:  # a GPU of somebody else
        return ""
