"""Proving logs: which prover proved which block, and in how many seconds.

A log is a CSV file with at least the columns `block,gas_used,prover,proving_time_ms`, in any order; other
columns are ignored.  One row is one attempt.  A blank `proving_time_ms` means that the prover *failed to
prove* that block: such rows are kept and counted, because leaving them out would flatter a prover that fails
on hard blocks.  A pair (block, prover) without any row is a block that was *not attempted*.

How to read the numbers: `ProvingLog.seconds` has one row a block and one column a prover; it is NaN where the
prover failed (`failed` is True there) and where it did not try (`failed` is False there).
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput

__all__ = ["ProvingLog", "read_log"]

COLUMNS = ("block", "gas_used", "prover", "proving_time_ms")
_INTEGER = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST_MS = 1e12  # thirty years: anything above it is a slip of units
_LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProvingLog:
    """Proving times of some blocks by some provers.

    Arguments:
        blocks: Block numbers, ascending, shape `(blocks,)`.
        gas: Gas used by each block, shape `(blocks,)`.
        provers: Labels, in order of first appearance.
        seconds: Proving times in seconds, shape `(blocks, provers)`; NaN where there is none.
        failed: True where the log has a row with a blank time, shape `(blocks, provers)`.
        rows: Number of data rows read.
        sha256: Digest of the file, or empty for a log made in memory.

    Raises:
        InvalidInput: Shapes disagree, or a time is not positive.
    """

    blocks: tuple[int, ...]
    gas: NDArray[np.float64]
    provers: tuple[str, ...]
    seconds: NDArray[np.float64]
    failed: NDArray[np.bool_]
    rows: int
    sha256: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.blocks), len(self.provers))
        for name, kind in (("gas", np.float64), ("seconds", np.float64), ("failed", np.bool_)):
            array = np.array(getattr(self, name), dtype=kind)
            wanted = shape[:1] if name == "gas" else shape
            if array.shape != wanted:
                raise InvalidInput(
                    f"proving log: {name} must have the shape {wanted} (blocks, provers); got {array.shape}. "
                    "Give one row a block and one column a prover."
                )
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        known = self.seconds[~np.isnan(self.seconds)]
        if not (np.all(known > 0) and np.all(np.isfinite(known))):
            raise InvalidInput(
                "proving log: seconds must be positive and finite; mark failures by NaN and failed=True."
            )
        if np.any(self.failed & ~np.isnan(self.seconds)):
            raise InvalidInput(
                "proving log: a failed attempt must have no time; got both. Put NaN where failed is True."
            )

    @property
    def attempted(self) -> NDArray[np.bool_]:
        """Where the log has a row, shape `(blocks, provers)`."""
        return self.failed | ~np.isnan(self.seconds)

    def failures(self, prover: str) -> int:
        """Number of blocks on which `prover` tried and failed."""
        return int(self.failed[:, self.provers.index(prover)].sum())

    def __repr__(self) -> str:
        failures = int(self.failed.sum())
        return f"ProvingLog({len(self.blocks)} blocks, {len(self.provers)} provers, {failures} failures)"

    def __str__(self) -> str:
        wide = max((len(label) for label in self.provers), default=6)
        lines = [repr(self), f"{'prover':<{wide}}  proved  failed  absent  median s"]
        for j, label in enumerate(self.provers):
            times = self.seconds[:, j][~np.isnan(self.seconds[:, j])]
            median = f"{np.median(times):8.2f}" if times.size else "       -"
            absent = int((~self.attempted[:, j]).sum())
            lines.append(
                f"{label:<{wide}}  {times.size:6d}  {int(self.failed[:, j].sum()):6d}  {absent:6d}  {median}"
            )
        return "\n".join(lines)


def read_log(path: str | Path) -> ProvingLog:
    """Read a proving log; refuse it, naming line and column, if any row is wrong.

    Arguments:
        path: A CSV file in UTF-8 (a byte-order mark, CRLF line ends and quoted fields are fine).

    Returns:
        The log, blocks ascending and provers in order of first appearance.

    Raises:
        InvalidInput: One line that says what is wrong, at which line and column, and what to do.

    Notes:
        The whole file is held in memory, and time is linear in its rows; a million rows take a few seconds.
    """
    path = Path(path)
    text, digest = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    position: dict[str, int] | None = None
    width = 0
    gas: dict[int, tuple[int, int]] = {}
    times: dict[tuple[int, str], tuple[float | None, int]] = {}
    labels: dict[str, None] = {}
    rows = 0
    try:
        for fields in reader:
            line = reader.line_num
            if not any(field.strip() for field in fields):
                continue
            if position is None:
                position, width = _header(path, line, fields), len(fields)
                continue
            if len(fields) != width:
                raise InvalidInput(
                    f"{_name(path)}: line {line} must have {width} fields, as the header has; got "
                    f"{len(fields)}. "
                    "Write a failed proof as an empty field and quote any field that holds a comma."
                )
            rows += 1
            cell = {name: fields[index].strip() for name, index in position.items()}
            block = _integer(path, line, "block", cell["block"])
            used = _integer(path, line, "gas_used", cell["gas_used"])
            prover = _label(path, line, cell["prover"])
            time = _seconds(path, line, cell["proving_time_ms"])
            first_gas, first_line = gas.setdefault(block, (used, line))
            if first_gas != used:
                raise InvalidInput(
                    f"{_name(path)}: line {line}, column gas_used: block {block} must have one gas_used; got "
                    f"{used}, but "
                    f"line {first_line} says {first_gas}. Correct one of the two."
                )
            if (block, prover) in times:
                raise InvalidInput(
                    f"{_name(path)}: line {line}, columns block and prover: each pair must appear once; got "
                    f"block {block} "
                    f"and prover {prover!r} again after line {times[block, prover][1]}. Remove one of the "
                    "two rows."
                )
            times[block, prover] = (time, line)
            labels.setdefault(prover)
    except csv.Error as error:
        raise InvalidInput(
            f"{_name(path)}: line {max(reader.line_num, 1)} must be a CSV row; got one that cannot be split "
            f"({error}). "
            "Close every quote and save the file as plain CSV."
        ) from None
    if position is None:
        raise InvalidInput(
            f"{_name(path)}: the file must start with the header {','.join(COLUMNS)}; got an empty file. "
            "Check that it was written completely."
        )
    if not rows:
        raise InvalidInput(
            f"{_name(path)}: the file must have rows after its header; got none. Add one row an attempt."
        )
    return _assemble(gas, times, tuple(labels), rows, digest)


def _assemble(
    gas: dict[int, tuple[int, int]],
    times: dict[tuple[int, str], tuple[float | None, int]],
    provers: tuple[str, ...],
    rows: int,
    digest: str,
) -> ProvingLog:
    blocks = tuple(sorted(gas))
    row = {block: i for i, block in enumerate(blocks)}
    column = {prover: j for j, prover in enumerate(provers)}
    seconds = np.full((len(blocks), len(provers)), math.nan)
    failed = np.zeros(seconds.shape, dtype=np.bool_)
    for (block, prover), (time, _) in times.items():
        i, j = row[block], column[prover]
        if time is None:
            failed[i, j] = True
        else:
            seconds[i, j] = time
    used = np.array([gas[block][0] for block in blocks], dtype=np.float64)
    return ProvingLog(
        blocks=blocks, gas=used, provers=provers, seconds=seconds, failed=failed, rows=rows, sha256=digest
    )


def _name(path: Path) -> str:
    """The name of the file, fit for one line."""
    name = path.name or str(path)
    name = name if len(name) <= 60 else name[:57] + "..."
    return name if name.isprintable() else repr(name)


def _text(path: Path) -> tuple[str, str]:
    try:
        folder = path.is_dir()
        data = b"" if folder else path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable file name"
        raise InvalidInput(
            f"{_name(path)}: a proving log must be a readable file; got {reason!r}. Check the path."
        ) from None
    if folder:
        raise InvalidInput(
            f"{_name(path)}: a proving log must be a file; got a directory. Name the CSV file in it."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            f"{_name(path)}: line {line} must be UTF-8 text; got the byte 0x{data[error.start]:02x}. "
            "Save the log as CSV in UTF-8 (not a spreadsheet or an archive)."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidInput(
            f"{_name(path)}: line {line} must be text; got a NUL byte. Save the log as CSV in UTF-8."
        )
    return text, hashlib.sha256(data).hexdigest()


def _header(path: Path, line: int, fields: list[str]) -> dict[str, int]:
    names = [field.strip() for field in fields]
    for name in COLUMNS:
        if names.count(name) == 0:
            raise InvalidInput(
                f"{_name(path)}: line {line}: the header must have the column {name!r}; got "
                f"{_shown(','.join(names))}. "
                f"The columns needed are {','.join(COLUMNS)}."
            )
        if names.count(name) > 1:
            raise InvalidInput(
                f"{_name(path)}: line {line}: the header must have the column {name!r} once; "
                f"got it {names.count(name)} times. Rename the others."
            )
    return {name: names.index(name) for name in COLUMNS}


def _integer(path: Path, line: int, column: str, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise InvalidInput(
            f"{_name(path)}: line {line}, column {column}: must be a whole number, 0 or more, of at most 18 "
            "digits; "
            f"got {_shown(text)}. Write it in plain digits."
        )
    return int(text)


def _label(path: Path, line: int, text: str) -> str:
    if not text or len(text) > _LONGEST_LABEL or not text.isprintable():
        raise InvalidInput(
            f"{_name(path)}: line {line}, column prover: must be a printable label of 1 to {_LONGEST_LABEL} "
            "characters; "
            f"got {_shown(text)}. Name the prover configuration."
        )
    return text


def _seconds(path: Path, line: int, text: str) -> float | None:
    if not text:
        return None
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not 0 < value < _LONGEST_MS:
        raise InvalidInput(
            f"{_name(path)}: line {line}, column proving_time_ms: must be a positive number of milliseconds "
            "below "
            f"{_LONGEST_MS:g}, or blank where the prover failed; got {_shown(text)}. Leave it blank for a "
            "failure."
        )
    return value / 1e3


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
