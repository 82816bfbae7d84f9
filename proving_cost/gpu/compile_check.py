r"""What the compiler for cards makes of the kernels, where there is one: registers, spills, shared memory.

`nvcc` needs no card. Registers bound how many threads a multiprocessor holds; spilled ones and arrays that threads
keep in memory (`stack_bytes`) slow a kernel down by far more than that.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mechanisms.errors import MissingExtra, Refused
from proving_cost.gpu.host_build import source_file, source_folder

__all__ = ["ARCHITECTURE", "KernelResources", "check", "device_compiler"]

ARCHITECTURE = "sm_90"
_ENTRY = re.compile(r"Compiling entry function '(\w+)' for")
_NUMBERS = {
    "registers": re.compile(r"Used (\d+) registers"),
    "spill_bytes": re.compile(r"(\d+) bytes spill stores"),
    "stack_bytes": re.compile(r"(\d+) bytes stack frame"),
    "shared_bytes": re.compile(r"(\d+) bytes smem"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelResources:
    """What a kernel takes.

    Attributes:
        registers: Of a thread.
        spill_bytes: Registers that did not fit, stored in memory, of a thread.
        stack_bytes: Memory of a thread.
        shared_bytes: Shared memory of a block, without what is asked for at the launch.
    """

    registers: int
    spill_bytes: int
    stack_bytes: int
    shared_bytes: int


def device_compiler() -> str | None:
    """`nvcc`, or None where there is none."""
    return shutil.which("nvcc")


def check(source: str, architecture: str = ARCHITECTURE) -> Mapping[str, KernelResources]:
    """Compile a source for a card and report on its kernels.

    Arguments:
        source: Name of a `.cu` file without its ending.
        architecture: As nvcc calls it; `sm_90` is H100 and H200.

    Raises:
        MissingExtra: There is no `nvcc`.
        Refused: It fails; the message has its first error.
    """
    command = device_compiler()
    if command is None:
        raise MissingExtra("the check of kernels for a card needs nvcc; found none. Install the CUDA toolkit.")
    with tempfile.TemporaryDirectory() as folder:
        line = [
            command, "-std=c++17", f"-arch={architecture}", "-cubin", "-Xptxas", "-v", f"-I{source_folder()}",
            "-o", str(Path(folder) / "out.cubin"), str(source_file(source)),
        ]  # fmt: skip
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [text for text in done.stderr.splitlines() if "error" in text] or ["no reason given"]
        raise Refused(f"{source}.cu: nvcc cannot compile it: {errors[0]}")
    return _parsed(done.stderr)


def _parsed(report: str) -> Mapping[str, KernelResources]:
    """The report of ptxas: the lines after the name of a kernel are about it."""
    found: dict[str, dict[str, int]] = {}
    numbers: dict[str, int] = {}
    for line in report.splitlines():
        entry = _ENTRY.search(line)
        if entry:
            numbers = found.setdefault(entry[1], dict.fromkeys(_NUMBERS, 0))
        for key, pattern in _NUMBERS.items():
            number = pattern.search(line)
            if number and key in numbers:
                numbers[key] = int(number[1])
    return {kernel: KernelResources(**values) for kernel, values in found.items()}
