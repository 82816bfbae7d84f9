"""Narrow fields of the GPU sources, on the host build and by their PTX, against Python integers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from gpu_backends import BACKENDS, backend_called
from gpu_words import edges, joined, limbs, loose_words
from ptx_interpreter import blocks

from proving_cost.fields import EXTENSION_FIELDS, GOLDILOCKS, PRIME_FIELDS
from proving_cost.gpu import host_build
from proving_cost.gpu.narrow_transform import FIELDS, word

P, EPSILON = GOLDILOCKS.modulus, 2**32 - 1


def run(name: str, kernel: str, a: np.ndarray, b: np.ndarray, operation: int, kind: np.dtype) -> np.ndarray:
    backend = backend_called(name)
    out = backend.empty(a.shape, kind)
    args = (backend.upload(a.astype(kind)), backend.upload(b.astype(kind)), out, np.uint32(len(a)), np.uint32(operation))
    backend.launch("field_trials", kernel, 2, 64, args)
    return backend.download(out).astype(np.uint64)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", FIELDS)
def test_operations_on_edges_and_random_elements(name: str, backend: str) -> None:
    field = PRIME_FIELDS[name]
    p, rng = field.modulus, np.random.default_rng(4)
    pairs = list(itertools.product(edges(p), edges(p))) + field.random(rng, (2000, 2)).tolist()
    a, b = (np.array(column, dtype=np.uint64) for column in zip(*pairs, strict=True))
    form = pow(2**32, -1, p) if field.bits < 32 else 1
    root = field.root_of_unity(16)

    def product(x: int, y: int) -> int:
        return x * y * form % p

    expected = [
        lambda x, y: (x + y) % p, lambda x, y: (x - y) % p, product, lambda x, y: x * pow(form, -1, p) % p,
        lambda x, y: product(x, 1), *(lambda x, y, e=e: x * pow(root, e, p) % p for e in range(1, 8)),
        *(lambda x, y, e=e: (x - y) * pow(root, e, p) % p for e in range(8)), lambda x, y: product(product(x, y), y),
    ]  # fmt: skip
    for operation, value in enumerate(expected):
        got = run(backend, f"trial_{name}", a, b, operation, word(field))
        assert got.tolist() == [value(x, y) for x, y in pairs], operation


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", EXTENSION_FIELDS)
def test_extensions(name: str, backend: str) -> None:
    field = EXTENSION_FIELDS[name]
    rng = np.random.default_rng(5)
    some = np.array(edges(field.base.modulus), dtype=np.uint64)
    a, b = (np.concatenate([field.random(rng, 1000), rng.choice(some, (1000, field.degree))]) for _ in range(2))
    form = pow(2**32, -1, field.base.modulus) if field.base.bits < 32 else 1
    expected = [field.add(a, b), field.sub(a, b), field.scale(field.mul(a, b), form), field.scale(field.scale(a, b[:, 0]), form)]
    for operation, values in enumerate(expected):
        got = run(backend, f"trial_{name.replace('^', '_')}", a, b, operation, word(field.base))
        assert np.array_equal(got, values), operation


@pytest.mark.parametrize("backend", BACKENDS)
def test_loose_words_of_goldilocks(backend: str) -> None:
    words = [*edges(2**64), *range(P - 3, P + 3), 2**64 - 2**32 + 2, 2**64 - 1]
    pairs = list(itertools.product(words, words))
    a, b = (np.array(column, dtype=np.uint64) for column in zip(*pairs, strict=True))
    for operation, value in enumerate((lambda x, y: x * y, lambda x, y: x, lambda x, y: x + y)):
        got = run(backend, "trial_loose", a, b, operation, np.dtype(np.uint64)).tolist()
        assert [v % P for v in got] == [value(x, y) % P for x, y in pairs], operation
        assert operation != 1 or max(got) < P


def test_instructions_of_goldilocks() -> None:
    canonical, sub, add_loose, reduce_3, reduce_4, product = blocks(host_build.source_folder() / "goldilocks.cuh")
    for a, b in itertools.product(loose_words(60), repeat=2):
        low, high, carry = canonical.run(limbs(a))
        assert (joined([low, high]) if carry else a) == a % P
        assert joined(product.run(limbs(a, b))) == a * b
        got = joined(reduce_4.run(limbs(a, b)))
        assert got % P == (a + (b << 64)) % P
        assert joined(reduce_3.run([*limbs(a), b & EPSILON])) % P == (a + ((b & EPSILON) << 64)) % P
        if b <= P:  # `add` takes p - 0
            assert joined(sub.run(limbs(a, b))) % P == (a - b) % P
            assert a >= P or joined(sub.run(limbs(a, b))) == (a - b) % P
        if b < P:
            assert joined(add_loose.run(limbs(a, b))) % P == (a + b) % P
