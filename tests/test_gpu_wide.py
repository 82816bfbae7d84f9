"""Arithmetic of BN254 in the GPU sources, on the host, against Python integers and `py_ecc`."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from gpu_backends import BACKENDS, backend_called
from py_ecc.optimized_bn128 import G1, Z1, add, double, field_modulus, multiply, neg, normalize

from proving_cost.fields import BN254_FQ
from proving_cost.gpu import host_build
from proving_cost.gpu.backend import HostBackend
from proving_cost.gpu.cases import CheckFailed
from proving_cost.gpu.limbs import RADIX, from_limbs, random_limbs, to_limbs
from proving_cost.gpu.wide_check import OPERATIONS, check_arithmetic

needs_compiler = pytest.mark.skipif(host_build.compiler() is None, reason="no C++ compiler")
NAMES = [name for name in BACKENDS if name != "backwards"]  # nothing here has a barrier
P = BN254_FQ.modulus


@pytest.mark.parametrize("name", NAMES)
def test_arithmetic_agrees_with_integers(name: str) -> None:
    assert "integers" in check_arithmetic(backend_called(name), np.random.default_rng(1))


@needs_compiler
def test_a_planted_error_is_found() -> None:
    class Wrong(HostBackend):
        def download(self, buffer: np.ndarray) -> np.ndarray:
            out = super().download(buffer)
            out[-1, 7] ^= np.uint32(1)
            return out

    with pytest.raises(CheckFailed, match="mul of bn254_fr: wrong for"):
        check_arithmetic(Wrong(), np.random.default_rng(1))


def test_operations_are_numbered_as_in_the_source() -> None:
    text = (host_build.source_folder() / "wide_arithmetic.cu").read_text("utf-8")
    listed = re.findall(r"\w+", re.findall(r"enum Operation \{(.*?)\}", text, re.S)[0])
    assert all(listed[number] == name.split()[0].upper() for name, number, _ in OPERATIONS)
    assert {number for _, number, _ in OPERATIONS} == set(range(len(listed)))


def test_random_limbs_are_residues() -> None:
    modulus = (1 << 224) + 1  # the top limb of every second draw is that of the modulus
    values = from_limbs(random_limbs(np.random.default_rng(7), 200, modulus))
    assert len(set(values)) == 200 and max(values) < modulus


def xyzz(point: Any, rng: np.random.Generator) -> list[int]:
    """Loose Montgomery coordinates of a point, over a random denominator."""
    if point == Z1 or point[2] == 0:
        return [int.from_bytes(rng.bytes(31), "little") for _ in range(2)] + [0, 0]
    x, y = (int(v) for v in normalize(point))
    z = int.from_bytes(rng.bytes(40), "little") % P
    out = [x * z**2, y * z**3, z**2, z**3]
    return [v * RADIX % P + P * int(rng.integers(2)) for v in out]


def affine(values: list[int]) -> tuple[int, int] | None:
    """The point of loose Montgomery XYZZ coordinates, whose relation is checked."""
    assert all(v < 2 * P for v in values)
    x, y, zz, zzz = (v * pow(RADIX, -1, P) % P for v in values)
    if zz == 0:
        assert values[2] == 0  # not p
        return None
    assert pow(zz, 3, P) == zzz * zzz % P
    return x * pow(zz, -1, P) % P, y * pow(zzz, -1, P) % P


def plain(point: Any) -> tuple[int, int] | None:
    return None if point[2] == 0 else tuple(int(v) for v in normalize(point))  # type: ignore[return-value]


def pairs(rng: np.random.Generator) -> list[tuple[Any, Any]]:
    """Points to add: random, equal, opposite, the identity on either side."""
    some = [multiply(G1, int(k)) for k in rng.integers(1, 1 << 60, size=8)]
    out = [(a, b) for a in some for b in some]  # equal ones on the diagonal
    out += [(a, neg(a)) for a in some] + [(Z1, a) for a in some] + [(a, Z1) for a in some] + [(Z1, Z1)]
    return out


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mixed", [False, True], ids=["full", "mixed"])
def test_additions_of_points(mixed: bool, name: str) -> None:
    assert field_modulus == P
    rng = np.random.default_rng(11)
    cases = [(a, b) for a, b in pairs(rng) if not (mixed and b[2] == 0)]
    backend = backend_called(name)
    left = backend.upload(to_limbs(v for a, _ in cases for v in xyzz(a, rng)))
    if mixed:
        flat = [int(v) * RADIX % P for _, b in cases for v in normalize(b)]
    else:
        flat = [v for _, b in cases for v in xyzz(b, rng)]
    right = backend.upload(to_limbs(flat))
    n = len(cases)
    out = backend.empty((n, 4, 8), np.uint32)
    backend.launch("wide_arithmetic", "add_points", -(-n // 32), 32, (np.uint32(n), np.uint32(mixed), left, right, out))
    got = from_limbs(backend.download(out))
    for i, (a, b) in enumerate(cases):
        assert affine(got[4 * i : 4 * i + 4]) == plain(add(a, b)), i


@pytest.mark.parametrize("name", NAMES)
def test_doublings_and_affine_coordinates(name: str) -> None:
    rng = np.random.default_rng(13)
    points = [Z1, G1] + [multiply(G1, int(k)) for k in rng.integers(1, 1 << 60, size=6)]
    backend = backend_called(name)
    n = len(points)
    given = backend.upload(to_limbs(v for a in points for v in xyzz(a, rng)))
    twice, flat = backend.empty((n, 4, 8), np.uint32), backend.empty((n, 2, 8), np.uint32)
    backend.launch("wide_arithmetic", "double_points", 1, 32, (np.uint32(n), given, twice))
    backend.launch("wide_arithmetic", "affine_points", 1, 32, (np.uint32(n), given, flat))
    got, coordinates = from_limbs(backend.download(twice)), from_limbs(backend.download(flat))
    for i, a in enumerate(points):
        assert affine(got[4 * i : 4 * i + 4]) == plain(double(a))
        x, y = (int(v) * RADIX % P for v in normalize(a)) if a[2] else (0, 0)
        assert coordinates[2 * i : 2 * i + 2] == [x, y]

