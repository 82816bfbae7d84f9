"""The PTX of `wide_rows.cuh` and `wide_square.cuh`, read from its text and run on Python integers.

The host build takes the other branch of each function, so this is what stands for the device's branch without a card.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from proving_cost.gpu import host_build

WORD = 0xFFFFFFFF
State = dict[str, int]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of PTX: its instructions, and the variable behind each operand with whether it is read and written."""

    instructions: tuple[tuple[str, ...], ...]
    operands: tuple[tuple[str, str], ...]

    def run(self, state: State) -> None:
        registers: list[int | None] = [None if mode.startswith("=") else state[name] for mode, name in self.operands]
        carry: int | None = None
        for operation, target, *sources in self.instructions:
            values = [self._value(registers, s) for s in sources]
            kind, *flags, width = operation.split(".")
            assert width == "u32"
            uses_carry = kind.endswith("c") and kind != "mad"
            if uses_carry:
                assert carry is not None, "a carry that nothing has set"
            match kind.removesuffix("c") if uses_carry else kind:
                case "add":
                    exact = sum(values)
                case "sub":
                    exact = values[0] - values[1]
                case "mad":
                    product = values[0] * values[1]
                    exact = (product & WORD if "lo" in flags else product >> 32) + values[2]
                case "mul":
                    exact = values[0] * values[1] & WORD
                case other:
                    raise AssertionError(other)
            if uses_carry:
                exact += -carry if kind.startswith("sub") else carry  # type: ignore[operator]
            mode, name = self.operands[int(target[1:])]
            assert mode != "r", f"{name} is only read"
            registers[int(target[1:])] = exact & WORD
            if kind != "mul":
                carry = int(not 0 <= exact <= WORD) if "cc" in flags else None
        for (mode, name), value in zip(self.operands, registers, strict=True):
            if mode != "r":
                assert value is not None
                state[name] = value

    def _value(self, registers: list[int | None], source: str) -> int:
        value = registers[int(source[1:])] if source.startswith("%") else int(source)
        assert value is not None, f"{source} is read before it is written"
        return value


def text() -> str:
    return "".join((host_build.source_folder() / f"{name}.cuh").read_text("utf-8") for name in ("wide_rows", "wide_square"))


def blocks() -> dict[str, Block]:
    out = {}
    for name, body in re.findall(r"^HD \w+ (\w+\([^)]*\)) \{\n#ifdef __CUDA_ARCH__(.*?)\n#else", text(), re.S | re.M):
        code, constraints = re.findall(r"asm\((.*?)\n\s*:(.*?)\);", body, re.S)[0]
        lines = re.findall(r'"(.*?);\\n\\t"', code)
        out[name] = Block(
            instructions=tuple(tuple(re.split(r"[\s,]+", line.strip())) for line in lines),
            operands=tuple(re.findall(r'"([=+&r]+)"\(([^)]*)\)', constraints)),
        )
    return out


def number(state: State, name: str, count: int = 8) -> int:
    return sum(state[f"{name}[{i}]"] << 32 * i for i in range(count))


def row(state: State) -> int:
    return sum(state[f"x[{i}]"] << 32 * i for i in (0, 2, 4, 6)) * state["y"]


def add_closed(before: State, after: State) -> None:
    assert number(after, "sum") == (number(before, "sum") + row(before)) % (1 << 256)


def add_open(before: State, after: State) -> None:
    total = number(before, "sum") + row(before)
    assert number(after, "sum") == total % (1 << 256)
    assert after["top"] == (before["top"] + (total >> 256)) & WORD


def shift_add(before: State, after: State) -> None:
    low = before["low"] + before["sum[1]"]
    assert after["low"] == low & WORD
    assert number(after, "out") == ((number(before, "sum") >> 64) + row(before) + (low >> 32)) % (1 << 256)


def join(before: State, after: State) -> None:
    assert number(after, "out") == ((number(before, "even") >> 32) + number(before, "odd")) % (1 << 256)


def total(before: State, after: State) -> None:
    assert number(after, "out") == (number(before, "a") + number(before, "b")) % (1 << 256)


def difference(before: State, after: State) -> None:
    exact = number(before, "a") - number(before, "b")
    assert number(after, "out") == exact % (1 << 256) and after["borrow"] == (WORD if exact < 0 else 0)


def short_row(limbs: int, opened: bool) -> Callable[[State, State], None]:
    def check(before: State, after: State) -> None:
        product = sum(before[f"x[{2 * i}]"] << 64 * i for i in range(limbs)) * before["y"]
        exact = number(before, "sum", 2 * limbs) + product
        assert number(after, "sum", 2 * limbs) == exact % (1 << 64 * limbs)
        assert not opened or after["next"] == exact >> 64 * limbs

    return check


def add_squares(before: State, after: State) -> None:
    squares = sum(before[f"x[{i}]"] ** 2 << 64 * i for i in range(8))
    assert number(after, "sum", 16) == (number(before, "sum", 16) + squares) % (1 << 512)


def interleave(before: State, after: State) -> None:  # `out` holds the odd columns already
    exact = number(before, "out", 14) + (number(before, "even", 12) << 32)
    assert number(after, "out", 14) == exact % (1 << 448)


def shift_reduce(before: State, after: State) -> None:
    low = before["low"] + before["sum[1]"]
    m = low * before["factor"] & WORD
    assert after["low"] == low & WORD and after["m"] == m
    row = sum(before[f"x[{i}]"] << 32 * i for i in (0, 2, 4, 6)) * m
    assert number(after, "out") == ((number(before, "sum") >> 64) + row + (low >> 32)) % (1 << 256)


CHECKS: dict[str, Callable[[State, State], None]] = {
    "add(u32* sum, const u32* x, u32 y)": add_closed,
    "add(u32* sum, const u32* x, u32 y, u32& top)": add_open,
    "shift_add(u32* sum, u32& low, const u32* x, u32 y)": shift_add,
    "join(u32* out, const u32* even, const u32* odd)": join,
    "sum(u32* out, const u32* a, const u32* b)": total,
    "difference(u32* out, const u32* a, const u32* b)": difference,
    "add_squares(u32* sum, const u32* x)": add_squares,
    "interleave(u32* out, const u32* odd, const u32* even)": interleave,
    "shift_reduce(u32* sum, u32& low, u32& m, const u32* x, u32 factor)": shift_reduce,
}
for count, word in enumerate(("one", "two", "three"), 1):
    CHECKS[f"add_{word}(u32* sum, const u32* x, u32 y)"] = short_row(count, False)
    CHECKS[f"add_{word}(u32* sum, const u32* x, u32 y, u32& next)"] = short_row(count, True)


def test_every_block_is_checked() -> None:
    assert blocks().keys() == CHECKS.keys() and text().count("asm(") == len(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_block_computes_its_row(name: str) -> None:
    block, check = blocks()[name], CHECKS[name]
    rng = np.random.default_rng(17)
    names = {f"{v}[{i}]" for v in ("sum", "x", "out", "even", "odd", "a", "b") for i in range(16)}
    names |= {"y", "top", "low", "borrow", "next", "m", "factor"}
    for trial in range(400):
        # whole words of ones and zeros half of the time, where carries run far
        edge = rng.choice([0, 1, WORD - 1, WORD], size=len(names))
        drawn = rng.integers(0, WORD, size=len(names), endpoint=True)
        mix = rng.random(len(names)) < (trial % 4) / 3
        before = {n: int(e if m else d) for n, e, d, m in zip(sorted(names), edge, drawn, mix, strict=True)}
        after = dict(before)
        block.run(after)
        check(before, after)
