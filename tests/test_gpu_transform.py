"""Transforms over narrow fields by the GPU kernels, in the emulation, against those of the processor."""

from __future__ import annotations

import numpy as np
import pytest
from gpu_backends import BACKENDS, backend_called

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import PRIME_FIELDS
from proving_cost.gpu.backend import HostBackend
from proving_cost.gpu.narrow_transform import FIELDS, LARGEST, LEAST, ROUNDS, NarrowTransform, split, word
from proving_cost.kernels.ntt import ntt


def agrees(called: str, name: str, lg_n: int, batch: int, *, inverse: bool, shift: int | None) -> bool:
    field, backend = PRIME_FIELDS[name], backend_called(called)
    values = field.random(np.random.default_rng(lg_n), (batch, 1 << lg_n))
    values[0, :3] = field.modulus - 1
    source = backend.upload(values.astype(word(field)))
    target, room = (backend.empty(source.shape, source.dtype) for _ in range(2))
    NarrowTransform(backend, name, lg_n, inverse=inverse, shift=shift).apply(source, target, room)
    expected = ntt(Arithmetic(field), values, inverse=inverse, shift=shift)
    return np.array_equal(backend.download(target), expected) and np.array_equal(backend.download(source), values)


@pytest.mark.parametrize("called", BACKENDS)
@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("lg_n", [10, 11, 12, 13, 14, 16, 17])
def test_transforms(called: str, name: str, lg_n: int) -> None:
    batch = 3 if lg_n < 14 else 1
    for inverse in (False, True):
        for shift in (None, 7):
            assert agrees(called, name, lg_n, batch, inverse=inverse, shift=shift), (inverse, shift)


@pytest.mark.slow
@pytest.mark.parametrize("called", BACKENDS)
@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("lg_n", [15, 18, 20])
def test_large_transforms(called: str, name: str, lg_n: int) -> None:
    for inverse in (False, True):
        assert agrees(called, name, lg_n, 1, inverse=inverse, shift=7)


@pytest.mark.slow
@pytest.mark.parametrize("called", [name for name in BACKENDS if name != "backwards"])
@pytest.mark.parametrize("name", ["babybear", "goldilocks"])
def test_transforms_in_four_passes(called: str, name: str) -> None:
    for inverse in (False, True):
        assert agrees(called, name, 25, 1, inverse=inverse, shift=7)


@pytest.mark.parametrize("called", BACKENDS)
def test_transform_in_place(called: str) -> None:
    field, backend = PRIME_FIELDS["goldilocks"], backend_called(called)
    values = field.random(np.random.default_rng(0), (2, 1024))
    buffer, room = backend.upload(values), backend.empty(values.shape, values.dtype)
    NarrowTransform(backend, "goldilocks", 10).apply(buffer, buffer, room)
    assert np.array_equal(backend.download(buffer), ntt(Arithmetic(field), values))


def test_every_size_has_passes() -> None:
    for lg_n in range(LEAST, LARGEST + 1):
        stages = split(lg_n)
        assert sum(stages) == lg_n and 2 <= len(stages) <= 4 and set(stages) <= set(ROUNDS)


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="field: must be one of babybear, koalabear, goldilocks; got 'bn254_fr'"):
        NarrowTransform(HostBackend(), "bn254_fr", 12)
    with pytest.raises(InvalidInput, match=r"n: must lie from 2\^10 to 2\^26; got 2\^9"):
        NarrowTransform(HostBackend(), "goldilocks", 9)
    with pytest.raises(InvalidInput, match=r"roots of unity of order up to 2\^24; got 2\^26"):
        NarrowTransform(HostBackend(), "koalabear", 26)
    with pytest.raises(InvalidInput, match="shift: must be a nonzero element of 'goldilocks'"):
        NarrowTransform(HostBackend(), "goldilocks", 12, shift=0)
