"""What may be declared, what is refused, and in which words."""

import math
from enum import IntEnum

import numpy as np
import pytest

from evonas.errors import SpaceError
from evonas.space.decisions import Choice, Int, Real, Repeat
from evonas.space.space import Space


class Size(IntEnum):
    SMALL = 1


REFUSED = {
    "equal options": (
        lambda: Choice([8, 8]),
        r"Choice\(\[8, 8\]\): expected options that cannot .* \(8, 8\)",
    ),
    "equal numbers": (lambda: Choice([1, 1.0]), r"got \(1, 1.0\)"),
    "overlapping ints": (lambda: Choice([Int(1, 4), Int(3, 8)]), r"got \(Int\(1, 4\), Int\(3, 8\)\)"),
    "int in real": (lambda: Choice([Real(0, 1), 1]), r"got \(Real\(0.0, 1.0\), 1\)"),
    "int meets real": (lambda: Choice([Real(0.5, 2.5), Int(2, 9)]), "cannot produce the same value"),
    "list and tuple": (lambda: Choice([(1, 2), [1, 2]]), r"got \(\(1, 2\), \[1, 2\]\)"),
    "row in repeat": (lambda: Choice([[1, 1], Repeat(Choice([1, 2]), 0, 3)]), "cannot produce the same"),
    "empty repeats": (lambda: Choice([Repeat(1, 0, 2), Repeat("a", 0, 2)]), "cannot produce the same"),
    "same dicts": (lambda: Choice([{"a": Int(1, 2)}, {"a": Choice([2, 3])}]), "cannot produce the same"),
    "tagged and plain": (lambda: Choice([{"type": "a"}, Choice({"a": {}})]), "cannot produce the same"),
    "space in disguise": (lambda: Choice([3, Space(Int(1, 4))]), r"got \(3, Space\(Int\(1, 4\)\)\)"),
    "no options": (lambda: Choice([]), "Choice: expected a list of options or a dict .* at least one"),
    "set": (lambda: Choice({1, 2}), "Choice: expected a list of options"),
    "string": (lambda: Choice("abc"), "Choice: expected a list of options"),
    "class": (lambda: Choice([dict, list]), r"decision '0': .* look it up in your evaluator"),
    "function": (lambda: Choice([3, len]), r"decision '1': .* look it up in your evaluator"),
    "array": (lambda: Choice([np.zeros(2)]), "tolist"),
    "enum": (lambda: Choice([Size.SMALL]), "look it up"),
    "nan": (lambda: Choice([math.nan]), "expected a finite number, got nan"),
    "infinite": (lambda: Space({"a": [0, math.inf]}), r"Space: decision 'a\[1\]': expected a finite number"),
    "option named type": (lambda: Choice({"a": {"type": 1}}), r"option 'a': .*'type'.* rename .* 'kind'"),
    "option not a dict": (lambda: Choice({"a": 3}), r"option 'a': expected a dict of settings, got 3; write"),
    "option a list space": (lambda: Choice({"a": Space([Int(1, 2)])}), "option 'a': expected a dict"),
    "option name": (lambda: Choice({"a.b": {}}), "Choice: expected names .* got 'a.b'"),
    "deep in an option": (lambda: Choice({"a": {"b": [{1}]}}), r"decision 'a.b\[0\]': .*set has no order"),
    "empty key": (lambda: Space({"": 1}), "Space: expected names that are non-empty"),
    "key with bracket": (lambda: Space({"a": {"b[0]": 1}}), r"Space: decision 'a': expected names"),
    "key not a string": (lambda: Space({3: 1}), "Space: expected names .* got 3"),
    "key with newline": (lambda: Space({"a\nb": 1}), "Space: expected names"),
    "None object": (lambda: Space({"a": object()}), "Space: decision 'a': expected a decision or a plain"),
    "bounds order": (lambda: Int(8, 3), r"Int\(8, 3\): expected low < high, got \(8, 3\); swap them"),
    "bounds equal": (lambda: Real(1, 1), r"Real\(1.0, 1.0\): expected low < high"),
    "bool bound": (lambda: Int(True, 3), "Int: low: expected an int within 2"),
    "float bound": (lambda: Int(1, 3.0), "Int: high: expected an int within .* got 3.0; or use Real"),
    "huge bound": (lambda: Int(0, 2**53 + 1), "Int: high: expected an int within"),
    "log from zero": (lambda: Int(0, 8, log=True), r"Int\(0, 8, log=True\): expected low >= 1"),
    "log of negative": (lambda: Real(-1, 8, log=True), "expected low > 0 with log=True, got -1.0"),
    "log not a bool": (lambda: Int(1, 8, log="yes"), "log: expected True or False, got 'yes'"),
    "infinite real": (lambda: Real(0, math.inf), "Real: high: expected a finite number, got inf"),
    "nan real": (lambda: Real(math.nan, 1), "Real: low: expected a finite number, got nan"),
    "overflowing real": (lambda: Real(0, 10**400), "Real: high: expected a finite number"),
    "text real": (lambda: Real("0", 1), "Real: low: expected a finite number, got '0'"),
    "repeat order": (lambda: Repeat(1, 3, 2), r"Repeat: expected minimum <= maximum, got \(3, 2\)"),
    "repeat nothing": (lambda: Repeat(1, 0, 0), "Repeat: maximum: expected an int from 1 up, got 0"),
    "repeat negative": (lambda: Repeat(1, -1, 2), "Repeat: minimum: expected an int from 0 up, got -1"),
    "repeat float": (lambda: Repeat(1, 1, 2.0), "Repeat: maximum: expected an int from 1 up, got 2.0"),
    "repeat a set": (lambda: Repeat({1}, 1, 2), r"Repeat: decision '\[\]': .*set has no order"),
    "too many genes": (
        lambda: Space({"a": Int(0, 1), "big": Repeat(Repeat(Int(0, 1), 1, 10**9), 1, 10**9)}),
        "Space: expected at most 100,000 genes, got 1000000001000000002; make 'big' smaller",
    ),
    "too many at the root": (lambda: Space(Repeat(Int(0, 1), 1, 100_000)), "lower the maximum of a Repeat"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_declarations_are_refused(name):
    declare, said = REFUSED[name]
    with pytest.raises(SpaceError, match=said):
        declare()


@pytest.mark.parametrize(
    "options",
    [
        [0, False],
        [1, True],
        [None, 0, ""],
        [0.5, Int(0, 3)],
        [Real(0.1, 0.9), Int(1, 4), Real(4.5, 5)],
        [[1], [1, 1], Repeat(1, 3, 4)],
        [Repeat(1, 1, 2), Repeat("a", 1, 2)],
        [{"a": Int(1, 2)}, {"b": Int(1, 2)}, {}],
        [Choice({"a": {}}), Choice({"b": {}}), {"type": "c"}, {"type": "a", "b": 1}],
        ["1", 1, [1], (1, "1")],
        list(range(2_000)),
    ],
)
def test_options_that_differ_are_told_apart(options, rng):
    space = Space(Choice(options))
    for index in range(min(len(options), 20)):
        known = np.arange(space.n_genes) == 0
        genome = space.fill(np.where(known, index, 0.0), known, rng)
        again = space.encode(space.decode(genome))
        assert again == genome
        assert repr(space.decode(again)) == repr(space.decode(genome))


@pytest.mark.parametrize(
    "declared",
    [
        "Choice([8, 16])",
        "Choice({'conv': {'kernel': Choice([3, 5])}, 'skip': {}})",
        "Int(8, 64, log=True)",
        "Int(-3, 4)",
        "Real(0.0001, 0.1, log=True)",
        "Repeat([Int(1, 2), (None,), (), 'a'], 0, 6)",
        "Choice([Space({'a': Int(1, 2)}), True])",
    ],
)
def test_repr_evaluates_back(declared):
    names = {"Choice": Choice, "Int": Int, "Real": Real, "Repeat": Repeat, "Space": Space}
    assert repr(eval(declared, names)) == declared


def test_numpy_scalars_become_python_ones(rng):
    space = Space(
        [Choice([np.int64(3), np.float32(0.5), np.str_("x"), np.bool_(True)]), Int(np.int8(1), np.int64(2))]
    )
    assert repr(space.tree) == "[Choice([3, 0.5, 'x', True]), Int(1, 2)]"
    assert space.encode([np.float64(0.5), np.int32(2)]) == space.encode([0.5, 2])
    assert {type(part) for part in space.decode(space.sample(rng))} <= {int, float, str, bool}


def test_decisions_are_immutable():
    for decision in (Choice([1, 2]), Int(1, 2), Real(1, 2), Repeat(1, 1, 2), Space(1)):
        with pytest.raises((AttributeError, TypeError)):  # TypeError: a slip of Python's slotted dataclasses
            decision.low = 3
        with pytest.raises((AttributeError, TypeError)):
            decision.new = 3


def test_later_changes_of_what_was_declared_do_not_matter():
    settings, options = {"a": Int(1, 2)}, [1, [2, 3]]
    space = Space({"named": Choice({"x": settings}), "listed": Choice(options)})
    settings["b"] = 3
    options[1].append(4)
    assert space.decode(space.encode({"named": {"type": "x", "a": 1}, "listed": [2, 3]}))


ARCHITECTURE = {"stem": 8, "blocks": [{"type": "conv", "kernel": 3, "width": 8}], "learning_rate": 0.01}
CONV = ARCHITECTURE["blocks"][0]


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"stem": 7}, r"stem: expected one of \[8, 16, 32\], got 7"),
        ({"stem": 8.0}, r"stem: expected one of \[8, 16, 32\], got 8.0"),
        ({"stem": [8]}, r"stem: expected one of \[8, 16, 32\], got \[8\]"),
        ({"stme": 8}, r"architecture: expected the keys .*; remove 'stme'"),
        ({"blocks": []}, r"blocks: expected a list of 1 to 6 items, got \[\]"),
        ({"blocks": "conv"}, "blocks: expected a list of 1 to 6 items, got 'conv'"),
        (
            {"blocks": [CONV, CONV, {**CONV, "kernel": 7}]},
            r"blocks\[2\].kernel: expected one of \[3, 5\], got 7",
        ),
        ({"blocks": [{**CONV, "width": 65}]}, r"blocks\[0\].width: expected an int from 8 to 64, got 65"),
        ({"blocks": [{**CONV, "width": 16.0}]}, r"blocks\[0\].width: expected an int from 8 to 64, got 16.0"),
        ({"blocks": [{**CONV, "width": True}]}, r"blocks\[0\].width: expected an int"),
        (
            {"blocks": [{"type": "conv", "kernl": 3, "width": 8}]},
            r"blocks\[0\]: .* add 'kernel' and remove 'kernl'",
        ),
        ({"blocks": [{"type": "cov"}]}, r"blocks\[0\]: expected a dict whose 'type' is one of \['conv', "),
        ({"blocks": [{"kernel": 3}]}, r"blocks\[0\]: expected a dict whose 'type'"),
        ({"blocks": [{"type": ["conv"]}]}, r"blocks\[0\]: expected a dict whose 'type'"),
        ({"blocks": ["conv"]}, r"blocks\[0\]: expected a dict whose 'type'"),
        ({"learning_rate": 0.2}, "learning_rate: expected a number from 0.0001 to 0.1, got 0.2"),
        ({"learning_rate": math.nan}, "learning_rate: expected a number from 0.0001 to 0.1, got nan"),
        ({"learning_rate": "0.01"}, "learning_rate: expected a number"),
    ],
)
def test_wrong_architectures_are_refused_by_path(blocks, changes, said):
    assert blocks.decode(blocks.encode(ARCHITECTURE)) == ARCHITECTURE
    with pytest.raises(SpaceError, match=said):
        blocks.encode({**ARCHITECTURE, **changes})


@pytest.mark.parametrize(
    "tree, architecture, said",
    [
        (Int(1, 2), 3, "architecture: expected an int from 1 to 2, got 3"),
        ([Int(1, 2)], [1, 2], r"architecture: expected a list of 1 items, got \[1, 2\]"),
        ({"a": 3}, {"a": 4}, "a: expected 3, got 4; this part of the space is fixed"),
        ({"a": 3}, [3], r"architecture: expected a dict with the keys \['a'\], got \[3\]"),
        (Choice([0, False]), 0.0, r"expected one of \[0, False\], got 0.0"),
        (
            Choice([None, {"a": Int(1, 2)}]),
            {"a": 3},
            r"expected one of \[None, {'a': Int\(1, 2\)}\], got {'a': 3}",
        ),
    ],
)
def test_wrong_small_architectures_are_refused(tree, architecture, said):
    with pytest.raises(SpaceError, match=said):
        Space(tree).encode(architecture)


def test_whole_numbers_stand_for_reals_but_not_the_other_way_round():
    space = Space({"rate": Real(0, 2), "scale": Choice([1.0, 2.5])})
    decoded = space.decode(space.encode({"rate": 1, "scale": 1}))
    assert repr(decoded) == "{'rate': 1.0, 'scale': 1.0}"


@pytest.mark.parametrize(
    "tree, size",
    [
        (Choice([1, 2, 3]), 3),
        (Int(-2, 2), 5),
        (Repeat(Choice([1, 2]), 1, 3), 2 + 4 + 8),
        (Repeat(0, 1, 3), 3),
        (Repeat(Int(1, 10), 2, 2), 100),
        (Choice({"a": {"x": Int(1, 10)}, "b": {}}), 11),
        ({"a": Int(1, 10), "b": [Choice(["x", "y"]), 7]}, 20),
        (Repeat(Real(0, 1), 0, 1), math.inf),
        ({"a": Real(0, 1), "b": Repeat(Int(1, 1000), 5_000, 5_000)}, math.inf),
        (Repeat(Int(1, 10), 1, 4_000), (10**4_001 - 10) // 9),
        (Space(Int(1, 4), where=lambda a: a > 1), 4),
    ],
)
def test_size(tree, size):
    assert Space(tree).size == size
