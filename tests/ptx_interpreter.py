"""Inline PTX of a header, run on Python integers: what a card would compute, where there is no card.

It knows 32-bit additions, subtractions, products and multiply-adds, with and without carries, `mov`, and `.reg .u32`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WORD = (1 << 32) - 1
_ASM = re.compile(r"asm(?:\s+volatile)?\s*\(((?:\s*\"[^\"]*\")+)\s*:(.*?):(.*?)\);", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One `asm` statement: its instructions, and how many outputs and inputs it has."""

    instructions: tuple[tuple[str, tuple[str, ...]], ...]
    outputs: int
    inputs: int

    def run(self, values: Sequence[int]) -> list[int]:
        """The outputs, for the inputs in the order of the statement."""
        assert len(values) == self.inputs
        registers = {f"%{self.outputs + i}": value for i, value in enumerate(values)}
        carry = 0
        for operation, (target, *names) in self.instructions:
            a = [registers[name] if name in registers else int(name, 0) & WORD for name in names]
            value, carry = _step(operation, a, carry)
            registers[target] = value
        return [registers[f"%{i}"] for i in range(self.outputs)]


def blocks(path: Path) -> list[Block]:
    """The `asm` statements of a file, in order."""
    out = []
    for text, outputs, inputs in _ASM.findall(path.read_text("utf-8")):
        body = "".join(re.findall(r'"([^"]*)"', text))
        instructions = []
        for statement in re.split(r"[;{}]", body):
            if statement.strip() and not statement.strip().startswith(".reg"):
                operation, rest = statement.strip().split(None, 1)
                instructions.append((operation, tuple(name.strip() for name in rest.split(","))))
        out.append(Block(tuple(instructions), outputs.count("("), inputs.count('"') // 2))
    return out


def _step(operation: str, a: Sequence[int], carry: int) -> tuple[int, int]:
    """The result, and the carry (or borrow) flag after it."""
    name, *suffixes = operation.split(".")
    assert suffixes[-1] in ("u32", "b32"), operation
    keeps = "cc" not in suffixes
    if name == "mov":
        return a[0], carry
    if name == "mul":
        return (a[0] * a[1] >> (32 if "hi" in suffixes else 0)) & WORD, carry
    if name in ("mad", "madc"):
        total = ((a[0] * a[1] >> (32 if "hi" in suffixes else 0)) & WORD) + a[2] + (carry if name == "madc" else 0)
    elif name in ("add", "addc"):
        total = a[0] + a[1] + (carry if name == "addc" else 0)
    elif name in ("sub", "subc"):
        total = a[0] - a[1] - (carry if name == "subc" else 0)
    else:
        raise AssertionError(f"unknown instruction {operation}")
    flag = int(total < 0 or total > WORD)
    return total & WORD, carry if keeps else flag
