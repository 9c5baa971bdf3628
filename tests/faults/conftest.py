"""The search that every fault is held against."""

import pytest
from jobs import Workplace


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The figures of the search in one process, with nothing in its way."""
    workplace = Workplace(tmp_path_factory.mktemp("undisturbed"))
    assert workplace.run().returncode == 0
    return workplace.summary
