"""What the suite says where it cannot run: each reason in one line; and how kernels reach a card."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from gpu_cases import CompileFailure, DriverFailure, FakeCuda, NoMemory, RuntimeFailure
from strict_cupy import strict_cupy

from mechanisms.errors import MarketError, MissingExtra, Refused
from proving_cost.gpu import host_build
from proving_cost.gpu.__main__ import main
from proving_cost.gpu.backend import ByValue
from proving_cost.gpu.card import INSTALL, CardLost, CupyBackend
from proving_cost.gpu.card_facts import CardFacts, hardware_of
from proving_cost.gpu.plan import planned
from proving_cost.gpu.timing import time_kernel
from workbench import program

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def no_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)


def with_cupy(monkeypatch: pytest.MonkeyPatch, cuda: FakeCuda) -> None:
    monkeypatch.setitem(sys.modules, "cupy", cuda.module())


def reason(act: Callable[[], object], kind: type[MarketError]) -> str:
    """The one line of a failure."""
    with pytest.raises(kind) as caught:
        act()
    assert type(caught.value) is kind
    text = str(caught.value)
    assert "\n" not in text and text.isprintable()
    return text


def test_without_cupy_there_is_the_install_command(no_cupy: None) -> None:
    text = reason(CupyBackend, MissingExtra)
    assert text == "kernels on a card need CuPy. Install it: pip install 'prover-markets[gpu]'"
    extra = (ROOT / "pyproject.toml").read_text("utf-8").partition("\ngpu = [")[2].partition("\n]")[0]
    assert "cupy-cuda13x" in extra and "nvidia-ml-py" in extra


@pytest.mark.parametrize(
    ("cuda", "said"),
    [
        (FakeCuda(driver=0, counting=RuntimeFailure(35, "cudaErrorInsufficientDriver: ...")), "card: found none"),
        (FakeCuda(counting=RuntimeFailure(100, "cudaErrorNoDevice: no CUDA-capable device")), "card: found none"),
        (FakeCuda(cards=0), "card: found none"),
        (FakeCuda(driver=12040, counting=RuntimeFailure(35, "...")), "driver: must take CUDA 13 for this CuPy; it takes 12.4."),
        (FakeCuda(driver=12080), "pip install cupy-cuda12x"),
        (FakeCuda(counting=RuntimeFailure(46, "cudaErrorDevicesUnavailable:\nbusy")), "card: cannot be used: cudaErrorDevices"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused(monkeypatch: pytest.MonkeyPatch, cuda: FakeCuda, said: str) -> None:
    with_cupy(monkeypatch, cuda)
    assert said in reason(CupyBackend, Refused)


def fails(wrong: BaseException) -> Callable[..., object]:
    def act(*_: object, **__: object) -> object:
        raise wrong

    return act


def launched(function: Callable[[str], object], monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    with_cupy(monkeypatch, FakeCuda(function=function))
    backend = CupyBackend()
    return lambda: backend.launch("calibration", "empty", 1, 32, (np.uint32(1),))


def test_failures_of_kernels_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_log = CompileFailure("x.cu(3): warning: unused\nx.cu(7): error: identifier \"y\" is undefined\n2 errors")
    act = launched(fails(compile_log), monkeypatch)
    assert reason(act, Refused).startswith('calibration.cu: NVRTC cannot compile it: x.cu(7): error: identifier "y"')
    act = launched(fails(DriverFailure(222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION: ...")), monkeypatch)
    assert reason(act, Refused).startswith("driver: does not take what NVRTC 13.5 makes")
    act = launched(fails(DriverFailure(500, "CUDA_ERROR_NOT_FOUND: named symbol not found")), monkeypatch)
    assert "calibration.cu: cannot be loaded on this card: CUDA_ERROR_NOT_FOUND" in reason(act, Refused)
    act = launched(lambda name: fails(DriverFailure(700, "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal address\nmore")), monkeypatch)
    assert reason(act, CardLost).startswith("the card failed: CUDA_ERROR_ILLEGAL_ADDRESS: an illegal address. Run again")
    act = launched(lambda name: fails(DriverFailure(701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES: too many")), monkeypatch)
    assert reason(act, Refused).startswith("launch: the card does not take it: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES")


def test_without_a_compiler_there_is_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cupy(monkeypatch, FakeCuda(compiler=fails(RuntimeError('Failure finding "libnvrtc.so.13": No such file\n'))))  # type: ignore[arg-type]
    text = reason(CupyBackend, MissingExtra)
    assert text == f'kernels on a card need NVRTC: Failure finding "libnvrtc.so.13": No such file. Install it: {INSTALL}'


def test_short_memory_says_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = FakeCuda()
    with_cupy(monkeypatch, cuda)
    backend = CupyBackend()
    monkeypatch.setattr(backend.cupy, "empty", fails(NoMemory("Out of memory allocating 10 bytes")))
    text = reason(lambda: backend.empty((3 << 30,), np.uint32), Refused)
    assert text.startswith("memory: the card has 7.2 GiB left for a case; 12.0 GiB more were asked for. Take a smaller size")


def test_a_launch_passes_structures_by_value_and_compiles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    made: list[dict[str, str]] = []
    with_cupy(monkeypatch, FakeCuda())
    backend = CupyBackend()

    def module(**given: str) -> object:
        made.append(given)

        class Module:
            def get_function(self, name: str) -> Callable[..., None]:
                return lambda grid, block, args, shared_mem: seen.append((grid, block, args, shared_mem))

        return Module()

    monkeypatch.setattr(backend.cupy, "RawModule", module)
    structure = np.arange(4, dtype=np.uint32)
    for _ in range(2):
        backend.launch("calibration", "copy", (3, 2), 64, (ByValue(structure), np.uint64(5)), shared=16)
    assert len(made) == 1 and len(seen) == 2
    grid, block, (by_value, five), shared = seen[0]  # type: ignore[misc]
    assert (grid, block, five, shared) == ((3, 2), (64, 1), np.uint64(5), 16)
    assert by_value[0] == "by value" and np.array_equal(by_value[1], structure)
    code = made[0]["code"]
    assert code.startswith(f"// {host_build.source_hash('calibration')}\n#line 1\n")  # a changed header is another text
    assert "--std=c++17" in made[0]["options"] and made[0]["backend"] == "nvrtc"


def test_the_facts_of_a_card_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cupy(monkeypatch, FakeCuda())
    facts = CardFacts.of(CupyBackend())
    assert facts == CardFacts(
        name="NVIDIA H200", multiprocessors=132, memory_bytes=141 << 30, capability="9.0", bus_id="0000:01:00.0",
        versions={"cupy": "14.2.0", "nvrtc": "13.5", "cuda": "13.2", "cuda of the driver": "13.0"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "multiprocessors", "hardware"),
    [
        ("NVIDIA H200", 132, "H200"),
        ("NVIDIA H100 80GB HBM3", 132, "H100"),
        ("NVIDIA H100 PCIe", 114, "H100 PCIe"),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", 16, "H100 80GB HBM3 MIG 1g.10gb"),
        ("NVIDIA GeForce RTX 4090", 128, "RTX 4090"),
        ("NVIDIA GeForce RTX 3090", 82, "RTX 3090"),
        ("NVIDIA GeForce RTX 3090 Ti", 84, "RTX 3090 Ti"),
        ("NVIDIA A100-SXM4-80GB", 108, "A100 80GB"),
        ("NVIDIA L40S", 142, "L40S"),
        ("Tesla T4", 40, "T4"),
        ("Graphics Device", 1, "Graphics Device"),
    ],
)
def test_a_card_is_found_in_the_price_table(name: str, multiprocessors: int, hardware: str) -> None:
    assert hardware_of(CardFacts(name=name, multiprocessors=multiprocessors, memory_bytes=1)) == hardware


def test_the_command_lines_end_in_one_line(no_cupy: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--only", "ntt/*"], ["--seed", "3", "--output", str(tmp_path)]):
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert not said.out and said.err == f"proving_cost.gpu: kernels on a card need CuPy. Install it: {INSTALL}\n"
    for arguments, text in ((["--only", "none/*"], "leave no case"), (["--seed", "-1"], "--seed: must be 0 or more")):
        assert main(arguments) == 2
        assert text in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    run = CliRunner().invoke(program, ["cost", "--calibrate-gpu", "--output", str(tmp_path / "x.json")])
    assert run.exit_code == 2 and run.stderr == f"prover-markets: kernels on a card need CuPy. Install it: {INSTALL}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--calibrate-gpu", "--hardware", "h200"], "--hardware must be left out with --calibrate-gpu"),
        (["--calibrate-gpu", "--calibrate"], "must be alone"),
        (["--calibrate-gpu", "--seconds", "0"], "seconds: must be above 0"),
        (["--calibrate-gpu", "--output", "none/x.json"], "--output must name a file in a folder that exists"),
    ],
)
def test_the_mode_is_alone(arguments: list[str], said: str) -> None:
    run = CliRunner().invoke(program, ["cost", *arguments])
    assert run.exit_code == 2 and said in run.stderr and len(run.stderr.splitlines()) == 1


def test_the_cases_are_listed_without_a_card(no_cupy: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--only", "msm/*", "--skip", "* 2^24"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("msm/bn254/g1 2^22") and all(re.search(r"\d GiB$", line) for line in lines)
    assert not any("2^24" in line for line in lines)


def test_the_makefile_has_the_target() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r'^gpu: setup\n\t.*\[gpu\].* -m proving_cost\.gpu', text, re.MULTILINE)
    assert " gpu " in next(line for line in text.splitlines() if line.startswith(".PHONY"))


@pytest.mark.skipif(host_build.compiler() is None, reason="there is no C++ compiler")
@pytest.mark.parametrize("label", ["ntt/babybear 2^10", "fri_fold/goldilocks^2/8 2^12", "hash/poseidon2/babybear/16 2^10"])
def test_kernels_reach_a_card_as_cupy_wants_it(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    monkeypatch.setitem(sys.modules, "cupy", strict_cupy())
    backend = CupyBackend()
    [case] = [c for c in planned(1 << 62) if c.label == label]
    prepared = case.make(backend, np.random.default_rng(3))
    assert prepared.check()
    backend.before_timing()
    assert time_kernel(backend, prepared, 0.0).seconds == 1e-3
    backend.release()
