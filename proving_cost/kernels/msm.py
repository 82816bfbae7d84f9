r"""Multi-scalar multiplication $\sum_i k_i P_i$ by Pippenger's method with signed digits.

Scalars are written in base $2^c$ with digits in $(-2^{c-1}, 2^{c-1}]$.  In each window every point goes into the
bucket of its digit's absolute value, negated where the digit is negative; the buckets $S_1, \dots, S_B$ are joined as
$\sum_d d\,S_d$ by a running sum from the top; windows are combined by $c$ doublings each.  The window $c$ is the one
with the least expected work for the bit lengths of the scalars (`msm_work`), so short scalars cost less.

What an addition is: joining two things that are there.  A point that enters an empty bucket, or starts a sum, is
copied.  So the counts follow exactly from the digits; `MsmCounts.from_digits` is that closed form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Body
from proving_cost.fields import Elements
from proving_cost.groups.group import Group, Point, Points
from proving_cost.groups.shadow import ShadowGroup
from proving_cost.kernels.msm_work import MsmWork, expected_work, msm_work, pick_window, windows_for
from proving_cost.ledger import Ledger

__all__ = ["MsmCounts", "MsmWork", "bit_length_histogram", "expected_work", "msm", "msm_work", "pippenger", "signed_digits"]

COMPILED_MODULUS_BITS = 255  # the compiled body adds two residues in 256 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class MsmCounts:
    """What a run of Pippenger's method did.

    Attributes:
        window: Bits of a digit.
        statistics: For each window: digits that are not zero, buckets that are not empty, the greatest of them.
        bucket_additions: Additions of a point into a bucket.
        other_additions: Additions of running sums and of windows.
        doublings: Doublings between windows.
    """

    window: int
    statistics: tuple[tuple[int, int, int], ...]
    bucket_additions: int
    other_additions: int
    doublings: int

    @property
    def additions(self) -> int:
        """All additions."""
        return self.bucket_additions + self.other_additions

    @classmethod
    def from_digits(cls, window: int, statistics: Sequence[tuple[int, int, int]]) -> MsmCounts:
        """The closed form: what the method does on digits with these statistics."""
        live = [(w, row) for w, row in enumerate(statistics) if row[0]]
        return cls(
            window=window,
            statistics=tuple(statistics),
            bucket_additions=sum(nonzero - occupied for _, (nonzero, occupied, _) in live),
            other_additions=sum(occupied - 1 + top - 1 for _, (_, occupied, top) in live) + max(0, len(live) - 1),
            doublings=window * live[-1][0] if live else 0,
        )


def msm(
    group: Group, points: Points, scalars: Elements, *, ledger: Ledger | None = None, body: Body = "fast"
) -> Point:
    """The sum of scalars[i] · points[i]; one `msm` event with the bit lengths of the scalars.

    Arguments:
        group: The group of the points.
        points: Points, none at infinity (callers drop those, as provers do).
        scalars: As many integers in [0, r).
        ledger: Where it is counted.
        body: `"fast"` is compiled for shadow groups; points of a real curve take the reference in either case.

    Raises:
        InvalidInput: Points and scalars differ in number, or a scalar is negative or r or more.
    """
    limbs, scalar_list, histogram = _scalars(group, points, scalars, compiled=_compiles(group, body))
    if ledger is not None:
        ledger.msm(group.curve, group.name, len(scalar_list), histogram)
    if not histogram or set(histogram) == {0}:
        return group.identity
    window = pick_window(tuple(sorted(histogram.items())))
    return _run(group, points, scalar_list, limbs, max(histogram), window)[0]


def pippenger(
    group: Group, points: Points, scalars: Elements, *, window: int | None = None, body: Body = "fast"
) -> tuple[Point, MsmCounts]:
    """The same sum with what it took; `window=None` picks the window as `msm` does."""
    limbs, scalar_list, histogram = _scalars(group, points, scalars, compiled=_compiles(group, body))
    chosen = window or pick_window(tuple(sorted(histogram.items())))
    return _run(group, points, scalar_list, limbs, max(histogram, default=0), chosen)


def bit_length_histogram(scalars: Iterable[int]) -> Counter[int]:
    """How many scalars have each bit length."""
    return Counter(int(k).bit_length() for k in scalars)


def signed_digits(scalar: int, window: int, windows: int) -> list[int]:
    """Digits in (−2^(c−1), 2^(c−1)], lowest first.

    Example:
        >>> signed_digits(0b1101_0111, 4, 3)
        [7, -3, 1]
    """
    half, mask, out = 1 << (window - 1), (1 << window) - 1, []
    carry = 0
    for _ in range(windows):
        digit = (scalar & mask) + carry
        carry = int(digit > half)
        out.append(digit - (carry << window))
        scalar >>= window
    return out


def _compiles(group: Group, body: Body) -> bool:
    return body == "fast" and isinstance(group, ShadowGroup) and group.order.bit_length() <= COMPILED_MODULUS_BITS


def _scalars(
    group: Group, points: Points, scalars: Elements, *, compiled: bool
) -> tuple[Elements | None, list[int], Counter[int]]:
    """Limbs (for the compiled body), integers and bit lengths of the scalars, checked."""
    listed = scalars.tolist() if isinstance(scalars, np.ndarray) else [int(k) for k in scalars]
    if len(listed) != len(points):
        raise InvalidInput(f"scalars: must be as many as the points, {len(points)}; got {len(listed)}.")
    if listed and not (min(listed) >= 0 and max(listed) < group.order):
        raise InvalidInput(f"scalars: must lie in [0, r) of {group.curve}; got {min(listed)} to {max(listed)}. Reduce them.")
    if not compiled:
        return None, listed, bit_length_histogram(listed)
    from proving_cost.compiled.four_limbs import to_limbs
    from proving_cost.compiled.pippenger import bit_lengths

    limbs = to_limbs(listed)
    return limbs, listed, Counter({b: int(k) for b, k in enumerate(bit_lengths(limbs)) if k})


def _run(
    group: Group, points: Points, scalars: list[int], limbs: Elements | None, bits: int, window: int
) -> tuple[Point, MsmCounts]:
    windows = windows_for(bits, window) if bits else 0
    if limbs is None:
        return _reference(group, points, scalars, window, windows)
    from proving_cost.compiled.four_limbs import to_integers, to_limbs
    from proving_cost.compiled.pippenger import pippenger as compiled

    total, statistics, counts = compiled(to_limbs(points), limbs, to_limbs([group.order])[0], window, windows)
    return int(to_integers(total)[()]), MsmCounts(
        window=window,
        statistics=tuple((int(a), int(b), int(c)) for a, b, c in statistics),
        bucket_additions=int(counts[0]),
        other_additions=int(counts[1]),
        doublings=int(counts[2]),
    )


class _Tally:
    """A sum that may be empty, and the additions it took."""

    __slots__ = ("additions", "doublings", "group")

    def __init__(self, group: Group) -> None:
        self.group, self.additions, self.doublings = group, 0, 0

    def join(self, total: Point | None, p: Point) -> Point:
        if total is None:
            return p
        self.additions += 1
        return self.group.add(total, p)

    def double(self, p: Point) -> Point:
        self.doublings += 1
        return self.group.double(p)


def _reference(group: Group, points: Points, scalars: list[int], window: int, windows: int) -> tuple[Point, MsmCounts]:
    buckets_tally, others = _Tally(group), _Tally(group)
    digits = [signed_digits(k, window, windows) for k in scalars]
    sums: list[Point | None] = []
    statistics = []
    for w in range(windows):
        buckets: dict[int, Point] = {}
        nonzero = 0
        for p, row in zip(points, digits, strict=True):
            if digit := row[w]:
                nonzero += 1
                buckets[abs(digit)] = buckets_tally.join(buckets.get(abs(digit)), p if digit > 0 else group.neg(p))
        running: Point | None = None
        total: Point | None = None
        for b in range(max(buckets, default=0), 0, -1):
            if b in buckets:
                running = others.join(running, buckets[b])
            total = others.join(total, running)
        sums.append(total)
        statistics.append((nonzero, len(buckets), max(buckets, default=0)))
    out: Point | None = None
    for total in reversed(sums):
        if out is not None:
            for _ in range(window):
                out = others.double(out)
        if total is not None:
            out = others.join(out, total)
    return group.identity if out is None else out, MsmCounts(
        window=window,
        statistics=tuple(statistics),
        bucket_additions=buckets_tally.additions,
        other_additions=others.additions,
        doublings=others.doublings,
    )
