"""Textbook algorithms on scalars that count: each event's closed form is what happens, operation by operation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import (
    BABY_BEAR,
    BN254_FR,
    EXTENSION_FIELDS,
    GOLDILOCKS,
    Counted,
    Elements,
    ExtensionField,
    OperationCounter,
    PrimeField,
)
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.fri_fold import fri_fold
from proving_cost.kernels.kzg import divide
from proving_cost.kernels.ntt import coset_points, ntt
from proving_cost.kernels.poseidon2 import INSTANCES, Poseidon2, permute, poseidon2
from proving_cost.kernels.sumcheck import sumcheck_round
from proving_cost.ledger import BatchInversion, Event, FieldOperation, FriFold, Hash, Ledger, Ntt, SumcheckRound
from tests.field_cases import EXTENSIONS, by_name

Element = tuple[Counted, ...]
FIELDS = [BABY_BEAR, GOLDILOCKS, BN254_FR, *EXTENSIONS]
SIZES = [1, 2, 4, 16, 64, 256]


class Scalars:
    """Elements of a field as tuples of counting coefficients."""

    def __init__(self, field: PrimeField | ExtensionField) -> None:
        self.field = field
        self.tally = OperationCounter(field.base)
        (self.nonresidue,) = self.tally.elements([field.nonresidue if isinstance(field, ExtensionField) else 0])

    def of(self, values: Elements) -> list[Element]:
        return [tuple(self.tally.elements(row)) for row in np.reshape(values, (-1, self.field.degree))]

    def table(self, values: Sequence[int]) -> list[Counted]:
        """Elements of the base field that are known beforehand."""
        return self.tally.elements(values)

    def plain(self, elements: Sequence[Element]) -> list[object]:
        rows = [[int(c) for c in e] for e in elements]
        return rows if self.field.degree > 1 else [row[0] for row in rows]  # type: ignore[return-value]

    def add(self, a: Element, b: Element) -> Element:
        return tuple(x + y for x, y in zip(a, b, strict=True))

    def sub(self, a: Element, b: Element) -> Element:
        return tuple(x - y for x, y in zip(a, b, strict=True))

    def scale(self, a: Element, s: Counted) -> Element:
        return tuple(x * s for x in a)

    def mul(self, a: Element, b: Element) -> Element:
        d = len(a)
        terms = [[a[i] * b[k - i] for i in range(d) if 0 <= k - i < d] for k in range(2 * d - 1)]
        sums = []
        for first, *rest in terms:
            for term in rest:
                first = first + term
            sums.append(first)
        return tuple(sums[k] + sums[k + d] * self.nonresidue if k + d < len(sums) else sums[k] for k in range(d))

    def inverse(self, a: Element) -> Element:
        if len(a) == 1:
            return (a[0].inverse(),)
        self.tally.counts["inv"] += 1
        return tuple(self.tally.elements(self.field.inverse(np.array([int(c) for c in a], dtype=self.field.dtype))))

    def counted(self) -> dict[tuple[str, str], int]:
        names = {"mul": self.field.base.name, "add": self.field.base.name, "inv": self.field.name}
        return {(names[op], op): k for op, k in self.tally.counts.items() if k}


def closed_form(*events: Event) -> dict[tuple[str, str], int]:
    ledger = Ledger()
    for event in events:
        ledger.record(event)
    return {key: k for key, k in ledger.operations().items() if k}


def powers(base: int, n: int, p: int) -> list[int]:
    return [pow(base, i, p) for i in range(n)]


def radix_2(a: list[Counted], twiddles: list[Counted]) -> list[Counted]:
    """Decimation in time; twiddles are the n/2 first powers of the root."""
    n = len(a)
    if n == 1:
        return a
    even, odd = radix_2(a[::2], twiddles[::2]), radix_2(a[1::2], twiddles[::2])
    turned = [w * x for w, x in zip(twiddles, odd, strict=True)]
    return [x + y for x, y in zip(even, turned, strict=True)] + [x - y for x, y in zip(even, turned, strict=True)]


@pytest.mark.parametrize("field", [BABY_BEAR, GOLDILOCKS, BN254_FR], ids=by_name)
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("coset", [False, True], ids=["subgroup", "coset"])
def test_transforms(field: PrimeField, n: int, coset: bool) -> None:
    p, shift, root = field.modulus, 7, field.root_of_unity(n)
    values, option = field.random(np.random.default_rng(n), n), shift if coset else None
    scalars = Scalars(field)
    a = scalars.table(values)
    if coset:
        a = [x * s for x, s in zip(a, scalars.table(powers(shift, n, p)), strict=True)]
    out = radix_2(a, scalars.table(powers(root, n // 2, p)))
    assert [int(v) for v in out] == ntt(Arithmetic(field), values, shift=option).tolist()
    assert scalars.counted() == closed_form(Ntt(field.name, n, coset))

    scalars = Scalars(field)
    a = radix_2(scalars.table(values), scalars.table(powers(pow(root, -1, p), n // 2, p)))
    (small,) = scalars.table([pow(n, -1, p)])
    a = [x * small for x in a]
    if coset:
        a = [x * s for x, s in zip(a, scalars.table(powers(pow(shift, -1, p), n, p)), strict=True)]
    assert [int(v) for v in a] == ntt(Arithmetic(field), values, shift=option, inverse=True).tolist()
    assert scalars.counted() == closed_form(Ntt(field.name, n, coset, inverse=True))


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
@pytest.mark.parametrize("n", [1, 2, 3, 10, 50])
def test_batch_inversions(field: PrimeField | ExtensionField, n: int) -> None:
    values = field.random(np.random.default_rng(n), n)
    scalars = Scalars(field)
    a = scalars.of(values)
    prefix = a[:1]
    for x in a[1:]:
        prefix.append(scalars.mul(prefix[-1], x))
    inverse, out = scalars.inverse(prefix[-1]), []
    for i in range(n - 1, 0, -1):
        out.append(scalars.mul(inverse, prefix[i - 1]))
        inverse = scalars.mul(inverse, a[i])
    out.append(inverse)
    assert scalars.plain(out[::-1]) == batch_inverse(Arithmetic(field), values).tolist()
    assert scalars.counted() == closed_form(BatchInversion(field.name, n))


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
@pytest.mark.parametrize("size", [2, 4, 8, 32])
@pytest.mark.parametrize("factors", [1, 2, 3])
def test_sumcheck_rounds(field: PrimeField | ExtensionField, size: int, factors: int) -> None:
    rng = np.random.default_rng(size)
    tables, r = field.random(rng, (factors, size)), field.random(rng, 1)
    scalars = Scalars(field)
    rows, (challenge,) = [scalars.of(t) for t in tables], scalars.of(r)
    points = [0, *range(2, factors + 1)]
    sums: list[Element | None] = [None] * len(points)
    folded: list[list[Element]] = [[] for _ in rows]
    for i in range(size // 2):
        low = [row[i] for row in rows]
        step = [scalars.sub(row[i + size // 2], row[i]) for row in rows]
        line = [row[i + size // 2] for row in rows]
        for k in range(len(points)):
            if k:
                line = [scalars.add(x, s) for x, s in zip(line, step, strict=True)]
            product, *rest = line if k else low
            for x in rest:
                product = scalars.mul(product, x)
            before = sums[k]
            sums[k] = product if before is None else scalars.add(before, product)
        for out, x, s in zip(folded, low, step, strict=True):
            out.append(scalars.add(x, scalars.mul(s, challenge)))
    said: list[Elements] = []
    _, expected = sumcheck_round(Arithmetic(field), tables, lambda g: (said.append(g), r[0])[1])
    assert scalars.plain([s for s in sums if s is not None]) == said[0].tolist()
    assert [scalars.plain(row) for row in folded] == expected.tolist()
    assert scalars.counted() == closed_form(SumcheckRound(field.name, size, factors))


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
@pytest.mark.parametrize("size", [8, 16, 64, 128])
@pytest.mark.parametrize("arity", [2, 4, 8])
def test_fri_folds(field: PrimeField | ExtensionField, size: int, arity: int) -> None:
    p, shift, rng = field.base.modulus, 3, np.random.default_rng(size)
    word, r = field.random(rng, size), field.random(rng, ())
    scalars = Scalars(field)
    values, (half,) = scalars.of(word), scalars.table([pow(2, -1, p)])
    points, challenge = [int(x) for x in coset_points(field, size, shift)], r
    while len(values) > size // arity:
        k = len(values) // 2
        inverses, (alpha,) = scalars.table([pow(2 * x, -1, p) for x in points[:k]]), scalars.of(challenge)
        pairs = list(zip(values[:k], values[k:], inverses, strict=True))
        even = [scalars.scale(scalars.add(a, b), half) for a, b, _ in pairs]
        odd = [scalars.mul(alpha, scalars.scale(scalars.sub(a, b), x)) for a, b, x in pairs]
        values = [scalars.add(e, o) for e, o in zip(even, odd, strict=True)]
        points, challenge = [x * x % p for x in points[:k]], field.mul(challenge, challenge)
    assert scalars.plain(values) == fri_fold(Arithmetic(field), word, r, shift=shift, arity=arity).tolist()
    assert scalars.counted() == closed_form(FriFold(field.name, size, arity))


def total(values: Sequence[Counted]) -> Counted:
    out = values[0]
    for v in values[1:]:
        out = out + v
    return out


def power(x: Counted, alpha: int) -> Counted:
    """Square and multiply, from the second bit down."""
    out = x
    for bit in bin(alpha)[3:]:
        out = out * out
        if bit == "1":
            out = out * x
    return out


def mixed(s: list[Counted]) -> list[Counted]:
    """The external matrix: the sum and each entry, or blocks circ(2, 3, 1, 1) of 11 additions and their column sums."""
    if len(s) == 3:
        whole = total(s)
        return [whole + x for x in s]
    blocks = []
    for a, b, c, d in (s[i : i + 4] for i in range(0, len(s), 4)):
        ab, cd = a + b, c + d
        whole = ab + cd
        with_b, with_d = whole + b, whole + d
        blocks.append([with_b + ab, with_b + (c + c), with_d + cd, with_d + (a + a)])
    columns = [total([block[i] for block in blocks]) for i in range(4)]
    return [x + column for block in blocks for x, column in zip(block, columns, strict=True)]


@pytest.mark.parametrize("instance", [poseidon2(rounds.field, t) for (_, t), rounds in INSTANCES.items()], ids=by_name)
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_permutations(instance: Poseidon2, n: int) -> None:
    states = instance.field.random(np.random.default_rng(n), (n, instance.width))
    scalars = Scalars(instance.field)
    half, diagonal = instance.full_rounds // 2, scalars.table(instance.internal_diagonal)
    full = [scalars.table(constants) for constants in instance.external_constants]
    out = []
    for state in states:
        s = mixed(scalars.table(state))
        for r, constants in enumerate(full):
            if r == half:
                for c in scalars.table(instance.internal_constants):
                    s[0] = power(s[0] + c, instance.alpha)
                    whole = total(s)
                    s = [whole + m * x for m, x in zip(diagonal, s, strict=True)]
            s = mixed([power(x + c, instance.alpha) for x, c in zip(s, constants, strict=True)])
        out.append([int(x) for x in s])
    assert out == permute(Arithmetic(instance.field), instance, states).tolist()
    assert scalars.counted() == closed_form(*[Hash(instance.name)] * n)


@pytest.mark.parametrize("field", [BABY_BEAR, GOLDILOCKS, BN254_FR], ids=by_name)
@pytest.mark.parametrize("n", [1, 2, 5, 33, 100])
def test_synthetic_divisions(field: PrimeField, n: int) -> None:
    coefficients, scalars, ledger = field.random(np.random.default_rng(n), n), Scalars(field), Ledger()
    (z,) = scalars.table([12345])
    *rest, step = scalars.table(coefficients)
    quotient = []
    for a in reversed(rest):
        quotient.append(step)
        step = a + z * step
    found, value = divide(Arithmetic(field, ledger), coefficients, 12345)
    assert ([int(q) for q in quotient[::-1]], int(step)) == (found.tolist(), value)
    assert scalars.counted() == dict(ledger.operations())


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
@pytest.mark.parametrize("operation", ["add", "mul", "inv"])
def test_single_operations(field: PrimeField | ExtensionField, operation: str) -> None:
    scalars = Scalars(field)
    a, b = scalars.of(field.random(np.random.default_rng(0), 2))
    {"add": scalars.add, "mul": scalars.mul, "inv": lambda a, _: scalars.inverse(a)}[operation](a, b)
    assert scalars.counted() == closed_form(FieldOperation(field.name, operation))  # type: ignore[arg-type]


def test_two_thirds_of_the_products_of_a_fold_are_by_the_base_field() -> None:
    d, gone = EXTENSION_FIELDS["babybear^4"].degree, 48
    operations = FriFold("babybear^4", 64, 4).operations()
    assert operations == {("babybear", "mul"): gone * (2 * d + d * d + d - 1), ("babybear", "add"): gone * (3 * d + d * (d - 1))}
