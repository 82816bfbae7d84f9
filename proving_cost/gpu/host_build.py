r"""Kernels on the host: the same sources, compiled by a C++ compiler against an emulation of blocks and threads.

A build is kept in the user's cache folder, under the hash of all sources and of the command, so that it is made once.
`HostBackend` then launches kernels as `backend.Backend` says, slowly and in one thread: it is for tests of what
kernels compute, not of how fast.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock
from typing import Any

from mechanisms.errors import MissingExtra, Refused

__all__ = ["FLAGS", "build", "compiler", "source_file", "source_folder", "source_hash", "sources"]

FLAGS = (
    "-std=c++17", "-O2", "-fPIC", "-shared", "-fvisibility=hidden",
    "-fno-gnu-unique",  # each library has an emulation of its own
    "-U_FORTIFY_SOURCE",  # fibres jump between stacks, which a fortified longjmp takes for an error
    "-Wall", "-Wno-unknown-pragmas", "-Wno-unused-function",
)  # fmt: skip
_INCLUDE = re.compile(rb'^#include "([\w.]+)"', re.MULTILINE)
_LOCK = Lock()


@functools.cache
def source_folder() -> Path:
    """The folder of the sources."""
    with as_file(files("proving_cost.gpu").joinpath("source")) as folder:
        return Path(folder)


def source_file(source: str) -> Path:
    """The file of a source: one of this package, or the path of another without its ending.

    Raises:
        Refused: There is no such file.
    """
    path = source_folder() / f"{source}.cu"
    if not path.is_file():
        raise Refused(f"source: must be one of {', '.join(sources())}; got {source!r}.")
    return path


def sources() -> tuple[str, ...]:
    """The sources with kernels, by name."""
    return tuple(sorted(path.stem for path in source_folder().glob("*.cu")))


def source_hash(source: str, *also: str) -> str:
    """SHA-256 of a source, of the headers that it includes and of more texts, such as a command.

    Arguments:
        source: Name of a `.cu` file without its ending.
        also: Anything else that a build depends on.
    """
    digest = hashlib.sha256()
    paths = [source_file(source)]
    for path in paths:  # grows
        content = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + content + b"\0")
        included = [source_folder() / name.decode() for name in _INCLUDE.findall(content)]
        paths += [header for header in included if header not in paths]
    for text in also:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def compiler() -> str | None:
    """The C++ compiler: `$CXX`, else `g++`; None where there is none."""
    return shutil.which(os.environ.get("CXX") or "g++")


@functools.cache
def build(source: str) -> ctypes.CDLL:
    """The library of a source's kernels, `launch_<kernel>` each; compiled if it was not before.

    Arguments:
        source: Name of a `.cu` file without its ending, e.g. `ntt`.

    Raises:
        MissingExtra: There is no C++ compiler.
        Refused: The compiler fails; the message has its first error.
    """
    command = compiler()
    if command is None:
        raise MissingExtra("kernels on the host need a C++ compiler; found no g++. Install one, or name one in CXX.")
    path = _cache_folder() / f"{Path(source).name}-{source_hash(source, command, *FLAGS)[:24]}.so"
    if not path.exists():
        _compile(command, source, path)
    return ctypes.CDLL(str(path))


def launch(
    source: str, kernel: str, grid: tuple[int, int], block: tuple[int, int], pointers: list[int], shared: int, backwards: bool
) -> None:
    """Run a kernel over a grid.

    Arguments:
        source: Name of a `.cu` file without its ending.
        kernel: Name of a kernel in it.
        grid: Blocks along x and y.
        block: Threads along x and y.
        pointers: Where each argument lies.
        shared: Bytes of dynamic shared memory.
        backwards: Blocks, and threads of a block, run from the last to the first.

    Raises:
        Refused: There is no such kernel; the block is larger than its bound; or not all threads reach a barrier.
        MissingExtra: As `build`.
    """
    library = build(source)
    entry = getattr(library, f"launch_{kernel}", None)
    if entry is None:
        raise Refused(f"kernel: {source}.cu has none that is called {kernel!r}.")
    pair, places = ctypes.c_uint32 * 2, (ctypes.c_void_p * len(pointers))(*pointers)
    with _LOCK:
        wrong = entry(pair(*grid), pair(*block), ctypes.c_uint64(shared), ctypes.c_int(backwards), places)
    if wrong == 1:
        raise Refused(f"block: kernel {kernel!r} takes fewer threads than {block[0] * block[1]}.")
    if wrong:
        raise Refused(f"kernel {kernel!r}: some threads returned while others wait at a barrier.")


def _cache_folder() -> Path:
    """A folder that can be written: the user's cache, else one for temporary files."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for folder in (Path(home) / "prover-markets", Path(tempfile.gettempdir()) / f"prover-markets-{os.getuid()}"):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if os.access(folder, os.W_OK) and folder.stat().st_uid == os.getuid():
            return folder
    raise Refused(f"cache: must be a folder that can be written; got {home!r}. Set XDG_CACHE_HOME.")


def _compile(command: str, source: str, path: Path) -> None:
    """Compile into a file of another name first: several processes may build at once, and one may be interrupted."""
    handle, part = tempfile.mkstemp(suffix=".so", dir=path.parent)
    os.close(handle)
    try:
        line = [command, *FLAGS, f"-I{source_folder()}", "-x", "c++", str(source_file(source)), "-o", part]
        done: Any = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode:
            errors = [text for text in done.stderr.splitlines() if "error" in text] or ["no reason given"]
            raise Refused(f"{source}.cu: {Path(command).name} cannot compile it: {errors[0]}")
        os.replace(part, path)
    finally:
        Path(part).unlink(missing_ok=True)
