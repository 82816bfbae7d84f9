"""The cases of the suite for narrow fields: small ones run and agree in the emulation, and a wrong word is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from proving_cost.gpu import folding, hashing, host_build, narrow_transform
from proving_cost.gpu.backend import HostBackend
from proving_cost.gpu.cases import Case, CheckFailed

needs_compiler = pytest.mark.skipif(host_build.compiler() is None, reason="there is no C++ compiler")
MODULES = (narrow_transform, hashing, folding)
LIMIT = 2 << 20


def small(most: int) -> list[Case]:
    """The smallest case of each subject of each module, and the next few."""
    found: dict[str, list[Case]] = {}
    for module in MODULES:
        for one in module.cases(1 << 40):
            found.setdefault(one.subject, []).append(one)
    return [one for cases in found.values() for one in sorted(cases, key=lambda c: c.n)[:most]]


class Faulty(HostBackend):
    """Changes one word of what is downloaded the k-th time."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.left = k

    def download(self, buffer: Any) -> np.ndarray:
        out = super().download(buffer)
        if self.left == 0:
            out.reshape(-1)[0] ^= 1
        self.left -= 1
        return out


@needs_compiler
@pytest.mark.parametrize("one", small(1), ids=lambda c: c.label)
def test_smallest_cases_run_and_agree(one: Case) -> None:
    prepared = one.make(HostBackend(), np.random.default_rng(1))
    assert prepared.sets >= 2
    prepared.run(prepared.sets - 1)
    assert "CPU" in prepared.check()


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("one", [c for c in small(2) if c.n > 1 << 12 and c.n < 1 << 18], ids=lambda c: c.label)
def test_larger_cases_agree(one: Case) -> None:
    assert one.make(HostBackend(), np.random.default_rng(2)).check()


@needs_compiler
def test_long_tables_and_large_transforms_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "CPU_LARGEST", 6)
    monkeypatch.setattr(narrow_transform, "CPU_LARGEST", 9)
    for one in small(1):
        if one.subject.startswith("sumcheck"):
            assert "repeated with random factors" in one.make(HostBackend(), np.random.default_rng(3)).check()
        if one.subject.startswith("ntt"):
            assert "the sums for 2 values" in one.make(HostBackend(), np.random.default_rng(3)).check()


@needs_compiler
@pytest.mark.parametrize(
    "subject", ["ntt/babybear", "hash/poseidon2/goldilocks/12", "fri_fold/goldilocks^2/8", "sumcheck/babybear^4/3"]
)
def test_a_wrong_word_is_found(subject: str) -> None:
    one = next(c for c in small(1) if c.subject == subject)
    for k in range(2 if subject.split("/")[0] in ("ntt", "sumcheck") else 1):
        with pytest.raises(CheckFailed, match=r"^\S+ (2\^)?\d+: \d+ of \d+ words of .* are wrong, the first at 0"):
            one.make(Faulty(k), np.random.default_rng(4)).check()


@needs_compiler
def test_unwritten_words_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    one = next(c for c in small(1) if c.subject == "hash/poseidon2/babybear/16")
    prepared = one.make(HostBackend(), np.random.default_rng(4))
    monkeypatch.setattr(HostBackend, "launch", lambda *args, **more: None)
    with pytest.raises(CheckFailed, match="words were not written"):
        prepared.check()


def test_cases_keep_to_the_memory() -> None:
    for module in MODULES:
        everything = list(module.cases(1 << 40))
        kept = list(module.cases(LIMIT))
        assert 0 < len(kept) < len(everything)
        assert all(one.device_bytes <= LIMIT for one in kept)
        for one in everything:
            assert one.work.instructions > 0 and one.bytes_moved > 0 and one.device_bytes > 0
