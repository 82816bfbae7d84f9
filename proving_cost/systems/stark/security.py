r"""How many bits of security a STARK has: proven up to the unique-decoding and the Johnson radius, and conjectured.

With rate $\rho$, field $\mathbb{F}$, domain $D = n/\rho$, $q$ queries, $g$ bits of grinding and proximity parameter
$\theta$, the error is at most the largest of these, round by round (the Fiat-Shamir transform of a protocol that is
sound round by round loses no more than the number of hashes an attacker can make):

| round | error |
|---|---|
| copies | $2 \cdot 41 n L / \lvert\mathbb{F}\rvert$ |
| constraints | $(C - 1) L / \lvert\mathbb{F}\rvert$ |
| out of domain | $L \cdot 8 (n + 1) / (\lvert\mathbb{F}\rvert - D - n)$ |
| batching of $m$ columns | $(m - 1)\,\epsilon(n)$ |
| fold by $a$ to the bound $k$ | $(a - 1)\,\epsilon(k)$ |
| queries | $(1 - \theta)^q\,2^{-g}$ |

*Unique decoding*: $\theta = (1 - \rho)/2$, list size $L = 1$, $\epsilon(k) = (k/\rho)/\lvert\mathbb{F}\rvert$
(Ben-Sasson, Carmon, Ishai, Kopparty, Saraf, *Proximity gaps for Reed-Solomon codes*, FOCS 2020, Theorem 1.2).
*Johnson*: $\theta = 1 - \sqrt\rho - \eta$ with $L = 1/(2 \eta \sqrt\rho)$ and, with
$m = \max(3, \lceil \sqrt\rho/\eta \rceil) + \frac12$,
$\epsilon(k) = \bigl((2m^5 + 3 m \theta\rho)\,k/\rho / (3 \rho^{3/2}) + m/\sqrt\rho\bigr) / \lvert\mathbb{F}\rvert$
(Ben-Sasson, Carmon, Haböck, Kopparty, Saraf, *On proximity gaps for Reed-Solomon codes*, 2025, Theorem 4.2, as
ethereum/soundcalc of 2026-05 states it); $\eta$ is chosen to give the most bits.
*Conjectured*: queries count for $\lg(1/\rho)$ bits each, $\theta = 1 - \rho$, which is the best known attack; the
conjecture that soundness holds up to this capacity is false in general (Crites and Stewart, ePrint 2025/2046;
Diamond and Gruen, ePrint 2025/2010), so this figure is for comparison with systems that state it.

Hashes are 256-bit digests of Poseidon2 (128 bits against collisions) and SHA-256; all figures are capped there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from proving_cost.circuits.air_rows import WIRED
from proving_cost.systems.stark.constraints import TOTAL_CONSTRAINTS
from proving_cost.systems.stark.fri import FriParameters
from proving_cost.systems.stark.keys import COLUMNS
from proving_cost.systems.stark.scalars import P

__all__ = ["Security", "security"]

FIELD = P**2
HASH_BITS = 128.0
DEGREE = 8
SLACKS = tuple(2.0**-i for i in range(1, 12))
"""η as a fraction of √ρ."""


@dataclass(frozen=True, slots=True)
class Security:
    """Bits of security of a proof about a table of so many rows.

    Arguments:
        rows: n.
        unique: Proven, up to the unique-decoding radius.
        johnson: Proven, up to the Johnson radius.
        conjectured: If soundness held up to capacity; see the module's text.
    """

    rows: int
    unique: float
    johnson: float
    conjectured: float

    @property
    def proven(self) -> float:
        """The better of the two proven figures."""
        return max(self.unique, self.johnson)

    def __str__(self) -> str:
        return f"{self.proven:.0f} bits proven, {self.conjectured:.0f} conjectured, for 2^{self.rows.bit_length() - 1} rows"


def security(parameters: FriParameters, rows: int) -> Security:
    """Bits of security at a size of the table."""
    rho = 1 / parameters.blowup
    johnson = max(_johnson(parameters, rows, slack * math.sqrt(rho)) for slack in SLACKS)
    unique = _bits(parameters, rows, (1 - rho) / 2, 1.0, lambda k: k / rho / FIELD)
    conjectured = _bits(parameters, rows, 1 - rho, 1.0, lambda k: k / rho / FIELD)
    return Security(rows, unique, johnson, conjectured)


def _johnson(parameters: FriParameters, rows: int, eta: float) -> float:
    rho = 1 / parameters.blowup
    root = math.sqrt(rho)
    theta = 1 - root - eta
    m = max(3, math.ceil(root / eta)) + 0.5

    def gap(bound: float) -> float:
        return ((2 * m**5 + 3 * m * theta * rho) * (bound / rho) / (3 * rho * root) + m / root) / FIELD

    return _bits(parameters, rows, theta, 1 / (2 * eta * root), gap)


def _bits(
    parameters: FriParameters, rows: int, theta: float, lists: float, gap: Callable[[float], float]
) -> float:
    errors = [
        2 * (WIRED + 1) * rows * lists / FIELD,
        (TOTAL_CONSTRAINTS - 1) * lists / FIELD,
        lists * DEGREE * (rows + 1) / (FIELD - rows * parameters.blowup - rows),
        (sum(COLUMNS) + 1) * gap(rows),
    ]
    bound = rows
    for arity in parameters.arities(rows):
        bound //= arity
        errors.append((arity - 1) * gap(bound))
    queries = -parameters.queries * math.log2(1 - theta) + parameters.grinding_bits
    return max(0.0, min(HASH_BITS, queries, *(-math.log2(e) for e in errors)))
