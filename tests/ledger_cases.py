"""Ledgers for the tests: one event of each kind, and hypothesis builders of events and of what is recorded where."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from proving_cost.fields import EXTENSION_FIELDS, PRIME_FIELDS
from proving_cost.kernels.poseidon2 import INSTANCES
from proving_cost.ledger import (
    BatchInversion,
    Bytes,
    Event,
    FieldOperation,
    FriFold,
    GroupOperation,
    Hash,
    Ledger,
    Msm,
    Ntt,
    Pairing,
    SumcheckRound,
)

# One event of each kind, as it prints.
EXAMPLES: dict[Event, str] = {
    Ntt("bn254_fr", 4096, coset=True, inverse=True): "coset iNTT bn254_fr 2^12",
    Msm("bn254", "g2", 12, ((1, 2), (254, 6))): "MSM bn254 G2 12, 191-bit scalars on average",
    Hash("poseidon2/goldilocks/12"): "hash poseidon2/goldilocks/12",
    FieldOperation("babybear^4", "mul"): "mul babybear^4",
    BatchInversion("goldilocks^2", 1000): "batch inversion goldilocks^2 1000",
    SumcheckRound("goldilocks^2", 16, 3): "sumcheck round goldilocks^2 3 factors of 2^4",
    FriFold("koalabear^4", 8, 4): "FRI fold koalabear^4 8 by 4",
    GroupOperation("bn254", "g1", "double"): "double bn254 G1",
    Pairing("bn254"): "pairing bn254",
    Bytes("trace"): "bytes trace",
}

names = st.sampled_from([*PRIME_FIELDS, *EXTENSION_FIELDS])
powers = st.integers(0, 40).map(lambda k: 1 << k)
groups = st.sampled_from(["g1", "g2"])
histograms = st.dictionaries(st.integers(0, 256), st.integers(0, 2**40), max_size=4).map(lambda d: tuple(sorted(d.items())))
instances = st.sampled_from([f"poseidon2/{f}/{t}" for f, t in INSTANCES] + ["sha256", "keccak"])
events = st.one_of(
    st.builds(Ntt, names, powers, st.booleans(), st.booleans()),
    st.builds(Msm, st.sampled_from(["bn254", "bls12_381"]), groups, st.integers(0, 2**40), histograms),
    st.builds(Hash, instances),
    st.builds(FieldOperation, names, st.sampled_from(["add", "mul", "inv"])),
    st.builds(BatchInversion, names, st.integers(0, 2**40)),
    st.builds(SumcheckRound, names, powers, st.integers(1, 8)),
    powers.filter(lambda n: n > 1).flatmap(lambda n: st.builds(FriFold, names, st.just(n), st.sampled_from([2, n]))),
    st.builds(GroupOperation, st.just("bn254"), groups, st.sampled_from(["add", "double", "mul"])),
    st.builds(Pairing, st.text(max_size=5)),
    st.builds(Bytes, st.text(max_size=5)),
)
paths = st.lists(st.text("ab/ é", max_size=2), max_size=3).map(tuple)
records = st.lists(st.tuples(paths, events, st.integers(0, 2**70)), max_size=8)


def recorded(rows: list[tuple[tuple[str, ...], Event, int]]) -> Ledger:
    ledger = Ledger()
    for path, event, count in rows:
        enter(ledger, path, lambda event=event, count=count: ledger.record(event, count))
    return ledger


def enter(ledger: Ledger, path: tuple[str, ...], then: Callable[[], None]) -> None:
    if not path:
        return then()
    with ledger.phase(path[0]) as inner:
        assert inner is ledger
        enter(ledger, path[1:], then)
