"""Who is what, for any number of ranks and islands, whoever has died."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.ranks.layout import Layout


@st.composite
def layouts(draw):
    """A layout, of whose ranks one is alive at least."""
    size, islands = draw(st.integers(1, 40)), draw(st.integers(1, 12))
    survivor = draw(st.integers(0, size - 1))
    lost = draw(st.sets(st.integers(0, size - 1)))
    return Layout(size, islands, frozenset(lost - {survivor}))


def living(layout):
    return [rank for rank in range(layout.size) if rank not in layout.lost]


@given(layouts())
def test_every_living_rank_is_a_host_or_the_worker_of_one(layout):
    for rank in living(layout):
        host = layout.manager_of(rank)
        assert host in layout.hosts
        assert (host == rank) == (rank in layout.hosts)
        assert (rank in layout.workers_of(host)) == (host != rank)
    assert layout.lead == layout.hosts[0]
    workers = [worker for host in layout.hosts for worker in layout.workers_of(host)]
    assert sorted([*workers, *layout.hosts]) == living(layout)


@given(layouts())
def test_every_island_has_one_living_host(layout):
    islands = [island for host in layout.hosts for island in layout.islands_of(host)]
    assert sorted(islands) == list(range(layout.islands))
    assert all(host in living(layout) for host in layout.hosts)
    assert all(layout.host_of(island) in layout.hosts for island in range(layout.islands))


@given(layouts())
def test_the_undisturbed_give_every_host_an_island_and_a_worker_if_there_are_enough(layout):
    whole = Layout(layout.size, layout.islands)
    assert len(whole.hosts) == min(whole.islands, max(1, whole.size // 2))
    for host in whole.hosts:
        assert whole.islands_of(host)
        assert whole.workers_of(host) or whole.size == 1
    shares = [len(whole.workers_of(host)) for host in whole.hosts]
    assert max(shares) - min(shares) <= 1


@given(layouts(), st.data())
def test_a_living_host_stays_one_and_keeps_its_islands_and_workers(layout, data):
    survivor = data.draw(st.sampled_from(living(layout)))
    others = st.sets(st.sampled_from(living(layout))).map(lambda lost: frozenset(lost - {survivor}))
    after = layout.without(data.draw(others))
    for host in set(layout.hosts) - after.lost:
        assert host in after.hosts
        assert set(layout.islands_of(host)) <= set(after.islands_of(host))
        assert set(after.workers_of(host)) == set(layout.workers_of(host)) - after.lost


@given(layouts())
def test_the_blocks_are_contiguous_and_begin_with_their_hosts(layout):
    whole = Layout(layout.size, layout.islands)
    managers = [whole.manager_of(rank) for rank in range(whole.size)]
    assert managers == sorted(managers)
    assert list(dict.fromkeys(managers)) == list(whole.hosts)


@given(layouts(), layouts())
def test_the_order_of_deaths_does_not_matter(layout, other):
    lost = frozenset(other.lost & set(range(layout.size))) - frozenset(living(layout)[:1])
    assert layout.without(lost).lost == layout.lost | lost
    assert Layout(layout.size, layout.islands).without(lost).without(layout.lost) == layout.without(lost)


@given(layouts())
def test_after_one_host_come_all_the_others(layout):
    ring = [layout.lead]
    while (host := layout.after(ring[-1])) != layout.lead:
        ring.append(host)
    assert tuple(ring) == layout.hosts


@pytest.mark.parametrize(
    "size, islands, hosts",
    [(1, 1, (0,)), (1, 5, (0,)), (2, 2, (0,)), (5, 3, (0, 2)), (8, 2, (0, 4)), (9, 3, (0, 3, 6))],
)
def test_the_hosts_of_small_jobs(size, islands, hosts):
    assert Layout(size, islands).hosts == hosts


def test_a_dead_block_leaves_its_islands_to_the_next_one():
    layout = Layout(6, 3).without(frozenset({2, 3}))
    assert layout.hosts == (0, 4)
    assert (layout.islands_of(0), layout.islands_of(4)) == ((0,), (1, 2))
    assert Layout(6, 3).without(frozenset({4, 5})).islands_of(0) == (0, 2)


def test_a_job_without_ranks_has_no_host():
    layout = Layout(3, 1, frozenset(range(3)))
    with pytest.raises(ValueError, match="everybody is lost"):
        layout.host_of(0)
