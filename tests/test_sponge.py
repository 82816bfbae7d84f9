"""The sponge of Poseidon2: digests of rows and of integers agree, in the permutations that are counted, and none coincide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import InvalidInput, Refused
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import BABY_BEAR, BN254_FR, GOLDILOCKS, KOALA_BEAR, MERSENNE_31
from proving_cost.kernels.poseidon2 import poseidon2
from proving_cost.kernels.sponge import Sponge, default_sponge
from proving_cost.ledger import Ledger

SPONGES = [pytest.param(default_sponge(f), id=f.name) for f in (BN254_FR, GOLDILOCKS, BABY_BEAR, KOALA_BEAR)]


@pytest.mark.parametrize("sponge", SPONGES)
def test_digests_of_rows_are_digests_of_integers(sponge: Sponge) -> None:
    field = sponge.instance.field
    rng = np.random.default_rng(5)
    for m in (0, 1, sponge.rate - 1, sponge.rate, sponge.rate + 1, 2 * sponge.rate + 1):
        rows = field.random(rng, (3, m))
        ledger = Ledger()
        fast = sponge.digests(Arithmetic(field, ledger), rows, tag=9)
        assert fast.shape == (3, sponge.digest)
        assert [tuple(row) for row in fast.tolist()] == [sponge.digest_one(row, tag=9) for row in rows.tolist()]
        assert sum(ledger.events().values()) == 3 * sponge.permutations(m) == 3 * max(1, -(-m // sponge.rate))


@pytest.mark.parametrize("sponge", SPONGES)
def test_two_digests_take_one_permutation(sponge: Sponge) -> None:
    field = sponge.instance.field
    left, right = (field.random(np.random.default_rng(seed), (2, sponge.digest)) for seed in (6, 7))
    ledger = Ledger()
    nodes = sponge.compressions(Arithmetic(field, ledger), left, right)
    assert sum(ledger.events().values()) == 2
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    assert [tuple(n) for n in nodes.tolist()] == [sponge.compress(tuple(a), tuple(b)) for a, b in pairs]
    a, b = tuple(left[0].tolist()), tuple(right[0].tolist())
    assert sponge.compress(a, b) != sponge.compress(b, a)
    assert sponge.compress(a, b) != sponge.compress(a, b, tag=2)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_lengths_and_tags_keep_digests_apart(data: st.DataObject) -> None:
    sponge = data.draw(st.sampled_from([p.values[0] for p in SPONGES]))
    values = data.draw(st.lists(st.integers(0, 5), max_size=20))
    zeros = data.draw(st.integers(0, 20))
    tags = data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    one, other = (values, tags[0]), (values + [0] * zeros, tags[1])
    assert (sponge.digest_one(*one) == sponge.digest_one(*other)) == (one == other)


REFUSALS = [
    (lambda: default_sponge(MERSENNE_31), Refused, "field: no sponge .*'mersenne31'"),
    (lambda: Sponge(poseidon2(GOLDILOCKS, 8), 4), InvalidInput, "digest: must be 1 to a third"),
    (lambda: Sponge(poseidon2(GOLDILOCKS, 8), 0), InvalidInput, "digest: must be 1 to a third"),
    (lambda: default_sponge(GOLDILOCKS).digest_one([1], tag=1 << 16), InvalidInput, "tag: must be"),
    (lambda: default_sponge(GOLDILOCKS).digest_one([1], tag=-1), InvalidInput, "tag: must be"),
    (lambda: default_sponge(GOLDILOCKS).initial_capacity(1 << 30, 0), InvalidInput, "length: "),
    (lambda: default_sponge(GOLDILOCKS).compress((1,), (1, 2, 3, 4)), InvalidInput, "digests: must have 4"),
    (
        lambda: default_sponge(GOLDILOCKS).digests(Arithmetic(GOLDILOCKS), GOLDILOCKS.zeros(4)),
        InvalidInput,
        "rows: must be of shape",
    ),
]


@pytest.mark.parametrize(("wrong", "error", "message"), REFUSALS)
def test_refusals(wrong: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        wrong()
