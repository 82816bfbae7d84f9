"""Merkle trees by the GPU kernels, in the emulation, against the kernels of the processor."""

from __future__ import annotations

import numpy as np
import pytest
from gpu_backends import BACKENDS, backend_called
from gpu_words import joined, limbs, loose_words
from ptx_interpreter import blocks

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import GOLDILOCKS, PRIME_FIELDS
from proving_cost.gpu import host_build
from proving_cost.gpu.backend import HostBackend
from proving_cost.gpu.hashing import DIGESTS, TreeHashing, sponge_of
from proving_cost.gpu.narrow_transform import word
from proving_cost.kernels.merkle import MerkleTree
from proving_cost.kernels.sponge import default_sponge


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(("field", "width"), DIGESTS)
@pytest.mark.parametrize(("rows", "length"), [(256, 1), (64, 12), (32, 49)])
def test_trees(name: str, field: str, width: int, rows: int, length: int) -> None:
    f, rng = PRIME_FIELDS[field], np.random.default_rng(length)
    table = f.random(rng, (rows, length))
    table[0], table[-1] = 0, f.modulus - 1
    backend = backend_called(name)
    hashing = TreeHashing(backend, field, width)
    nodes = backend.empty((2 * rows - 1, hashing.sponge.digest), word(f))
    hashing.commit(backend.upload(np.ascontiguousarray(table.T).astype(word(f))), nodes)
    tree = MerkleTree.commit(Arithmetic(f), table, hashing.sponge)
    assert np.array_equal(backend.download(nodes), np.concatenate(tree.levels))


def test_the_wider_sponges_are_the_default_ones() -> None:
    for field, width in (("babybear", 24), ("koalabear", 24), ("goldilocks", 12)):
        assert sponge_of(field, width) == default_sponge(PRIME_FIELDS[field])


def test_refusals() -> None:
    backend = HostBackend()
    with pytest.raises(InvalidInput, match="width: must be of a sponge that has kernels"):
        TreeHashing(backend, "goldilocks", 16)
    hashing = TreeHashing(backend, "goldilocks", 12)
    with pytest.raises(InvalidInput, match="power of two of rows; got 3"):
        hashing.commit(np.zeros((1, 3), dtype=np.uint64), np.zeros((5, 4), dtype=np.uint64))


def test_instructions_of_sums_and_products() -> None:
    addition, product = blocks(host_build.source_folder() / "poseidon2_goldilocks.cuh")
    words = loose_words(25)
    for a in words:
        for b in words:
            assert joined(addition.run([*limbs(a), 7, *limbs(b), 9])) == a + b + (16 << 64)
            for c in (0, 1, GOLDILOCKS.modulus, 2**64 - 1, a):
                assert joined(product.run(limbs(a, b, c))) == a * b + c
