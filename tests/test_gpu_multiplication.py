"""Multi-scalar multiplication in the GPU sources, on the host, against `py_ecc` and bases of known logarithms."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from gpu_backends import CARD
from guarded_backend import GuardedBackend
from py_ecc.optimized_bn128 import G1, multiply, normalize

from mechanisms.errors import InvalidInput
from proving_cost.fields import BN254_FQ, BN254_FR
from proving_cost.gpu import host_build
from proving_cost.gpu.backend import Backend, HostBackend
from proving_cost.gpu.cases import CheckFailed
from proving_cost.gpu.known_logarithms import GENERATOR, KnownBases, Point, add_affine, multiple, witness_like
from proving_cost.gpu.limbs import RADIX, from_limbs, random_limbs, to_limbs
from proving_cost.gpu.multiplication import Multiplication, cases
from proving_cost.gpu.multiplication_plan import Plan, plan
from proving_cost.kernels.msm import bit_length_histogram
from proving_cost.kernels.scalar_bits import histogram

needs_compiler = pytest.mark.skipif(host_build.compiler() is None, reason="no C++ compiler")
Q, R = BN254_FQ.modulus, BN254_FR.modulus


@functools.cache
def some_points(count: int) -> tuple[Point, ...]:
    step = multiple(987654321)
    out = [multiple(123456789)]
    while len(out) < count:
        out.append(add_affine(out[-1], step))
    return tuple(out)


def logarithm(i: int) -> int:
    return 123456789 + 987654321 * i


def product(points: list[Point], scalars: list[int], sizes: Plan, *, backwards: bool = False) -> Point:
    given = to_limbs(v * RADIX % Q for p in points for v in p or ()).reshape(-1, 2, 8)

    def result(backend: Backend) -> Point:
        multiplication = Multiplication(backend, sizes)
        multiplication.apply(backend.upload(given), backend.upload(to_limbs(scalars)))
        return multiplication.result()

    guarded = GuardedBackend(backwards=backwards)
    out = result(guarded)
    assert guarded.untouched() and (CARD is None or result(CARD) == out)
    return out


def test_host_arithmetic_agrees_with_py_ecc() -> None:
    for k in (1, 2, 3, 12345, R - 1, R // 3):
        assert multiple(k) == tuple(int(v) for v in normalize(multiply(G1, k)))
    assert multiple(0) is None and multiple(R) is None
    assert add_affine(multiple(5), multiple(R - 5)) is None and add_affine(GENERATOR, GENERATOR) == multiple(2)


@needs_compiler
@pytest.mark.parametrize(
    ("n", "window", "backwards"),
    [(1, None, False), (2, 2, True), (5, 3, False), (64, 4, True), (200, 7, False), (300, None, True)],
)
def test_uniform_scalars(n: int, window: int | None, backwards: bool) -> None:
    scalars = [int(k) for k in BN254_FR.random(np.random.default_rng(n), n)]
    got = product(list(some_points(n)), scalars, plan(n, window=window), backwards=backwards)
    assert got == multiple(sum(k * logarithm(i) for i, k in enumerate(scalars)))


@needs_compiler
@pytest.mark.parametrize("window", [2, 5, 8])
def test_extreme_scalars(window: int) -> None:
    half = 1 << (window - 1)
    scalars = [0, 1, 2, R - 1, R - 2, half, half + 1, half - 1, 2 * half - 1, 2 * half, (1 << 253) - 1, 1 << 253, 1 << 128]
    scalars += [sum(digit << window * w for w in range(250 // window)) for digit in (half, half + 1)]
    for k in scalars:
        assert product([GENERATOR], [k], plan(1, window=window)) == multiple(k)
    got = product(list(some_points(len(scalars))), scalars, plan(len(scalars), window=window))
    assert got == multiple(sum(k * logarithm(i) for i, k in enumerate(scalars)))


@needs_compiler
@pytest.mark.parametrize("backwards", [False, True])
def test_equal_and_opposite_points_meet_in_a_bucket(backwards: bool) -> None:
    a, b = multiple(7), multiple(11)
    minus_a = multiple(R - 7)
    points = [a, a, a, minus_a, b, minus_a, minus_a, a, b, b]
    scalars = [5, 5, 5, 5, 5, 5, 5, 6, 9, R - 9]
    expected = sum(k * {a: 7, minus_a: R - 7, b: 11}[p] for p, k in zip(points, scalars, strict=True))
    assert product(points, scalars, plan(len(points), window=4), backwards=backwards) == multiple(expected)
    assert product([a, minus_a], [3, 3], plan(2, window=4)) is None
    assert product([a, b], [0, 0], plan(2, window=4)) is None


@needs_compiler
@pytest.mark.parametrize("repeated", [1, 3, (1 << 20) - 5])
def test_heavy_buckets_are_cut_and_joined(repeated: int) -> None:
    n = 700
    scalars = [repeated] * n
    scalars[13], scalars[600] = 2, 77
    sizes = plan(n, sorted(bit_length_histogram(scalars).items()), window=5)
    assert sizes.longest < n // 8
    got = product(list(some_points(n)), scalars, sizes)
    assert got == multiple(sum(k * logarithm(i) for i, k in enumerate(scalars)))


@needs_compiler
@pytest.mark.parametrize(("lg_chunk", "longest"), [(0, 1), (3, 2), (6, 4), (7, 1024)])
def test_chunks_and_tasks_of_any_size(lg_chunk: int, longest: int) -> None:
    n = 40
    scalars = [int(k) % (1 << 40) for k in BN254_FR.random(np.random.default_rng(lg_chunk), n)]
    scalars[::3] = [129] * len(scalars[::3])
    sizes = replace(plan(n, [(40, n)], window=8), lg_chunk=lg_chunk, longest=longest)
    got = product(list(some_points(n)), scalars, sizes)
    assert got == multiple(sum(k * logarithm(i) for i, k in enumerate(scalars)))


@needs_compiler
def test_more_tasks_of_a_bucket_than_threads_of_a_block() -> None:
    n = 4500  # tasks of 32 points: 141
    points = list(some_points(50)) * (n // 50)
    got = product(points, [1] * n, plan(n, [(1, n)], window=2))
    assert got == multiple(n // 50 * sum(logarithm(i) for i in range(50)))


@needs_compiler
def test_a_scalar_too_long_for_the_plan_is_refused() -> None:
    with pytest.raises(InvalidInput, match="scalars: must have fewer than"):
        product([GENERATOR], [1 << 20], plan(1, [(8, 1)]))
    with pytest.raises(InvalidInput, match="scalars: must have fewer than"):
        product([GENERATOR], [(1 << 12) - 1], plan(1, [(8, 1)], window=4))  # 8 bits and a carry: three windows


@needs_compiler
def test_known_bases() -> None:
    backend, n = HostBackend(), 75
    bases = KnownBases(backend, n, np.random.default_rng(2))
    assert bases.wrong_point(backend, list(range(n))) is None
    scalars = random_limbs(np.random.default_rng(3), n, R)
    assert bases.sum(scalars) == multiple(sum(k * bases.logarithm(i) for i, k in enumerate(from_limbs(scalars))))
    bases.points[7, 1, 0] ^= np.uint32(1)
    assert bases.wrong_point(backend, list(range(n))) == 7


@needs_compiler
def test_a_case_runs_and_finds_a_wrong_value() -> None:
    smallest = next(cases(1 << 30))
    prepared = smallest.make(HostBackend(), np.random.default_rng(5))
    prepared.run(1)
    assert "known logarithms" in prepared.check()
    prepared.bases.right[3] += 1  # type: ignore[attr-defined]
    prepared.bases.wrong_point = lambda *_: None  # type: ignore[attr-defined]
    with pytest.raises(CheckFailed, match="full-width"):
        prepared.check()


@needs_compiler
@pytest.mark.slow
def test_a_larger_case() -> None:
    larger = next(c for c in cases(1 << 30) if c.n == 1 << 14)
    assert "known logarithms" in larger.make(HostBackend(backwards=True), np.random.default_rng(6)).check()


def test_witness_like_scalars_have_the_bit_lengths_that_the_cost_model_counts() -> None:
    scalars = witness_like(np.random.default_rng(8), random_limbs(np.random.default_rng(9), 20000, R))
    seen = bit_length_histogram(from_limbs(scalars))
    wide = sum(many for bits, many in seen.items() if bits > 64)
    for bits, many in histogram("mixture", 20000, 254).items():
        assert abs((wide if bits == 254 else seen[bits]) - many) < 6 * (many + 1) ** 0.5


def test_witness_cases_are_planned_for_fewer_digits() -> None:
    work = {(c.subject, c.n): c.work.wide_mads for c in cases(1 << 37)}
    for lg_n in (20, 22, 24):
        assert 3 < work["msm/bn254/g1", 1 << lg_n] / work["msm/bn254/g1/witness", 1 << lg_n] < 7


def test_plans() -> None:
    for lg_n in range(25):
        sizes = plan(1 << lg_n)
        assert sizes.window * sizes.windows > 254 and sizes.n * sizes.windows < 1 << 32
        assert sizes.chunks << sizes.lg_chunk == sizes.half and sizes.longest & (sizes.longest - 1) == 0
    assert plan(1 << 20, [(1, 1 << 20)]).windows == 1 and plan(8, [(0, 8)]).windows >= 1
    assert max(c.n for c in cases(1 << 37)) == 1 << 24 and not list(cases(1 << 10))


def test_refusals() -> None:
    for n in (0, (1 << 24) + 1):
        with pytest.raises(InvalidInput, match="n: must lie from 1"):
            plan(n)
    with pytest.raises(InvalidInput, match="window: must lie from 2 to 20"):
        plan(8, window=21)
    with pytest.raises(InvalidInput, match="points, scalars: must be 3"):
        Multiplication(HostBackend(), plan(3)).apply(np.zeros((2, 2, 8), np.uint32), np.zeros((3, 8), np.uint32))
