"""The emulation of blocks and threads, its errors, and the check by the compiler for cards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mechanisms.errors import InvalidInput, MissingExtra, Refused
from proving_cost.gpu import compile_check, host_build
from proving_cost.gpu.backend import ByValue, HostBackend

needs_compiler = pytest.mark.skipif(host_build.compiler() is None, reason="there is no C++ compiler")
needs_nvcc = pytest.mark.skipif(compile_check.device_compiler() is None, reason="there is no nvcc")

TRIAL = """
#include "platform.cuh"

struct Terms { u32 at[4]; };

KERNEL(reversed_tiles, 64, 1, (const u32* in, u32* out, u64 last, BY_VALUE Terms terms)) {
    DYNAMIC_SHARED(u32, tile);
    tile[threadIdx.x] = in[global_thread()];
    barrier();
    out[global_thread()] = tile[blockDim.x - 1 - threadIdx.x] + terms.at[blockIdx.x & 3];
    if (threadIdx.x == 0) atomicAdd(out + last, 1u);
}

KERNEL(no_barrier, 64, 1, (const u32* in, u32* out)) {
    SHARED u32 tile[64];
    tile[threadIdx.x] = in[threadIdx.x];
    out[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

KERNEL(early_return, 64, 1, (u32* out)) {
    if (threadIdx.x == 5) return;
    barrier();
    out[threadIdx.x] = 1;
}

KERNEL(two_dimensions, 64, 1, (u32* out)) {
    u32 x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    out[y * gridDim.x * blockDim.x + x] = 1000 * y + x;
}
"""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("source") / "trial.cu"
    path.write_text(TRIAL, "utf-8")
    return str(path.with_suffix(""))


@needs_compiler
@pytest.mark.parametrize("backwards", [False, True])
def test_blocks_threads_and_arguments(trial: str, backwards: bool) -> None:
    backend = HostBackend(backwards=backwards)
    values = np.arange(5 * 64, dtype=np.uint32)
    out = backend.empty(5 * 64 + 1, np.uint32)
    out[-1] = 0
    terms = ByValue(np.array([10, 20, 30, 40], dtype=np.uint32))
    backend.launch(trial, "reversed_tiles", 5, 64, (backend.upload(values), out, np.uint64(320), terms), shared=256)
    assert np.array_equal(out[:-1].reshape(5, 64), values.reshape(5, 64)[:, ::-1] + np.array([[10], [20], [30], [40], [10]]))
    assert out[-1] == 5
    plane = backend.empty((6, 8), np.uint32)
    backend.launch(trial, "two_dimensions", (2, 3), (4, 2), (plane,))
    assert np.array_equal(plane, np.arange(6)[:, None] * 1000 + np.arange(8))


@needs_compiler
def test_a_missing_barrier_shows(trial: str) -> None:
    values = np.arange(1, 65, dtype=np.uint32)
    for backwards in (False, True):
        backend = HostBackend(backwards=backwards)
        out = backend.empty(64, np.uint32)
        backend.launch(trial, "no_barrier", 1, 64, (backend.upload(values if backwards else values[::-1]), out))
        assert not np.array_equal(out, values[::-1] if backwards else values)


@needs_compiler
def test_launches_that_are_refused(trial: str) -> None:
    backend = HostBackend()
    out = backend.empty((64, 2), np.uint32)
    with pytest.raises(Refused, match=r"kernel: .*trial.cu has none that is called 'other'"):
        backend.launch(trial, "other", 1, 1, (out,))
    with pytest.raises(Refused, match="some threads returned while others wait at a barrier"):
        backend.launch(trial, "early_return", 1, 64, (out,))
    with pytest.raises(Refused, match="block: kernel 'early_return' takes fewer threads than 65"):
        backend.launch(trial, "early_return", 1, 65, (out,))
    with pytest.raises(InvalidInput, match=r"args\[0\] of 'early_return': must be a buffer or a numpy scalar; got 3"):
        backend.launch(trial, "early_return", 1, 64, (3,))
    with pytest.raises(InvalidInput, match="must be contiguous"):
        backend.launch(trial, "early_return", 1, 64, (out[:, 0],))
    with pytest.raises(Refused, match=r"source: must be one of .*folding.*; got 'none'"):
        backend.launch("none", "early_return", 1, 64, (out,))
    backend.launch(trial, "early_return", 1, 4, (out,))  # and it still works after a refusal
    assert (out.reshape(-1)[:4] == 1).all()


@needs_compiler
def test_a_source_that_does_not_compile(tmp_path: Path) -> None:
    (tmp_path / "wrong.cu").write_text("KERNEL", "utf-8")
    with pytest.raises(Refused, match=r"wrong.cu: .* cannot compile it: .*error"):
        host_build.build(str(tmp_path / "wrong"))


def test_without_compilers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    (tmp_path / "a.cu").write_text("", "utf-8")
    with pytest.raises(MissingExtra, match=r"need a C\+\+ compiler; found no g\+\+"):
        host_build.build(str(tmp_path / "a"))
    with pytest.raises(MissingExtra, match="needs nvcc; found none"):
        compile_check.check("folding")


def test_the_report_of_ptxas_is_read() -> None:
    report = """ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'one' for 'sm_90'
ptxas info    : Function properties for one
    64 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads
ptxas info    : Used 38 registers, used 1 barriers, 64 bytes cumulative stack size, 1024 bytes smem
ptxas info    : Compiling entry function 'two' for 'sm_90'
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 10 registers, used 0 barriers
"""
    one = compile_check.KernelResources(registers=38, spill_bytes=8, stack_bytes=64, shared_bytes=1024)
    two = compile_check.KernelResources(registers=10, spill_bytes=0, stack_bytes=0, shared_bytes=0)
    assert compile_check._parsed(report) == {"one": one, "two": two}


@needs_nvcc
@pytest.mark.slow
@pytest.mark.parametrize("source", host_build.sources())
def test_kernels_compile_for_a_card_without_spills(source: str) -> None:
    resources = compile_check.check(source)
    assert resources
    for kernel, r in resources.items():
        assert (r.spill_bytes, r.stack_bytes) == (0, 0), (kernel, r)
