"""The solution record of `solve_exactly`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from equilibria.equilibrium import Certificate
from equilibria.programs.float_simplex import Basis
from equilibria.programs.linear_program import Block, LinearProgram
from equilibria.programs.weak_duality import RationalVector
from mechanisms import Enclosure, InvalidInput

Status = Literal["proved", "certified", "infeasible", "unbounded", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExactOptimum:
    """What is proved of a linear program.

    Attributes:
        program: the program.
        status: `"proved"`: the optimum is `exact_value`; `"certified"`: it is between `lower` and `upper`; `"infeasible"`: `dual`
            is a Farkas ray; `"unbounded"`: `primal` is feasible and `ray` improves for ever; `"unknown"`: none of these.
        message: one sentence.
        lower: the value of `primal`, exactly, or `None`.
        upper: what `dual` proves, exactly, or `None`.
        primal: a point within all bounds.
        dual: a price of each row; non-negative where the upper bound binds.
        ray: the direction of an unbounded program.
        basis: the basis that was proved optimal; a start for a similar program.
        seconds: time in all.
        float_seconds: time of the floating-point solver in it.
    """

    program: LinearProgram
    status: Status
    message: str
    lower: Fraction | None = None
    upper: Fraction | None = None
    primal: RationalVector | None = None
    dual: RationalVector | None = None
    ray: RationalVector | None = None
    basis: Basis | None = None
    seconds: float = 0.0
    float_seconds: float = 0.0

    @classmethod
    def of(
        cls,
        program: LinearProgram,
        primal: RationalVector,
        dual: RationalVector,
        *,
        lower: Fraction,
        upper: Fraction,
        basis: Basis | None = None,
    ) -> ExactOptimum:
        """An optimum that a point and prices enclose."""
        proved = lower == upper
        message = f"the optimum is {lower}"
        if not proved:
            shown = Enclosure.around(lower, upper)
            message = f"the optimum is between {shown.lower!r} and {shown.upper!r}"
        return cls(
            program=program,
            status="proved" if proved else "certified",
            message=message,
            lower=lower,
            upper=upper,
            primal=primal,
            dual=dual,
            basis=basis,
        )

    @classmethod
    def unknown(cls, program: LinearProgram, message: str) -> ExactOptimum:
        """Nothing proved."""
        return cls(program=program, status="unknown", message=message)

    def timed(self, *, seconds: float, float_seconds: float) -> ExactOptimum:
        """The same with what it took."""
        return replace(self, seconds=seconds, float_seconds=float_seconds)

    @property
    def exact_value(self) -> Fraction | None:
        """The optimum, where it is proved."""
        return self.lower if self.status == "proved" else None

    @property
    def value(self) -> Enclosure | None:
        """The optimum in doubles, rounded outward; `None` where it is not enclosed."""
        if self.lower is None or self.upper is None:
            return None
        return Enclosure.around(self.lower, self.upper)

    def primal_block(self, name: str) -> tuple[Fraction, ...]:
        """The variables of a block, in the units of the model."""
        return _read(self.primal, self.program.column_blocks, name, 1)

    def dual_block(self, name: str) -> tuple[Fraction, ...]:
        """The prices of a block of constraints, in the units of the model and of the objective."""
        return _read(self.dual, self.program.row_blocks, name, self.program.denominator)

    @property
    def certificate(self) -> Certificate:
        """The file behind this; nothing that is unknown has one.

        Raises:
            InvalidInput: the status is `"unknown"`.
        """
        from equilibria.programs.certificate import certificate

        return Certificate(certificate(self))

    def __repr__(self) -> str:
        return f"ExactOptimum({self.status}: {self.message}; {self.program!r})"


def _read(vector: RationalVector | None, blocks: Sequence[Block], name: str, divide: int) -> tuple[Fraction, ...]:
    named = [block for block in blocks if block.name == name]
    if not named:
        raise InvalidInput(f"block must be one of {', '.join(dict.fromkeys(block.name for block in blocks))}; got {name!r}.")
    if vector is None:
        raise InvalidInput(f"there is no solution to read {name!r} from. Look at `status` first.")
    return tuple(value * block.unit / divide for block in named for value in vector.fractions(block.start, block.stop))
