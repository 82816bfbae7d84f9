r"""Where a war of attrition of two buyers begins: the values that meet first, and who takes part.

The curve of values that meet is followed down until one of them is the lowest of its law, and with a reserve $r>0$ up again
to where $y_1F_2(y_2)$ and $y_2F_1(y_1)$ are at least $r$: there one of the two values just recovers the reserve. Of the other
buyer, lower values that recover it as well bid just the reserve.
"""

from __future__ import annotations

from collections.abc import Sequence

from equilibria.attrition_pair import Clock, Waiting
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused

__all__ = ["waiting"]

NEXT_TO_NOBODY = 1e-12
"""The chance of values so close to 0 that they stay out; epsilon counts what they would gain."""


def waiting(laws: Sequence[Distribution], alike: tuple[float, float], reserve: float) -> Waiting:
    """The member of the family whose values at two levels meet.

    Raises:
        Refused: a law has a gap.
    """
    for law in laws:
        for left, right in zip(law.knots, law.knots[1:], strict=False):
            if not float(law.cdf(left)) < float(law.cdf(right)):
                raise Refused(
                    f"no value of a buyer is between {left!r} and {right!r}: where nobody gives up, bids of the other jump. "
                    "Close the gap with a small probability."
                )
    floors = [law.support[0] or float(law.quantile(NEXT_TO_NOBODY)) for law in laws]
    clocks = [Clock.of(law, floor) for law, floor in zip(laws, floors, strict=True)]
    times = [float(c.at([max(float(law.quantile(q)), c.start)])[0]) for c, law, q in zip(clocks, laws, alike, strict=True)]
    ahead = [time - min(times) for time in times]
    starts = [c.start if late == 0.0 else float(c.value([late])[0]) for c, late in zip(clocks, ahead, strict=True)]
    if reserve > 0.0:
        starts = _covering(clocks, ahead, starts, reserve)
    chances = [float(law.cdf(start)) for law, start in zip(laws, starts, strict=True)]
    entries = list(starts)
    if reserve > 0.0:
        # The other of the two, whose start more than recovers the reserve, takes part from lower values on, at the reserve.
        k = int(starts[0] * chances[1] < starts[1] * chances[0])
        entries[k] = min(starts[k], max(laws[k].support[0], reserve / chances[1 - k]))
    first, second = (c if c.start == start else Clock.of(c.law, start) for c, start in zip(clocks, starts, strict=True))
    return Waiting((first, second), reserve, (entries[0], entries[1]))


def _covering(clocks: Sequence[Clock], ahead: Sequence[float], starts: list[float], reserve: float) -> list[float]:
    """The lowest values that meet and both recover the reserve."""
    from scipy.optimize import brentq

    def met(t: float) -> list[float]:
        return [float(c.value([t + late])[0]) for c, late in zip(clocks, ahead, strict=True)]

    def excess(t: float) -> float:
        (y1, y2), (first, second) = met(t), clocks
        return min(y1 * float(second.law.cdf(y2)), y2 * float(first.law.cdf(y1))) - reserve

    top = 1.0
    while excess(top) <= 0.0:
        top *= 2.0
    return met(float(brentq(excess, 0.0, top, xtol=1e-300, rtol=8.9e-16))) if excess(0.0) < 0.0 else starts
