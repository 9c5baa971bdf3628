"""What was written comes back; what is damaged is refused by file and line, except a torn last line."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_search import SPACE, book, searched

from evonas.errors import JournalError, RunError
from evonas.evolve.records import Candidate, CandidateId, Failure, Individual, Outcome
from evonas.manage.events import Account, Born, Elites
from evonas.manage.exchange import LAST
from evonas.manage.journal import FORMAT, Journal, n_evaluations, read, read_header

HEADER = {"seed": 7, "objectives": {"loss": "min"}}

texts = st.text(max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)
ids = st.builds(CandidateId, st.integers(0, 9), st.integers(0, 10**9))
genomes = st.integers(0, 2**32).map(lambda seed: SPACE.sample(np.random.default_rng(seed)))
candidates = st.builds(
    Candidate, ids, genomes, st.lists(ids, max_size=2).map(tuple), st.none() | st.floats(0, 1)
)
seconds = st.integers(0, 10**12).map(lambda micro: micro / 10**6)
facts = {
    "id": ids,
    "metrics": st.dictionaries(texts, st.floats(allow_infinity=False), max_size=3),
    "reports": st.lists(st.tuples(st.integers(0, 99), st.floats(allow_infinity=False)), max_size=3).map(
        tuple
    ),
    "seconds": seconds,
    "worker": st.integers(0, 9999),
    "host": texts,
}
objectives = st.dictionaries(texts, finite, min_size=1, max_size=3)
good = st.builds(Outcome, objectives=objectives, failure=st.none(), **facts)
failed = st.builds(Outcome, objectives=st.just({}), failure=st.builds(Failure, texts, texts), **facts)


def copies(candidate, objectives, metrics):
    """Return an individual as it travels: without lineage, duration and costs."""
    alone = Candidate(candidate.id, candidate.genome, fidelity=candidate.fidelity)
    return Individual(alone, Outcome(candidate.id, objectives, metrics), ())


islands = st.integers(0, 999)
travellers = st.builds(copies, candidates, objectives, facts["metrics"])
arrivals = st.builds(
    Elites, islands, islands, st.integers(0, LAST), st.lists(travellers, max_size=3).map(tuple)
)
accounts = st.builds(Account, st.dictionaries(texts, finite | st.integers(0, 10**12), max_size=4))
entries = st.builds(Born, candidates, st.none() | ids) | good | failed | arrivals | accounts


def genomes(entries):
    """Return every genome in some entries; its repr does not tell all of it."""
    born = [entry.candidate.genome for entry in entries if isinstance(entry, Born)]
    return born + [one.genome for entry in entries if isinstance(entry, Elites) for one in entry.members]


def written(path, entries, header=HEADER):
    path.unlink(missing_ok=True)
    journal = Journal(path)
    journal.header(header)
    for at, entry in enumerate(entries):
        journal.append(entry, at / 8)
    journal.close()
    return path


@pytest.fixture
def path(tmp_path):
    """A journal of a short search."""
    return written(tmp_path / "journal-0.jsonl", searched(book(evaluations=6))[0])


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    """A file that examples overwrite."""
    return tmp_path_factory.mktemp("journal") / "journal-0.jsonl"


@given(st.lists(entries, max_size=6))
def test_whatever_is_written_comes_back(draft, told):
    contents = read(written(draft, told), SPACE)
    # By repr, because NaN is not equal to itself.
    assert repr(contents.entries) == repr(told)
    assert genomes(contents.entries) == genomes(told)
    assert contents.header == {"evonas_journal": FORMAT, **HEADER}
    assert (contents.torn, contents.size) == (None, draft.stat().st_size)


def test_infinite_metrics_come_back_as_not_a_number(tmp_path):
    outcome = Outcome(CandidateId(0, 0), {"loss": 1.0}, {"ratio": math.inf}, reports=((1, -math.inf),))
    (entry,) = read(written(tmp_path / "j", [outcome]), SPACE).entries
    assert math.isnan(entry.metrics["ratio"])
    assert math.isnan(entry.reports[0][1])


def test_an_account_keeps_every_figure_and_no_wall_time_is_lost_by_it(tmp_path):
    account = Account({"messages": 12, "manager_busy": 0.25})
    contents = read(written(tmp_path / "j", [Outcome(CandidateId(0, 0), {"loss": 1.0}), account]), SPACE)
    assert contents.entries[-1] == account
    assert contents.seconds == 0.125


def test_evaluations_are_counted_at_a_glance(tmp_path):
    path = tmp_path / "journal-0.jsonl"
    assert n_evaluations(path) == (0, 0)
    ledger = book(evaluations=60)
    told = searched(ledger)[0]
    assert ledger.counts.duplicates > 0
    finished = [entry for entry in told if isinstance(entry, Outcome)]
    elite = copies(told[0].candidate, {"loss": 1.0}, {})
    told += [Elites(1, 0, 3, (elite,)), Account({"evaluations": 60})]
    written(path, [entry for entry in told if entry not in finished[50:]])
    assert n_evaluations(path) == (60, 50)
    path.write_bytes(path.read_bytes() + b'{"evaluated"')
    assert n_evaluations(path) == (60, 50)  # a torn last line is nothing


def test_a_failure_has_no_objectives(tmp_path):
    outcome = Outcome(CandidateId(0, 0), {"loss": 1.0}, failure=Failure("no"))
    (entry,) = read(written(tmp_path / "j", [outcome]), SPACE).entries
    assert entry == Outcome(CandidateId(0, 0), failure=Failure("no"))


def test_the_wall_time_is_that_of_the_last_outcome(tmp_path):
    told = [Outcome(CandidateId(0, birth), {"loss": 1.0}) for birth in range(5)]
    told.append(Born(Candidate(CandidateId(0, 5), SPACE.genome([0, 1, 1, 1, 1]))))
    assert read(written(tmp_path / "j", told), SPACE).seconds == 0.5


def test_every_entry_is_one_line_of_plain_json(path):
    lines = path.read_text().splitlines()
    assert len(lines) == 1 + len(read(path, SPACE).entries)
    assert all(set(json.loads(line)) & {"evonas_journal", "born", "evaluated"} for line in lines)


def test_an_open_journal_can_be_read_up_to_its_last_flush(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.header(HEADER)
    journal.append(outcome := Outcome(CandidateId(0, 0), {"loss": 1.0}), 0.0)
    journal.flush()
    assert read(tmp_path / "j", SPACE).entries == [outcome]
    journal.close()


@given(share=st.floats(0, 1))
def test_a_torn_last_line_is_dropped_with_a_notice_and_cut_off_at_the_next_open(draft, share):
    told = searched(book(evaluations=6))[0]
    whole = written(draft, told).read_bytes()
    start = whole.index(b"\n") + 1  # below the header
    cut = start + round(share * (len(whole) - start))
    draft.write_bytes(whole[:cut])
    contents = read(draft, SPACE)
    n_whole = whole[:cut].count(b"\n")
    notice = f"{draft}:{n_whole + 1}: dropped a torn last line of {cut - contents.size} bytes"
    assert contents.entries == told[: n_whole - 1]
    assert contents.torn == (notice if contents.size < cut else None)
    journal = Journal(draft)
    journal.cut(contents.size)
    for entry in told[n_whole - 1 :]:
        journal.append(entry, 0.0)
    journal.close()
    assert read(draft, SPACE).entries == told
    assert read(draft, SPACE).torn is None


@pytest.mark.parametrize(
    "damage, said",
    [
        (b"", "expected a JSON object, got b''"),
        (b"\0\0\0\0", "expected a JSON object"),
        (b"\xff\xfe{}", "expected a JSON object"),
        (b'{"born": "0-1", "gen', "expected a JSON object, got b'{.*; restore the file from a copy"),
        (b"[1, 2]", r"expected a JSON object, got \[1, 2\]"),
        (b"{}", r"expected a birth .*, got {} \(KeyError: 'evaluated'\)"),
        (b'{"born": "0-1"}', "KeyError: 'genome'"),
        (b'{"born": "01", "genome": []}', "expected a birth .*, got .*ValueError"),
        (b'{"born": 7, "genome": []}', "expected a birth .*, got"),
        (b'{"born": "0-1", "genome": [9, 9, 9]}', "SpaceError: gene 'stem': expected an integer from 0 to 2"),
        (b'{"born": "0-1", "genome": null}', "expected a birth .*, got"),
        (b'{"born": "0-1", "genome": [[0], [1, 2]]}', "expected a birth .*, got"),
        (b'{"evaluated": "0-1", "objectives": [1]}', "expected a birth .*, got"),
        (
            b'{"evaluated": "0-1", "objectives": {"loss": "x"}}',
            "expected a birth .*, got",
        ),
        (
            b'{"evaluated": "0-1", "objectives": {}, "metrics": null}',
            "expected a birth .*, got",
        ),
        (
            b'{"arrived": [1, 0], "elites": []}',
            "expected a birth .*, got .*ValueError",
        ),
        (b'{"arrived": [1, 0, 2]}', "KeyError: 'elites'"),
        (b'{"arrived": [1, 0, 2], "elites": [{"id": "1-1", "genome": [0]}]}', "SpaceError"),
        (b'{"account": 7}', "expected a birth .*, got .*TypeError"),
    ],
)
def test_damage_in_any_other_line_is_refused_by_file_and_line(path, damage, said):
    lines = path.read_bytes().splitlines(keepends=True)
    for number in (2, 5, len(lines)):
        path.write_bytes(b"".join([*lines[: number - 1], damage + b"\n", *lines[number:]]))
        with pytest.raises(JournalError, match=f"{path}:{number}: .*{said}"):
            read(path, SPACE)


@pytest.mark.parametrize(
    "first, said",
    [
        (b"", "expected a whole line, got b''; restore the file from a copy, or start a new run"),
        (b"hello\n", "expected a JSON object, got b'hello"),
        (b'{"evonas_journal":99}\n', f"expected the header of a journal of format {FORMAT}, got {{.*99}}"),
        (b'{"born":"0-0","genome":[]}\n', "expected the header of a journal"),
        (b'{"evonas_journal":1,"seed"', "expected a whole line"),
        (b'{"evonas_journal":1,"seed":7}', "expected a whole line"),
    ],
    ids=["empty", "text", "format", "birth", "torn", "unfinished"],
)
@pytest.mark.parametrize("reader", [read_header, lambda path: read(path, SPACE)], ids=["read_header", "read"])
def test_a_file_without_our_header_is_refused(tmp_path, reader, first, said):
    path = tmp_path / "j"
    path.write_bytes(first)
    with pytest.raises(JournalError, match=f"{path}:1: {said}"):
        reader(path)


def test_a_second_writer_is_refused_until_the_first_is_done(path):
    before = path.read_bytes()
    first = Journal(path)
    with pytest.raises(
        RunError, match=f"{path}: another process is writing this run; wait for it, or end it"
    ):
        Journal(path)
    first.close()
    assert path.read_bytes() == before
    Journal(path).close()
