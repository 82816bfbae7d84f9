"""Transforms over the scalar field of BN254 in the GPU sources, on the host, against the CPU's."""

from __future__ import annotations

import numpy as np
import pytest
from gpu_backends import CARD
from guarded_backend import GuardedBackend

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import BN254_FR
from proving_cost.gpu import host_build
from proving_cost.gpu.backend import Backend, HostBackend
from proving_cost.gpu.cases import CheckFailed
from proving_cost.gpu.limbs import from_limbs, random_limbs, to_limbs
from proving_cost.gpu.wide_transform import LARGEST, LEAST, WideTransform, cases, check_transform, split, value_at
from proving_cost.kernels.ntt import ntt

needs_compiler = pytest.mark.skipif(host_build.compiler() is None, reason="no C++ compiler")
P = BN254_FR.modulus


def transformed(values: np.ndarray, *, inverse: bool, shift: int | None, backwards: bool, in_place: bool = False) -> np.ndarray:
    limbs = to_limbs(values.reshape(-1)).reshape(*values.shape, 8)

    def result(backend: Backend) -> np.ndarray:
        source, room = backend.upload(limbs), backend.empty(limbs.shape, np.uint32)
        target = source if in_place else backend.empty(limbs.shape, np.uint32)
        WideTransform(backend, values.shape[1].bit_length() - 1, inverse=inverse, shift=shift).apply(source, target, room)
        assert in_place or np.array_equal(backend.download(source), limbs)
        return backend.download(target)

    guarded = GuardedBackend(backwards=backwards)
    got = result(guarded)
    assert guarded.untouched() and (CARD is None or np.array_equal(result(CARD), got))
    out = np.empty(values.size, dtype=object)
    out[:] = from_limbs(got)
    return out.reshape(values.shape)


@needs_compiler
@pytest.mark.parametrize("lg_n", [4, 5, 7, 8, 10, 11])
@pytest.mark.parametrize("shift", [None, BN254_FR.generator, P - 2], ids=["subgroup", "coset", "other"])
@pytest.mark.parametrize("inverse", [False, True], ids=["forward", "inverse"])
def test_batches_agree_with_the_cpu(lg_n: int, shift: int | None, inverse: bool) -> None:
    rng = np.random.default_rng(lg_n)
    values = BN254_FR.random(rng, (2, 1 << lg_n))
    wanted = ntt(Arithmetic(BN254_FR), values, inverse=inverse, shift=shift)
    got = transformed(values, inverse=inverse, shift=shift, backwards=bool(lg_n & 1), in_place=lg_n == 7)
    assert (got == wanted).all()


@needs_compiler
def test_extreme_values() -> None:
    n = 64
    rows = [[0] * n, [P - 1] * n, [P - 1, 0] * (n // 2), [1] + [0] * (n - 1), [0] * (n - 1) + [P - 1], [1, P - 1] * (n // 2)]
    values = np.array(rows, dtype=object)
    for inverse in (False, True):
        got = transformed(values, inverse=inverse, shift=None, backwards=False)
        assert (got == ntt(Arithmetic(BN254_FR), values, inverse=inverse)).all()


@needs_compiler
@pytest.mark.parametrize("lg_n", [10, 12, pytest.param(17, marks=pytest.mark.slow)])
def test_checks_of_the_suite_pass(lg_n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proving_cost.gpu.wide_transform.CPU_LARGEST", 11)
    backend = HostBackend(backwards=True)
    assert "CPU" in check_transform(backend, lg_n, WideTransform(backend, lg_n), np.random.default_rng(lg_n))


@needs_compiler
def test_three_passes_at_sampled_indices() -> None:
    lg_n = 17
    backend, n = HostBackend(), 1 << lg_n
    assert len(split(lg_n)) == 3
    given = random_limbs(np.random.default_rng(1), n, P)
    given[n // 8 :] = 0  # a short polynomial, so that a value takes an eighth of the time
    source, target, room = (backend.upload(given) for _ in range(3))
    WideTransform(backend, lg_n).apply(source, target, room)
    got, root, coefficients = backend.download(target), BN254_FR.root_of_unity(n), from_limbs(given[: n // 8])
    for index in (1, 2, 12345, n // 2 + 1, n - 1):
        value, point = 0, pow(root, index, P)
        for a in reversed(coefficients):
            value = (value * point + a) % P
        assert from_limbs(got[index]) == [value]


@needs_compiler
@pytest.mark.parametrize(("stages", "passes"), [(4, 3), (3, 4)])
@pytest.mark.parametrize("inverse", [False, True], ids=["forward", "inverse"])
def test_any_number_of_passes(stages: int, passes: int, inverse: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proving_cost.gpu.wide_transform.MOST_STAGES", stages)
    assert len(split(11)) == passes
    values = BN254_FR.random(np.random.default_rng(stages), (2, 1 << 11))
    got = transformed(values, inverse=inverse, shift=7, backwards=False)
    assert (got == ntt(Arithmetic(BN254_FR), values, inverse=inverse, shift=7)).all()


@pytest.mark.parametrize("lg_n", [0, 5, 14, 21])
def test_a_value_by_its_sum(lg_n: int) -> None:
    given, point = random_limbs(np.random.default_rng(lg_n), 1 << lg_n, P), P // 3
    value = 0
    for a in reversed(from_limbs(given)):
        value = (value * point + a) % P
    assert value_at(given, point) == value


@needs_compiler
@pytest.mark.parametrize("lg_n", [10, 12])
def test_checks_of_the_suite_find_a_wrong_value(lg_n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proving_cost.gpu.wide_transform.CPU_LARGEST", 11)

    class Wrong(WideTransform):
        def apply(self, source: np.ndarray, target: np.ndarray, room: np.ndarray) -> None:
            super().apply(source, target, room)
            target[5, 3] ^= np.uint32(1)

    backend = HostBackend()
    with pytest.raises(CheckFailed, match="ntt/bn254_fr"):
        check_transform(backend, lg_n, Wrong(backend, lg_n), np.random.default_rng(3))


@needs_compiler
def test_a_case_runs() -> None:
    smallest = next(cases(1 << 30))
    prepared = smallest.make(HostBackend(), np.random.default_rng(5))
    for i in range(prepared.sets):
        prepared.run(i)
    assert prepared.check() == "the CPU's transform, all values"


def test_cases_keep_to_the_memory() -> None:
    sizes = {c.n: c.device_bytes for c in cases((1 << 30) - 1)}
    assert max(sizes) == 1 << 20 and max(sizes.values()) <= 1 << 30
    assert max(c.n for c in cases(1 << 37)) == 1 << 26
    assert all(sum(split(k)) == k and min(split(k)) >= 2 for k in range(LEAST, LARGEST + 1))


@needs_compiler
def test_refusals() -> None:
    with pytest.raises(InvalidInput, match=r"n: must lie from 2\^4 to 2\^26; got 2\^27"):
        WideTransform(HostBackend(), 27)
    with pytest.raises(InvalidInput, match="shift: must be a nonzero element"):
        WideTransform(HostBackend(), 10, shift=P)
    with pytest.raises(InvalidInput, match=r"source: must be 1 to 65535 rows of 2\^4 elements"):
        room = np.zeros((17, 8), dtype=np.uint32)
        WideTransform(HostBackend(), 4).apply(room, room.copy(), room.copy())
