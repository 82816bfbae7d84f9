r"""What a multi-scalar multiplication costs: group additions, doublings and multiplications, before it is run.

A signed-digit Pippenger with window $c$ has $B = 2^{c-1}$ buckets and a digit for each of $W$ windows.  Let $N_w$ be
the digits of window $w$ that are not zero, $O_w$ the buckets that are not empty and $T_w$ the greatest of them.
Putting a point into an empty bucket is a copy, and so is starting a sum; hence, *exactly*, over windows with
$N_w > 0$, of which there are $W'$ and the highest is $h$ (counted from 0),

$$ \text{additions} = \sum_w \underbrace{(N_w - O_w)}_{\text{into buckets}}
   + \underbrace{(O_w - 1) + (T_w - 1)}_{\text{running sums}} + (W' - 1), \qquad \text{doublings} = c\,h . $$

For a scalar of $b = fc + s$ bits ($0 \le s < c$) the $f$ full windows are not zero with probability $1 - 2^{-c}$ each, and
the one above is not zero almost surely (its top bits, or the carry).  With $N$ digits spread over $M$ buckets,
$O \approx M(1 - (1 - 1/M)^N)$ and $T \approx M N/(N+1)$.  For full-width scalars this is the familiar
$W[n(1 - 2^{-c}) + B]$.

Multiplications: XYZZ coordinates, a mixed addition 8M + 2S, an addition 12M + 2S, a doubling 6M + 3S (a = 0; EFD,
shortw/xyzz: madd-2008-s, add-2008-s, dbl-2008-s-1); in $G_2$, over the quadratic extension, M = 3 and S = 2 base-field
products.  A Montgomery product of $L$ 32-bit limbs takes $2L^2 + L$ wide multiply-adds, a square
$L(L+1)/2 + L^2 + L$.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.fields import BLS12_381_FR, BN254_FR
from proving_cost.ledger import Msm

__all__ = ["MsmWork", "expected_work", "msm_work", "pick_window", "uniform_bits", "windows_for"]

LARGEST_WINDOW = 24
CURVES = {"bn254": (BN254_FR, 8), "bls12_381": (BLS12_381_FR, 12)}  # scalar field; 32-bit limbs of the base field
MIXED, ADDITION, DOUBLING = (8, 2), (12, 2), (6, 3)  # multiplications, squares


@dataclass(frozen=True, slots=True, kw_only=True)
class MsmWork:
    """Expected work of a multi-scalar multiplication.

    Attributes:
        window: Bits of a digit.
        windows: Digits of a scalar.
        additions: Group additions of any kind.
        mixed_additions: Those into buckets, of an affine point.
        doublings: Group doublings.
        multiplications: Base-field products, squares included.
        wide_mads: 32 × 32 → 64 bit multiply-adds of those products.
    """

    window: int
    windows: int
    additions: float
    mixed_additions: float
    doublings: float
    multiplications: float
    wide_mads: float


Histogram = tuple[tuple[int, float], ...]


def windows_for(bits: int, window: int) -> int:
    """Windows that signed digits of a scalar of so many bits can fill: one bit more than unsigned ones."""
    return -(-(bits + 1) // window)


def uniform_bits(order: int, n: int) -> Histogram:
    """Expected bit lengths of n uniform residues, to 2^-40: pairs (bit length, how many)."""
    top = order.bit_length()
    pairs = [(top, n * (1 - 2 ** (top - 1) / order))]
    pairs += [(b, n * (2 ** (b - 1) / order)) for b in range(top - 1, max(0, top - 40), -1)]
    return tuple(sorted(pairs))


def expected_work(scalar_bits: Iterable[tuple[int, float]], window: int) -> tuple[float, float, float]:
    """Expected additions into buckets, other additions, and doublings, for scalars of these bit lengths.

    Arguments:
        scalar_bits: Pairs (bit length, how many scalars have it).
        window: Bits of a digit.
    """
    table = np.array([(b, k) for b, k in scalar_bits if b and k], dtype=np.float64).reshape(-1, 2)
    if not len(table):
        return 0.0, 0.0, 0.0
    bits, many = table[:, 0].astype(np.int64), table[:, 1]
    buckets, windows = 1 << (window - 1), windows_for(int(bits.max()), window)
    full, rest = bits // window, bits % window
    at = np.arange(windows)
    digits = np.where(full[:, None] > at, 1 - 2.0**-window, 0.0) * many[:, None]
    spread = (digits, np.broadcast_to(np.float64(buckets), digits.shape))
    above = np.where(full[:, None] == at, many[:, None], 0.0)  # the partial digit, in [2^(s-1), 2^s], or the carry
    reach = np.broadcast_to(np.minimum(buckets, 2.0**rest)[:, None], above.shape)
    whole, edge = digits.sum(axis=0), above.sum(axis=0)
    nonzero = whole + edge
    live = nonzero > 0.5
    top = np.maximum(_greatest(whole, spread[1][0]), _greatest(above, reach).max(axis=0))
    wide = np.where(edge > 0, (above * reach).sum(axis=0) / np.maximum(edge, 1e-300), 1.0)
    occupied = np.minimum(_occupied(whole, float(buckets)) + _occupied(edge, wide), float(buckets))
    occupied, top = np.minimum(occupied, nonzero), np.maximum(top, 1.0)
    mixed = float((nonzero - occupied)[live].sum())
    other = float((np.maximum(occupied - 1, 0) + top - 1)[live].sum()) + max(0, int(live.sum()) - 1)
    highest = int(at[live].max()) if live.any() else 0
    return mixed, other, float(window * highest)


def _greatest(digits: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.asarray(np.where(digits > 0, places * digits / (digits + 1), 0.0))


def _occupied(digits: np.ndarray, places: np.ndarray | float) -> np.ndarray:
    places = np.maximum(places, 1 + 1e-9)  # one place: full as soon as there is a digit
    return np.asarray(places * -np.expm1(digits * np.log1p(-1 / places)))


@functools.lru_cache(maxsize=512)
def pick_window(scalar_bits: Histogram) -> int:
    """The window with the fewest expected additions and doublings for scalars of these bit lengths."""
    points = int(sum(k for _, k in scalar_bits))
    largest = min(LARGEST_WINDOW, points.bit_length() + 2)  # beyond, there are more buckets than points to fill them
    return min(range(1, largest + 1), key=lambda c: sum(expected_work(scalar_bits, c)))


@functools.lru_cache(maxsize=4096)
def msm_work(event: Msm) -> MsmWork:
    """Expected work of an event; scalars are uniform where it holds no bit lengths.

    Raises:
        InvalidInput: The curve is not one of those modelled.
    """
    if event.curve not in CURVES:
        raise InvalidInput(f"curve: must be one of {', '.join(CURVES)}; got {event.curve!r}.")
    field, limbs = CURVES[event.curve]
    scalar_bits: Histogram = event.scalar_bits or uniform_bits(field.modulus, event.n)
    window = pick_window(scalar_bits)
    mixed, other, doublings = expected_work(scalar_bits, window)
    per_m, per_s = (3, 2) if event.group == "g2" else (1, 1)
    parts = ((mixed, MIXED), (other, ADDITION), (doublings, DOUBLING))
    wide_product, wide_square = 2 * limbs**2 + limbs, limbs * (limbs + 1) // 2 + limbs**2 + limbs
    products = sum(k * m * per_m for k, (m, _) in parts)
    squares = sum(k * s * per_s for k, (_, s) in parts)
    in_squares = wide_square if event.group == "g1" else wide_product  # a square over Fq2 is two products
    return MsmWork(
        window=window,
        windows=windows_for(max((b for b, k in scalar_bits if k), default=0), window),
        additions=mixed + other,
        mixed_additions=mixed,
        doublings=doublings,
        multiplications=products + squares,
        wide_mads=products * wide_product + squares * in_squares,
    )
