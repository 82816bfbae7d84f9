"""Sumcheck rounds: the definition, both bodies, and counts by closed form against counting scalars."""

from __future__ import annotations

import itertools
from collections import Counter
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements, ExtensionField, Field, OperationCounter, field_named
from proving_cost.kernels import sumcheck as kernel
from proving_cost.kernels.vectors import CoefficientVector, FieldVector, Vector, to_vector
from proving_cost.kernels.weighted_sums import accumulate, combine_rows
from proving_cost.ledger import Ledger, SumcheckRound

FIELDS = ("goldilocks", "babybear", "mersenne31", "bn254_fr", "goldilocks^2", "babybear^4")
SIZES = (2, 4, 8, 32, 128)


def counting_tables(field: Field, tables: Elements) -> tuple[list[Vector], OperationCounter]:
    """Tables on counting scalars; an extension's as vectors of coefficients."""
    tally = OperationCounter(field.base)

    def lane(values: Elements) -> Elements:
        out = np.empty(len(values), dtype=object)
        out[:] = tally.elements(values)
        return out

    if isinstance(field, ExtensionField):
        w = tally.elements([field.nonresidue])[0]
        return [CoefficientVector(tuple(lane(t[:, k]) for k in range(field.degree)), w) for t in tables], tally
    return [lane(t) for t in tables], tally


def plain(field: Field, vector: Vector) -> Elements:
    lanes = vector.parts if isinstance(vector, CoefficientVector) else (vector,)
    out = np.stack([field.base.array([s.value for s in lane]) for lane in lanes], axis=-1)
    return out if isinstance(field, ExtensionField) else out[:, 0]


def named(tally: OperationCounter) -> Counter[tuple[str, str]]:
    return Counter({(tally.field.name, op): n for op, n in tally.counts.items() if n})


def product(lines: list[Vector]) -> Vector:
    out = lines[0]
    for line in lines[1:]:
        out = out * line
    return out


@pytest.mark.parametrize("name", ["goldilocks", "goldilocks^2", "babybear^4", "bn254_fr"])
@pytest.mark.parametrize("factors", [1, 2, 3, 4])
def test_a_round_on_counting_scalars_is_the_closed_form(name: str, factors: int) -> None:
    field, rng = field_named(name), np.random.default_rng(1)
    for size in SIZES:
        tables, r = field.random(rng, (factors, size)), field.random(rng, 1)
        vectors, tally = counting_tables(field, np.concatenate([tables, np.repeat(r[None], size, axis=1)]))
        sums, low, difference = kernel.round_sums(vectors[:factors], factors, product)
        folded = kernel.fold_vectors(low, difference, vectors[factors][:1])
        assert named(tally) == Counter({k: v for k, v in SumcheckRound(name, size, factors).operations().items() if v})
        said: list[Elements] = []
        ledger = Ledger()
        challenge, out = kernel.sumcheck_round(Arithmetic(field, ledger), tables, lambda g: (said.append(g), r[0])[1])  # noqa: B023
        assert np.array_equal(challenge, r[0])
        assert np.array_equal(np.stack([plain(field, s)[0] for s in sums]), said[0])
        assert np.array_equal(np.stack([plain(field, v) for v in folded]), out)
        assert ledger.events() == Counter({SumcheckRound(name, size, factors): 1})


@pytest.mark.parametrize("factors", [1, 2, 3, 5])
@pytest.mark.parametrize("size", SIZES)
def test_all_rounds_take_the_products_of_the_note(factors: int, size: int) -> None:
    rounds = [SumcheckRound("goldilocks", size >> k, factors).operations() for k in range(size.bit_length() - 1)]
    assert sum(r[("goldilocks", "mul")] for r in rounds) == (size - 1) * factors**2


@pytest.mark.parametrize("name", ["goldilocks", "goldilocks^2", "koalabear^4"])
@pytest.mark.parametrize("size", SIZES)
def test_a_round_on_constraints_counts_what_it_does(name: str, size: int) -> None:
    field, rng = field_named(name), np.random.default_rng(size)
    tables, r = field.random(rng, (4, size)), field.random(rng, 1)
    vectors, tally = counting_tables(field, np.concatenate([tables, np.repeat(r[None], size, axis=1)]))
    _, low, difference = kernel.round_sums(vectors[:4], 3, lambda t: t[0] * (t[1] * t[2] - t[3]))
    kernel.fold_vectors(low, difference, vectors[4][:1])
    ledger = Ledger()
    kernel.constraint_round(Arithmetic(field, ledger), tables, lambda _: r[0])
    assert ledger.operations() == named(tally)


@pytest.mark.parametrize("name", ["goldilocks", "goldilocks^2"])
@pytest.mark.parametrize("rounds", [1, 2, 4, 6])
def test_eq_tables_and_evaluations_count_what_they_do(name: str, rounds: int) -> None:
    field, rng = field_named(name), np.random.default_rng(rounds)
    point, table = field.random(rng, rounds), field.random(rng, 1 << rounds)
    one = kernel.one_of(field)[None]
    (*coordinates, grown), tally = counting_tables(field, np.concatenate([point[:, None], one[None]]))
    size = 0
    for r in coordinates:
        grown = kernel.eq_split(grown, r)
        joined = [g.parts if isinstance(g, CoefficientVector) else (g,) for g in grown]
        lanes = tuple(np.concatenate(pair) for pair in zip(*joined, strict=True))
        grown = CoefficientVector(lanes, r.nonresidue) if isinstance(r, CoefficientVector) else lanes[0]
        size = len(grown)
    ledger = Ledger()
    eq = kernel.eq_table(Arithmetic(field, ledger), point)
    assert size == len(eq) == 1 << rounds
    assert ledger.operations() == named(tally)
    assert np.array_equal(np.sort(plain(field, grown), axis=0), np.sort(eq, axis=0))

    vectors, tally = counting_tables(field, np.stack([table]))
    coordinates, _ = counting_tables(field, point[:, None])
    for r in coordinates:
        for lane in r.parts if isinstance(r, CoefficientVector) else (r,):
            lane[0].tally = tally
        half = len(vectors[0]) // 2
        low = [vectors[0][:half]]
        vectors = kernel.fold_vectors(low, [vectors[0][half:] - low[0]], r)
    ledger = Ledger()
    value = kernel.multilinear_at(Arithmetic(field, ledger), table, point)
    assert ledger.operations() == named(tally)
    assert np.array_equal(plain(field, vectors[0])[0], value)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("mu", [1, 2, 3, 5])
def test_bodies_agree_in_values_and_counts(name: str, mu: int) -> None:
    field, rng = field_named(name), np.random.default_rng(mu)
    tables, point = field.random(rng, (4, 1 << mu)), field.random(rng, mu)
    found = []
    for body in ("fast", "reference"):
        ledger, said = Ledger(), []
        arith = Arithmetic(field, ledger, body)  # type: ignore[arg-type]
        for take, used in ((kernel.sumcheck_round, tables[:3]), (kernel.constraint_round, tables)):
            said.append(take(arith, used, lambda g: (said.append(g), point[0])[1])[1])  # noqa: B023
        found.append((ledger, [*said, kernel.eq_table(arith, point), kernel.multilinear_at(arith, tables[0], point)]))
    assert found[0][0] == found[1][0]
    for fast, reference in zip(found[0][1], found[1][1], strict=True):
        assert fast.dtype == reference.dtype == field.dtype
        assert np.array_equal(fast, reference)


@pytest.mark.parametrize("name", ["goldilocks", "babybear", "bn254_fr"])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_against_the_definition(name: str, data: st.DataObject) -> None:
    field, p = field_named(name), field_named(name).base.modulus
    mu, d = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    element = st.integers(0, p - 1) | st.sampled_from([0, 1, p - 1])
    raw = data.draw(st.lists(st.lists(element, min_size=1 << mu, max_size=1 << mu), min_size=d, max_size=d))
    point = data.draw(st.lists(element, min_size=mu, max_size=mu))
    cube = list(itertools.product((0, 1), repeat=mu))

    def at(table: list[int], r: list[int]) -> int:
        return sum(v * prod(a if b else 1 - a for a, b in zip(r, x, strict=True)) for v, x in zip(table, cube, strict=True)) % p

    arith, tables = Arithmetic(field), field.array(np.array(raw, dtype=object))
    claim = sum(prod(t[i] for t in raw) for i in range(1 << mu)) % p
    said: list[Elements] = []
    for k, r in enumerate(point):
        _, tables = kernel.sumcheck_round(arith, tables, lambda g: (said.append(g), r)[1])  # noqa: B023
        rest = list(itertools.product((0, 1), repeat=mu - k - 1))
        expected = [sum(prod(at(t, [*point[:k], x, *y]) for t in raw) for y in rest) % p for x in (0, *range(2, d + 1))]
        assert [int(v) for v in said[-1]] == expected
        claim = int(kernel.interpolate(field, claim, said[-1], r))
    assert claim == prod(int(t[0]) for t in tables) % p == prod(at(t, point) for t in raw) % p
    eq = kernel.eq_table(arith, field.array(point))
    assert [int(v) for v in eq] == [prod(a if b else 1 - a for a, b in zip(point, x, strict=True)) % p for x in cube]
    assert int(kernel.multilinear_at(arith, field.array(raw[0]), field.array(point))) == at(raw[0], point)
    corner = data.draw(st.integers(0, (1 << mu) - 1))
    bits = field.array([corner >> (mu - 1 - i) & 1 for i in range(mu)])
    assert kernel.multilinear_at(arith, field.array(raw[0]), bits) == raw[0][corner]
    assert kernel.eq_at(field, field.array(point), bits) == eq[corner]


@pytest.mark.parametrize("name", ["goldilocks^2", "babybear^4"])
def test_tables_of_the_base_field_are_taken_into_the_extension(name: str) -> None:
    field, rng = field_named(name), np.random.default_rng(3)
    assert isinstance(field, ExtensionField)
    tables, r = field.base.random(rng, (2, 16)), field.random(rng, 4)
    ledgers = [Ledger(), Ledger()]
    outs = [
        kernel.sumcheck_round(Arithmetic(field, ledger), t, lambda _: r[0])[1]
        for ledger, t in zip(ledgers, (tables, field.embed(tables)), strict=True)
    ]
    assert np.array_equal(*outs)
    assert ledgers[0] == ledgers[1]
    value = kernel.multilinear_at(Arithmetic(field), tables[0], r)
    eq = kernel.eq_table(Arithmetic(field), r)
    assert np.array_equal(value, (FieldVector(field, eq) * FieldVector(field, field.embed(tables[0]))).total().values[0])


@pytest.mark.parametrize("name", ["goldilocks^2", "babybear^4"])
@pytest.mark.parametrize("size", [1, 2, 8, 16])
def test_weighted_sums_agree_and_count(name: str, size: int) -> None:
    field, rng = field_named(name), np.random.default_rng(size)
    assert isinstance(field, ExtensionField)
    weights, matrix = field.random(rng, size), field.base.random(rng, (size, 2 * size))
    row, column = (np.array(x, dtype=np.int64).reshape(-1) for x in np.indices(matrix.shape))
    results, ledgers = [], []
    for body in ("fast", "reference"):
        for dense in (True, False):
            ledger = Ledger()
            arith = Arithmetic(field, ledger, body)  # type: ignore[arg-type]
            if dense:
                out = combine_rows(arith, weights, matrix)
            else:
                out = field.zeros(2 * size)
                accumulate(arith, out, column, row, matrix.reshape(-1), weights)
            results.append(out)
            ledgers.append(ledger)
    terms = field.mul(weights[:, None], field.embed(matrix))
    expected = terms[0]
    for more in terms[1:]:
        expected = field.add(expected, more)
    assert all(np.array_equal(r, expected) for r in results)
    assert ledgers[0] == ledgers[2] and ledgers[1] == ledgers[3]
    d, cells = field.degree, 2 * size * size
    mul, add = (field.base.name, "mul"), (field.base.name, "add")
    assert ledgers[0].operations() == +Counter({mul: d * cells, add: d * (cells - 2 * size)})
    assert ledgers[1].operations() == {mul: d * cells, add: d * cells}


def test_reference_vectors_of_an_extension_are_on_galois() -> None:
    field = field_named("goldilocks^2")
    vector = to_vector(field, field.random(np.random.default_rng(0), 4), "reference")
    assert all(type(part).__mro__[1].__module__.startswith("galois") for part in vector.parts)


BAD_SHAPES = {"three entries": (2, 3), "one entry": (2, 1), "no table": (0, 4), "a vector": (4,), "deep": (2, 4, 3)}


@pytest.mark.parametrize("shape", BAD_SHAPES.values(), ids=BAD_SHAPES)
@pytest.mark.parametrize("name", ["goldilocks", "goldilocks^2"])
def test_wrong_shapes_are_refused(name: str, shape: tuple[int, ...]) -> None:
    field = field_named(name)
    for take in (kernel.sumcheck_round, kernel.constraint_round):
        with pytest.raises(InvalidInput, match=r"^tables: must be"):
            take(Arithmetic(field), field.base.zeros(shape), lambda _: 1)


def test_refusals_say_what_is_wrong() -> None:
    field = field_named("goldilocks")
    with pytest.raises(InvalidInput, match="four of e, a, b, c; got 3"):
        kernel.constraint_round(Arithmetic(field), field.zeros((3, 4)), lambda _: 1)
    with pytest.raises(InvalidInput, match="a point of 3 coordinates needs 8 values; got 4"):
        kernel.multilinear_at(Arithmetic(field), field.zeros(4), field.zeros(3))
