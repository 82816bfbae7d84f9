"""FRI: what a fold computes and counts, on both bodies; which words the protocol accepts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import BABY_BEAR, EXTENSION_FIELDS, GOLDILOCKS, Counted, ExtensionField, OperationCounter
from proving_cost.kernels.fri_fold import fold_cosets, fold_operations, fri_fold
from proving_cost.kernels.ntt import coset_points, ntt
from proving_cost.ledger import FriFold, Ledger
from proving_cost.systems.stark import FriParameters, FriProof, fri
from proving_cost.systems.stark.conversation import Conversation
from proving_cost.systems.stark.trees import Malformed

GOLDILOCKS_2 = EXTENSION_FIELDS["goldilocks^2"]
FIELDS = list(EXTENSION_FIELDS.values())


def combined_parts(field: ExtensionField, coefficients: np.ndarray, alpha: np.ndarray, arity: int) -> np.ndarray:
    """Coefficients of Σ α^i f_i, with f = Σ X^i f_i(X^arity)."""
    total = field.zeros(coefficients.shape[0] // arity)
    for i in reversed(range(arity)):
        total = field.add(field.mul(total, alpha), coefficients[i::arity])
    return total


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@pytest.mark.parametrize("arity", [2, 4, 8, 16])
def test_a_fold_takes_the_parts_of_the_polynomial_together(field: ExtensionField, arity: int) -> None:
    rng = np.random.default_rng(arity)
    shift = field.base.generator
    coefficients = field.random(rng, 32)
    alpha = field.random(rng, ())
    values = ntt(Arithmetic(field), coefficients, shift=shift)
    folded = fri_fold(Arithmetic(field), values, alpha, shift=shift, arity=arity)
    expected = ntt(
        Arithmetic(field), combined_parts(field, coefficients, alpha, arity), shift=pow(shift, arity, field.base.modulus)
    )
    np.testing.assert_array_equal(folded, expected)


@pytest.mark.parametrize("field", [*FIELDS, GOLDILOCKS, BABY_BEAR], ids=lambda f: f.name)
@pytest.mark.parametrize("arity", [2, 8])
def test_both_bodies_give_the_same_values_and_the_same_counts(field, arity: int) -> None:
    rng = np.random.default_rng(1)
    for size in (8, 16, 32, 64):
        word, alpha = field.random(rng, size), field.random(rng, ())
        ledgers = Ledger(), Ledger()
        fast = fri_fold(Arithmetic(field, ledgers[0]), word, alpha, shift=3, arity=arity)
        slow = fri_fold(Arithmetic(field, ledgers[1], "reference"), word, alpha, shift=3, arity=arity)
        np.testing.assert_array_equal(fast, slow)
        assert ledgers[0] == ledgers[1]
        assert dict(ledgers[0].events()) == {FriFold(field.name, size, arity): 1}


def folded_scalars(values: list[Counted], powers: list[Counted], inverses: list[Counted], half: Counted) -> list[Counted]:
    """The algorithm of the module, on counting scalars; points and powers of the challenge come from tables."""
    for alpha in powers:
        k = len(values) // 2
        values = [
            (values[j] + values[j + k]) * half + alpha * ((values[j] - values[j + k]) * inverses[j]) for j in range(k)
        ]
        inverses = [x.tally.elements([2 * int(x) ** 2])[0] for x in inverses[:k]]
    return values


@pytest.mark.parametrize("size", [8, 16, 64, 256])
@pytest.mark.parametrize("arity", [2, 4, 8])
def test_the_closed_form_is_what_happens(size: int, arity: int) -> None:
    tally = OperationCounter(GOLDILOCKS)
    p = GOLDILOCKS.modulus
    rng = np.random.default_rng(size)
    word, alpha = GOLDILOCKS.random(rng, size), int(GOLDILOCKS.random(rng, ()))
    points = [int(x) for x in coset_points(GOLDILOCKS, size, 7)]
    powers = tally.elements(pow(alpha, 2**i, p) for i in range(arity.bit_length() - 1))
    inverses = tally.elements(pow(2 * x, -1, p) for x in points)
    out = folded_scalars(tally.elements(word), powers, inverses, *tally.elements([pow(2, -1, p)]))
    expected = fri_fold(Arithmetic(GOLDILOCKS), word, np.array(alpha, dtype=np.uint64), shift=7, arity=arity)
    assert [int(v) for v in out] == expected.tolist()
    counted = {("goldilocks", op): k for op, k in tally.counts.items()}
    gone = size - size // arity
    assert counted == fold_operations("goldilocks", size, arity) == {
        ("goldilocks", "mul"): 3 * gone, ("goldilocks", "add"): 3 * gone,
    }  # fmt: skip
    assert counted == FriFold("goldilocks", size, arity).operations()


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_products_by_points_count_as_base_products(field: ExtensionField) -> None:
    d = field.degree
    counts = fold_operations(field.name, 64, 4)
    assert counts[(field.base.name, "mul")] == 48 * (d + d + d * d + d - 1)
    assert counts[(field.base.name, "add")] == 48 * (d + d + d + d * (d - 1))


def test_single_cosets_fold_as_the_codeword_does() -> None:
    rng = np.random.default_rng(5)
    word, alpha = GOLDILOCKS_2.random(rng, 64), GOLDILOCKS_2.random(rng, ())
    points = coset_points(GOLDILOCKS, 64, 7)
    rows = np.array([0, 3, 7])
    inverses = np.array([[pow(int(points[r + 8 * i]), -1, GOLDILOCKS.modulus) for i in range(8)] for r in rows], dtype=np.uint64)
    cosets = np.stack([word[rows + 8 * i] for i in range(8)], axis=1)
    whole = fri_fold(Arithmetic(GOLDILOCKS_2), word, alpha, shift=7, arity=8)
    np.testing.assert_array_equal(fold_cosets(GOLDILOCKS_2, cosets, alpha, inverses), whole[rows])


@pytest.mark.parametrize(
    ("size", "arity", "shift", "names"),
    [(8, 1, 7, "arity"), (8, 3, 7, "arity"), (8, 16, 7, "arity"), (12, 4, 7, "size"), (8, 2, 0, "shift")],
)
def test_wrong_folds_are_refused(size: int, arity: int, shift: int, names: str) -> None:
    word, alpha = GOLDILOCKS_2.zeros(size), GOLDILOCKS_2.zeros(())
    with pytest.raises(InvalidInput, match=names):
        fri_fold(Arithmetic(GOLDILOCKS_2), word, alpha, shift=shift, arity=arity)


# the protocol


PARAMETERS = FriParameters(blowup=8, queries=24, grinding_bits=3, fold=4, final=4)
SIZE = 512


def proved(word: np.ndarray, parameters: FriParameters = PARAMETERS) -> tuple[FriProof, np.ndarray]:
    """A proof about a word, and what the verifier would find in the word at the indices."""
    committed = fri.commit(Arithmetic(GOLDILOCKS), word, parameters, Conversation("fri", (), ()))
    return fri.open_layers(committed), word[np.array(committed.indices)]


def accepted(proof: FriProof, values: np.ndarray, parameters: FriParameters = PARAMETERS) -> bool:
    try:
        reading = fri.read(proof, SIZE, parameters, Conversation("fri", (), ()))
        return fri.verify(proof, SIZE, reading, values)
    except Malformed:
        return False


def evaluations(coefficients: np.ndarray) -> np.ndarray:
    padded = GOLDILOCKS_2.zeros(SIZE)
    padded[: coefficients.shape[0]] = coefficients
    return ntt(Arithmetic(GOLDILOCKS_2), padded, shift=7)


@pytest.mark.parametrize("fold", [2, 4, 8, 16])
@pytest.mark.parametrize("final", [1, 2, 32, 64, 128])
def test_words_of_low_degree_are_accepted(fold: int, final: int) -> None:
    parameters = FriParameters(blowup=8, queries=8, grinding_bits=0, fold=fold, final=final)
    rng = np.random.default_rng(fold * final)
    for terms in (0, 1, 63, 64):
        proof, values = proved(evaluations(GOLDILOCKS_2.random(rng, terms)), parameters)
        assert accepted(proof, values, parameters)


@pytest.mark.parametrize("seed", range(10))
def test_words_far_from_low_degree_are_rejected(seed: int) -> None:
    """Random words, polynomials of degree just beyond the bound, and words that agree with a polynomial on a half."""
    rng = np.random.default_rng(seed)
    assert not accepted(*proved(GOLDILOCKS_2.random(rng, SIZE)))
    assert not accepted(*proved(evaluations(GOLDILOCKS_2.random(rng, 65))))
    assert not accepted(*proved(evaluations(GOLDILOCKS_2.random(rng, 256))))
    word = evaluations(GOLDILOCKS_2.random(rng, 64))
    half = rng.permutation(SIZE)[: SIZE // 2]
    word[half] = GOLDILOCKS_2.random(rng, half.size)
    assert not accepted(*proved(word))


def test_a_layer_that_is_not_the_fold_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prover of a random word goes on with a word of low degree after its first layer."""
    rng = np.random.default_rng(3)

    def replaced(arith: Arithmetic, word: np.ndarray, *args: object, **more: int) -> np.ndarray:
        size, bound = word.shape[0] // more["arity"], word.shape[0] // more["arity"] // 8
        padded = GOLDILOCKS_2.zeros(size)
        padded[:bound] = GOLDILOCKS_2.random(rng, bound)
        return ntt(Arithmetic(GOLDILOCKS_2), padded, shift=pow(more["shift"], more["arity"], GOLDILOCKS.modulus))

    monkeypatch.setattr(fri, "fri_fold", replaced)
    assert not accepted(*proved(GOLDILOCKS_2.random(rng, SIZE)))


def test_values_that_are_not_the_words_are_rejected() -> None:
    rng = np.random.default_rng(4)
    proof, values = proved(evaluations(GOLDILOCKS_2.random(rng, 64)))
    assert accepted(proof, values)
    for i in range(values.shape[0]):
        for c in range(2):
            wrong = values.copy()
            wrong[i, c] = (int(wrong[i, c]) + 1) % GOLDILOCKS.modulus
            assert not accepted(proof, wrong)


def test_a_nonce_without_work_is_rejected() -> None:
    rng = np.random.default_rng(5)
    hard = FriParameters(blowup=8, queries=8, grinding_bits=10, fold=4, final=4)
    proof, values = proved(evaluations(GOLDILOCKS_2.random(rng, 64)), hard)
    assert accepted(proof, values, hard)
    for nonce in (*range(min(proof.nonce, 50)), -1, 1 << 64, 1.0, None):
        assert not accepted(replace(proof, nonce=nonce), values, hard)


def test_a_prover_that_skips_the_work_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """All else is as it should be, the indices too: they follow from the nonce that was sent."""
    rng = np.random.default_rng(6)
    hard = FriParameters(blowup=8, queries=8, grinding_bits=12, fold=4, final=4)
    word = evaluations(GOLDILOCKS_2.random(rng, 64))
    for nonce in range(20):
        with monkeypatch.context() as patch:
            patch.setattr(fri, "find_nonce", lambda seed, bits: nonce)  # noqa: B023
            proof, values = proved(word, hard)
            patch.setattr(fri, "nonce_works", lambda *args: True)
            assert accepted(proof, values, hard)
        assert not accepted(proof, values, hard)
