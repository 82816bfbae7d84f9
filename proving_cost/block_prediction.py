r"""Proving seconds of a block from its cycles: fitted on some blocks, judged on later ones.

A zkVM executes a block in a number of cycles, cuts the execution into segments, proves each and aggregates, so

$$ \text{seconds} = a + b \cdot \text{cycles} , $$

with $a$ what a block costs whatever is in it and $b$ the proving of a segment over its cycles.  Cycles are known
after execution, seconds before anybody proves: that is what the prediction is for.  Two baselines say whether
cycles are worth having: `gas` ($a + b \cdot$ gas) and `constant` (the median).  All are fitted alike (`seconds_fit`)
on the first blocks by number, and tested on the rest; the split is by block, so no block is on both sides.

How to read the numbers.  An error is $|\ln(\text{predicted}/\text{proved})|$: 0.1 is about 10 %.  Cycles and seconds
may come from different versions of a prover; labels are matched by client and zkVM name without their versions
(`reth-v1.11.0/zisk-v0.16.1` is `reth/zisk`), and $b$ absorbs a constant ratio between versions, not a change of
what is slow.  A failed proof has no seconds, so blocks on which the prover failed are in neither side: errors are
of blocks that it can prove.  Cycles of 0 mean "not reported", and are left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.log import ProvingLog, read_log
from proving_cost.seconds_fit import fit_seconds

__all__ = ["BlockPrediction", "CycleLog", "ModelError", "ProverPrediction", "predict_blocks", "prover_family", "read_cycles"]

COLUMNS = ("block", "gas_used", "prover", "total_cycles")
MODELS = ("cycles", "gas", "constant")
FEWEST_BLOCKS = 5  # on each side of the split, for a 90th percentile to mean anything
_WHOLE = re.compile(r"[0-9]{1,18}")
_VERSION = re.compile(r"-(v[0-9][0-9A-Za-z.+-]*|[0-9a-f]{7,40})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleLog:
    """Cycles of blocks.

    Arguments:
        cycles: By (prover, block); those not reported (0 or blank) are absent.
        gas: By block.
        provers: Labels, in order of first appearance.
        unreported: Number of rows without cycles.
    """

    cycles: Mapping[tuple[str, int], int]
    gas: Mapping[int, int]
    provers: tuple[str, ...]
    unreported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelError:
    """Median and 90th percentile of the absolute log error."""

    median: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProverPrediction:
    """A prover's fit and errors.

    Arguments:
        prover: Label in the proving log.
        cycles_of: Label in the cycle log.
        a_seconds: Seconds of a block without cycles.
        b_seconds_per_gcycle: Seconds for each further 10^9 cycles.
        train_blocks: Blocks fitted.
        test_blocks: Blocks tested.
        train: Errors by model (`cycles`, `gas`, `constant`) on the blocks fitted.
        test: The same on the blocks tested.
    """

    prover: str
    cycles_of: str
    a_seconds: float
    b_seconds_per_gcycle: float
    train_blocks: int
    test_blocks: int
    train: Mapping[str, ModelError]
    test: Mapping[str, ModelError]

    def seconds(self, cycles: float) -> float:
        """Predicted seconds of a block."""
        return self.a_seconds + self.b_seconds_per_gcycle * cycles / 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPrediction:
    """Predictions for all provers that have both seconds and cycles.

    Arguments:
        first_test_block: Blocks below are fitted, this and later ones tested.
        provers: One prediction each.
        left_out: Provers of the proving log without a prediction, each with the reason.
    """

    first_test_block: int
    provers: tuple[ProverPrediction, ...]
    left_out: Mapping[str, str]

    def __str__(self) -> str:
        wide = max((len(p.prover) for p in self.provers), default=6)
        head = f"|ln(predicted/proved)|, median (90th percentile); tested from block {self.first_test_block} on"
        columns = "".join(f"  {f'{side} {model}':>17}" for side in ("train", "test") for model in MODELS)
        lines = [head, f"{'prover':<{wide}}  fit+test  {'a s':>7}  {'s/Gcycle':>8}{columns}"]
        for p in self.provers:
            errors = "".join(f"  {side[m].median:8.3f} ({side[m].p90:.3f})" for side in (p.train, p.test) for m in MODELS)
            lines.append(
                f"{p.prover:<{wide}}  {p.train_blocks:3d}+{p.test_blocks:<4d}  {p.a_seconds:7.2f}  "
                f"{p.b_seconds_per_gcycle:8.2f}{errors}"
            )
        return "\n".join([*lines, *(f"left out: {name}: {reason}" for name, reason in self.left_out.items())])


def prover_family(label: str) -> str:
    """Client and zkVM without versions or commits.

    Example:
        >>> prover_family("ethrex-33695e2/zisk-v0.16.1"), prover_family("reth/sp1-v5.2.1")
        ('ethrex/zisk', 'reth/sp1')
    """
    return "/".join(_VERSION.sub("", part) for part in label.split("/"))


def read_cycles(path: str | Path) -> CycleLog:
    """Read a log of cycles with the columns block, gas_used, prover, total_cycles.

    Raises:
        InvalidInput: One line with the row and column at fault.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text, or no usable file name"
        raise InvalidInput(f"{path.name}: a cycle log must be a readable UTF-8 file; got {reason!r}. Check the path.") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    position: dict[str, int] = {}
    width = unreported = 0
    cycles: dict[tuple[str, int], int] = {}
    seen: dict[tuple[str, int], int] = {}
    gas: dict[int, int] = {}
    try:
        for fields in reader:
            where = f"{path.name}: line {reader.line_num}"
            if not any(field.strip() for field in fields):
                continue
            if not width:
                names = [field.strip() for field in fields]
                for name in COLUMNS:
                    if names.count(name) != 1:
                        raise InvalidInput(f"{where}: the header must have the column {name!r} once; got {names.count(name)}.")
                position, width = {name: names.index(name) for name in COLUMNS}, len(names)
                continue
            if len(fields) != width:
                raise InvalidInput(f"{where}: must have {width} fields, as the header has; got {len(fields)}.")
            cell = {name: fields[index].strip() for name, index in position.items()}
            block, used = (_whole(where, name, cell[name]) for name in ("block", "gas_used"))
            prover = cell["prover"]
            if not prover or not prover.isprintable():
                raise InvalidInput(f"{where}, column prover: must be a printable label; got {prover!r}.")
            if gas.setdefault(block, used) != used:
                raise InvalidInput(
                    f"{where}, column gas_used: block {block} must have one gas_used; got {used} and {gas[block]}."
                )
            if (prover, block) in seen:
                raise InvalidInput(f"{where}: prover {prover!r}, block {block} again, after line {seen[prover, block]}.")
            seen[prover, block] = reader.line_num
            count = _whole(where, "total_cycles", cell["total_cycles"]) if cell["total_cycles"] else 0
            if count:
                cycles[prover, block] = count
            else:
                unreported += 1
    except csv.Error as error:
        raise InvalidInput(f"{path.name}: line {max(reader.line_num, 1)} must be a CSV row; got {error}.") from None
    if not seen:
        raise InvalidInput(f"{path.name}: must have a header and rows; got none.")
    return CycleLog(cycles=cycles, gas=gas, provers=tuple(dict.fromkeys(p for p, _ in seen)), unreported=unreported)


def predict_blocks(
    proving: ProvingLog | str | Path,
    cycles: CycleLog | str | Path,
    *,
    train_share: float = 0.6,
    stand_ins: Mapping[str, str] | None = None,
) -> BlockPrediction:
    """Fit each prover on the first blocks, test on the rest.

    Arguments:
        proving: A proving log, or its path.
        cycles: A cycle log, or its path.
        train_share: Share of the blocks (by number, over the blocks in both logs) that are fitted, in (0, 1).
        stand_ins: Label of the cycle log to use for a prover whose own zkVM is not in it, by prover; a zkVM of the same
            instruction set and client runs nearly the same program.

    Raises:
        InvalidInput: A file is wrong, the logs share no block, a block has two different gas_used, or no prover has
            enough blocks on both sides.
    """
    log = proving if isinstance(proving, ProvingLog) else read_log(proving)
    counts = cycles if isinstance(cycles, CycleLog) else read_cycles(cycles)
    if isinstance(train_share, bool) or not isinstance(train_share, (int, float)) or not 0 < train_share < 1:
        raise InvalidInput(f"train_share: must be in (0, 1); got {train_share!r}.")
    shared = [block for block in log.blocks if block in counts.gas]
    if not shared:
        raise InvalidInput("cycles: must have blocks of the proving log; got none in common.")
    for block, used in zip(log.blocks, log.gas, strict=True):
        if counts.gas.get(block, used) != used:
            raise InvalidInput(
                f"gas_used: block {block} must have one value in both logs; got {used:.0f} and {counts.gas[block]}."
            )
    first_test = shared[min(len(shared) - 1, int(train_share * len(shared)))]
    instead = dict(stand_ins or {})
    for prover, label in instead.items():
        if prover not in log.provers or label not in counts.provers:
            raise InvalidInput(
                f"stand_ins: must map provers of the proving log to labels of the cycle log; got {prover!r}: {label!r}. "
                f"The cycle log has {', '.join(counts.provers)}."
            )
    found: list[ProverPrediction] = []
    left_out: dict[str, str] = {}
    for column, prover in enumerate(log.provers):
        candidates = [p for p in counts.provers if prover_family(p) == prover_family(prover)]
        candidates = [instead[prover]] if prover in instead else candidates
        if len(candidates) != 1:
            left_out[prover] = f"{len(candidates)} labels of the cycle log are of {prover_family(prover)!r}"
            continue
        known = [
            (block, counts.cycles[candidates[0], block], log.gas[row], log.seconds[row, column])
            for row, block in enumerate(log.blocks)
            if (candidates[0], block) in counts.cycles and not np.isnan(log.seconds[row, column])
        ]
        data = np.array(known, dtype=np.float64).reshape(-1, 4)
        train = data[:, 0] < first_test
        if min(int(train.sum()), int((~train).sum())) < FEWEST_BLOCKS:
            left_out[prover] = f"{int(train.sum())} blocks to fit and {int((~train).sum())} to test, with both cycles and seconds"
            continue
        if np.ptp(data[train, 1]) == 0:
            left_out[prover] = "its blocks to fit all have the same cycles, which say nothing about their seconds"
            continue
        found.append(_prediction(prover, candidates[0], data, train))
    if not found:
        reasons = "; ".join(f"{prover}: {reason}" for prover, reason in left_out.items())
        raise InvalidInput(f"cycles: no prover has both cycles and seconds for enough blocks: {reasons}.")
    return BlockPrediction(first_test_block=first_test, provers=tuple(found), left_out=left_out)


def _prediction(prover: str, cycles_of: str, data: NDArray[np.float64], train: NDArray[np.bool_]) -> ProverPrediction:
    _, cycles, gas, seconds = data.T
    by_cycles, by_gas = fit_seconds(cycles[train], seconds[train]), fit_seconds(gas[train], seconds[train])
    predicted = {
        "cycles": by_cycles.seconds(cycles),
        "gas": by_gas.seconds(gas),
        "constant": np.full(seconds.shape, np.median(seconds[train])),
    }
    errors = {model: np.abs(np.log(values / seconds)) for model, values in predicted.items()}
    return ProverPrediction(
        prover=prover, cycles_of=cycles_of, a_seconds=by_cycles.a_seconds,
        b_seconds_per_gcycle=by_cycles.b_seconds_per_mgas * 1e3,  # the fit's unit is a million of its argument
        train_blocks=int(train.sum()), test_blocks=int((~train).sum()),
        train={m: _summary(e[train]) for m, e in errors.items()},
        test={m: _summary(e[~train]) for m, e in errors.items()},
    )  # fmt: skip


def _summary(errors: NDArray[np.float64]) -> ModelError:
    return ModelError(median=float(np.median(errors)), p90=float(np.quantile(errors, 0.9)))


def _whole(where: str, column: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise InvalidInput(f"{where}, column {column}: must be a whole number of at most 18 digits; got {text[:40]!r}.")
    return int(text)
