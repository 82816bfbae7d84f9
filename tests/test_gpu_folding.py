"""The fold of FRI and rounds of sumcheck by the GPU kernels, in the emulation, against the kernels of the processor."""

from __future__ import annotations

import numpy as np
import pytest
from gpu_backends import BACKENDS, backend_called

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import EXTENSION_FIELDS
from proving_cost.gpu.backend import HostBackend
from proving_cost.gpu.folding import ARITIES, FACTORS, KERNELS, FriFolding, SumcheckRound
from proving_cost.gpu.narrow_transform import word
from proving_cost.kernels.fri_fold import fri_fold
from proving_cost.kernels.sumcheck import sumcheck_round


@pytest.mark.parametrize("called", BACKENDS)
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("arity", ARITIES)
def test_fri_folds(called: str, name: str, arity: int) -> None:
    f, rng, backend = EXTENSION_FIELDS[name], np.random.default_rng(arity), backend_called(called)
    for size in (arity, 2 * arity, 1 << 11):
        codeword, challenge = f.random(rng, size), f.random(rng, ())
        shift = int(rng.integers(2, 1 << 30))
        folded = backend.empty((size // arity, f.degree), word(f.base))
        FriFolding(backend, name, size, arity, shift).apply(backend.upload(codeword.astype(word(f.base))), folded, challenge)
        expected = fri_fold(Arithmetic(f), codeword, challenge, shift=shift, arity=arity)
        assert np.array_equal(backend.download(folded), expected)


@pytest.mark.parametrize("called", BACKENDS)
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("factors", FACTORS)
def test_sumcheck_rounds(called: str, name: str, factors: int) -> None:
    f, rng, backend = EXTENSION_FIELDS[name], np.random.default_rng(factors), backend_called(called)
    for size in (2, 64, 1 << 12):
        tables, challenge = f.random(rng, (factors, size)), f.random(rng, ())
        tables[0, :2] = f.base.modulus - 1
        messages = []

        def respond(message: np.ndarray, kept: list[np.ndarray] = messages, answer: np.ndarray = challenge) -> np.ndarray:
            kept.append(message)
            return answer

        _, expected = sumcheck_round(Arithmetic(f), tables, respond)
        sumcheck = SumcheckRound(backend, name, size, factors)
        uploaded = backend.upload(tables.astype(word(f.base)))
        message = backend.empty((factors, f.degree), word(f.base))
        folded = backend.empty((factors, size // 2, f.degree), word(f.base))
        sumcheck.sums(uploaded, message)
        sumcheck.fold(uploaded, folded, challenge)
        assert np.array_equal(backend.download(message), messages[0])
        assert np.array_equal(backend.download(folded), expected)


def test_refusals() -> None:
    backend = HostBackend()
    with pytest.raises(InvalidInput, match=r"field: must be one of babybear\^4, goldilocks\^2; got 'goldilocks'"):
        FriFolding(backend, "goldilocks", 16, 2, 7)
    with pytest.raises(InvalidInput, match="arity: must be one of 2, 4, 8, 16, at most 8; got 16"):
        FriFolding(backend, "goldilocks^2", 8, 16, 7)
    with pytest.raises(InvalidInput, match="shift: must be a nonzero element"):
        FriFolding(backend, "goldilocks^2", 8, 2, 0)
    with pytest.raises(InvalidInput, match="size: must be a power of two"):
        FriFolding(backend, "goldilocks^2", 24, 2, 7)
    with pytest.raises(InvalidInput, match="factors: must be one of 2, 3; got 4"):
        SumcheckRound(backend, "goldilocks^2", 8, 4)
    with pytest.raises(InvalidInput, match="size: must be a power of two, 2 or more; got 1"):
        SumcheckRound(backend, "goldilocks^2", 1, 2)
