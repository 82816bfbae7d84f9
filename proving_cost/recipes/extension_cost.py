r"""Work in an extension of degree $d$, recorded as events where the field exists here, else in its base field.

By the schoolbook rule a product of two elements is $d^2 + d - 1$ products and $d(d-1)$ additions in the base
field (as `FieldOperation` counts them), a product with a base-field element is $d$ products.  For $d = 3$:
11 products and 6 additions; for $d = 4$: 19 and 12.  Towers and Karatsuba do with less, so for fields that are
not in `EXTENSION_FIELDS` (Goldilocks cubed, Mersenne-31 to the fourth) the count is an upper one.
"""

from __future__ import annotations

from dataclasses import dataclass

from proving_cost.fields import EXTENSION_FIELDS
from proving_cost.ledger import FriFold, Ledger, SumcheckRound

__all__ = ["ExtensionCost"]


@dataclass(frozen=True, slots=True)
class ExtensionCost:
    """Records operations of an extension in a ledger.

    Arguments:
        base: Name of the base field.
        degree: d.
    """

    base: str
    degree: int

    @property
    def name(self) -> str:
        """Name of the extension, whether it exists here or not."""
        return f"{self.base}^{self.degree}"

    @property
    def known(self) -> bool:
        """Whether the extension is one of this package's fields."""
        return self.name in EXTENSION_FIELDS

    def add(self, ledger: Ledger, n: int) -> None:
        """n additions."""
        if self.known:
            ledger.field(self.name, "add", n)
        else:
            ledger.field(self.base, "add", n * self.degree)

    def mul(self, ledger: Ledger, n: int) -> None:
        """n products of two elements."""
        d = self.degree
        if self.known:
            ledger.field(self.name, "mul", n)
        else:
            ledger.field(self.base, "mul", n * (d * d + d - 1))
            ledger.field(self.base, "add", n * d * (d - 1))

    def scale(self, ledger: Ledger, n: int) -> None:
        """n products with an element of the base field, added up."""
        ledger.field(self.base, "mul", n * self.degree)
        ledger.field(self.base, "add", n * self.degree)

    def batch_inversion(self, ledger: Ledger, n: int) -> None:
        """Inverses of n elements; the one inversion is counted in the base field if the extension is unknown."""
        if self.known:
            ledger.batch_inversion(self.name, n)
        else:
            self.mul(ledger, 3 * max(0, n - 1))
            ledger.field(self.base, "inv", 1)

    def fold(self, ledger: Ledger, size: int, arity: int) -> None:
        """A FRI fold of a codeword: for each value that goes a product, and two by elements of the base field."""
        if self.known:
            ledger.record(FriFold(self.name, size, arity))
        else:
            gone = size - size // arity
            self.mul(ledger, gone)
            ledger.field(self.base, "mul", 2 * self.degree * gone)
            self.add(ledger, 3 * gone)

    def sumcheck(self, ledger: Ledger, variables: int, factors: int, instances: int = 1) -> None:
        """All rounds of a sumcheck over 2^variables entries; known extensions only."""
        for k in range(1, variables + 1):
            ledger.record(SumcheckRound(self.name, 1 << k, factors), instances)
