"""``import evonas`` is cheap, and every public name is there."""

import sys

import pytest
from jobs import process

import evonas

PROBE = """
import sys, evonas
evonas.__version__, evonas.__all__
print(sorted({"numpy", "torch", "mpi4py", "deap", "rich"} & set(sys.modules)))
"""


def test_importing_evonas_loads_no_library(tmp_path):
    done = process(sys.executable, "-c", PROBE, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_search_loads_neither_torch_nor_mpi(tmp_path):
    probe = PROBE.replace("evonas.__version__", "evonas.Search")
    assert "torch" not in (found := process(sys.executable, "-c", probe, cwd=tmp_path).stdout)
    assert "mpi4py" not in found


@pytest.mark.parametrize("name", evonas.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(evonas, name).__doc__
    assert name in dir(evonas)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(AttributeError, match=r"no attribute 'Serach'; it has .*Search"):
        _ = evonas.Serach
