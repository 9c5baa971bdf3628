"""Who gets which GPU."""

import pytest

from evonas.errors import TransportError
from evonas.ranks.devices import CUDA, HIP, ROCR, Visible, share_out, visible

FOUR = Visible(CUDA, ("0", "1", "2", "3"))


def shares(n_workers, seen, environment=None):
    return [share_out(worker, n_workers, environment or {}, seen) for worker in range(n_workers)]


def test_as_many_gpus_as_workers_are_one_each():
    assert shares(4, FOUR) == [{CUDA: "0"}, {CUDA: "1"}, {CUDA: "2"}, {CUDA: "3"}]


def test_fewer_gpus_than_workers_go_round():
    assert [share[CUDA] for share in shares(6, FOUR)] == ["0", "1", "2", "3", "0", "1"]


def test_more_gpus_than_workers_are_shared_without_overlap():
    assert [share[CUDA] for share in shares(2, FOUR)] == ["0,1", "2,3"]
    assert [share[CUDA] for share in shares(3, FOUR)] == ["0", "1", "2,3"]
    assert shares(1, FOUR) == [{CUDA: "0,1,2,3"}]


@pytest.mark.parametrize("n_gpus", range(2, 10))
@pytest.mark.parametrize("n_workers", range(1, 10))
def test_no_gpu_is_idle_and_none_has_two_workers_more_than_another(n_gpus, n_workers):
    seen = Visible(CUDA, tuple(f"GPU-{number}" for number in range(n_gpus)))
    given = [gpu for share in shares(n_workers, seen) for gpu in share[CUDA].split(",")]
    loads = [given.count(gpu) for gpu in seen.devices]
    assert min(loads) >= (1 if n_workers >= n_gpus else 0)
    assert max(loads) - min(loads) <= 1
    if n_gpus >= n_workers:
        assert sorted(given) == sorted(seen.devices)


@pytest.mark.parametrize("devices", [(), ("0",), ("GPU-5ebe9fa1",), ("MIG-c7f1",)])
def test_one_gpu_or_none_is_left_as_it_is(devices):
    assert shares(3, Visible(CUDA, devices)) == [{}, {}, {}]


def test_a_launcher_that_gives_each_rank_its_gpu_has_the_say(tmp_path):
    for rank in range(4):
        environment = {CUDA: str(rank)}
        assert share_out(rank, 4, environment, visible(environment, tmp_path, tmp_path)) == {}


def test_sharing_can_be_switched_off():
    assert shares(2, FOUR, {"EVONAS_GPUS": "all"}) == [{}, {}]
    assert shares(2, FOUR, {"EVONAS_GPUS": "share"}) == shares(2, FOUR)


def test_another_word_for_it_is_refused():
    with pytest.raises(
        TransportError, match="EVONAS_GPUS: expected share or all, got 'none'; leave it unset"
    ):
        share_out(0, 2, {"EVONAS_GPUS": "none"}, FOUR)


@pytest.fixture
def machine(tmp_path):
    """Return a function that builds a machine with so many GPUs of each kind and tells what is visible."""

    def build(environment, nvidia=0, amd=0):
        for number in range(nvidia):
            (tmp_path / "nvidia" / f"0000:{number:02}:00.0").mkdir(parents=True)
        for number, gpu in enumerate(["0", "0", *(f"{5000 + gpu}" for gpu in range(amd))] if amd else []):
            (tmp_path / "amd" / str(number)).mkdir(parents=True)
            (tmp_path / "amd" / str(number) / "gpu_id").write_text(f"{gpu}\n")
        return visible(environment, tmp_path / "nvidia", tmp_path / "amd")

    return build


def test_a_machine_without_gpus_shares_nothing(machine):
    assert share_out(0, 4, {}, machine({})) == {}


def test_the_gpus_of_the_driver_count_where_nobody_says_otherwise(machine):
    assert machine({}, nvidia=3) == Visible(CUDA, ("0", "1", "2"))


def test_the_processors_among_amds_nodes_are_no_gpus(machine):
    assert machine({}, amd=2) == Visible(ROCR, ("0", "1"))


@pytest.mark.parametrize(
    "value, devices",
    [
        ("0,2", ("0", "2")),
        (" 3 , 1 ", ("3", "1")),
        ("GPU-5ebe9fa1,MIG-c7f1/1/0", ("GPU-5ebe9fa1", "MIG-c7f1/1/0")),
        ("0,1,-1,2", ("0", "1")),
        ("1,1", ("1",)),
        ("-1", ()),
        ("", ()),
        ("NoDevFiles", ()),
    ],
)
def test_a_list_of_gpus_is_read_as_the_driver_does(machine, value, devices):
    assert machine({CUDA: value}, nvidia=4) == Visible(CUDA, devices)


def test_only_the_variable_that_the_driver_heeds_last_is_narrowed(machine):
    everything = {CUDA: "0,1", ROCR: "4,5"}
    assert machine(everything, nvidia=6) == Visible(CUDA, ("0", "1"))


@pytest.mark.parametrize(
    "environment, expected",
    [
        ({ROCR: "4,5"}, Visible(ROCR, ("4", "5"))),
        ({ROCR: "4,5", CUDA: "0,1"}, Visible(CUDA, ("0", "1"))),
        ({ROCR: "4,5,6", HIP: "1,2", CUDA: "0,1"}, Visible(HIP, ("1", "2"))),
        ({CUDA: "0,1"}, Visible(CUDA, ("0", "1"))),
    ],
)
def test_amds_variables_apply_one_after_the_other(machine, environment, expected):
    assert machine(environment, amd=8) == expected


def test_a_variable_is_believed_where_the_driver_cannot_be_seen(machine):
    assert machine({CUDA: "GPU-a,GPU-b"}) == Visible(CUDA, ("GPU-a", "GPU-b"))
