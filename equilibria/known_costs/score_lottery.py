r"""Lotteries of scores with known costs: which contestants take part, and their shares.

With the exponent $\alpha$, utility $v_ip_i-k_ie_i$ and $\gamma_i=k_i/v_i$ first-order conditions are
$\alpha(1-p_i)p_i^{1-1/\alpha}=\gamma_it$, where $t^\alpha=\sum_je_j^\alpha$. Up to $\alpha=1$ everybody to whom a win is worth
something may take part and the equilibrium is unique. Above it a contestant that takes part has a share of at least $1-1/\alpha$
(or it would rather stay out), hence at most $\alpha/(\alpha-1)$ of them do; $n$ equals all take part if and only if
$\alpha\le n/(n-1)$. The proofs are at the top of `equilibria.checking.score_lotteries`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from equilibria.known_costs.profile import Profile
from equilibria.known_costs.raffle import NOBODY, raffle_efforts
from equilibria.known_costs.share_newton import RADIUS, UNDECIDED, falling_shares
from mechanisms import Refused, SolverFailure

__all__ = ["score_lottery"]

MOST_SETS = 1024
"""Sets of contestants that are tried before the search is given up."""

MOST_DIGITS = 2000
"""Of the numerators and denominators that a certificate states."""

OTHERS = "With an exponent above 1 there may be other equilibria, in which others take part."


def score_lottery(
    gammas: Mapping[str, Fraction | None], alpha: Fraction, caps: Sequence[Fraction] | None = None
) -> Profile:
    """The equilibrium of a lottery of scores.

    Arguments:
        gammas: cost of a unit of effort over the value of a win; None for a contestant to whom a win is worth nothing.
        alpha: the exponent, positive.
        caps: the most of the shares that is paid, for the exponent 1 only.

    Raises:
        Refused: no equilibrium in pure strategies, and why.
        SolverFailure: none was found, but there may be one.
    """
    if alpha == 1:
        efforts, unique = raffle_efforts(list(gammas.values()), caps)
        if any(max(effort.numerator, effort.denominator) >= 10**MOST_DIGITS for effort in efforts):
            raise SolverFailure(f"the efforts are rationals of more than {MOST_DIGITS} digits. Round the costs and the prize.")
        stated = {label: str(effort) for label, effort in zip(gammas, efforts, strict=True)}
        notes = () if unique else ("Capped shares alone make up the prize: any smaller efforts in the same ratio do as well.",)
        return Profile(stated={"efforts": stated}, solver="ActiveSet()", complete=unique, notes=notes)
    able = sorted((gamma, label) for label, gamma in gammas.items() if gamma is not None)
    if not able:
        raise Refused(NOBODY)
    if len(able) < 2:
        raise Refused(
            "a contest in which a win is worth its cost to fewer than two has no equilibrium: any effort wins. Add a rival."
        )
    sets: Iterator[Sequence[tuple[Fraction, str]]] = iter([able])
    most = len(able)
    if alpha > 1:
        most = min(len(able), math.floor(alpha / (alpha - 1)))
        sets = _candidates(able, most)
    tried, undecided = 0, False
    for active in sets:
        tried += 1
        if tried > MOST_SETS:
            break
        try:
            found = _shares([gamma for gamma, _ in active], alpha)
            stable = found is not None and _others_stay_out(active, able, found[0], alpha)
        except SolverFailure:
            if alpha < 1:
                raise
            undecided = True
            continue
        if found is not None and stable:
            shares, radius = found
            stated = {label: str(share) for (_, label), share in zip(active, shares, strict=True)}
            return Profile(
                stated={"shares": stated, "radius": str(radius)},
                solver="ShareNewton()" if radius else "EqualShares()",
                complete=alpha < 1,
                notes=() if alpha < 1 else (OTHERS,),
            )
    if undecided or tried > MOST_SETS:
        why = "for some sets of contestants doubles do not decide" if undecided else f"{MOST_SETS} sets of contestants were tried"
        raise SolverFailure(
            f"no equilibrium in pure strategies was found, and there may be one: {why}. Change the costs a little."
        )
    raise Refused(
        f"no equilibrium in pure strategies: with an exponent of {_shown(alpha)} whoever takes part needs a share of at least "
        f"{_shown(1 - 1 / alpha)} to cover its effort, so at most {max(most, 1)} can, and there is none. Use a smaller exponent "
        "(n equals allow n/(n-1)), or PrizeContest() for the limit in mixed strategies."
    )


def _shown(x: Fraction) -> str:
    return f"{float(x):.6g}"


def _candidates(able: Sequence[tuple[Fraction, str]], most: int) -> Iterator[Sequence[tuple[Fraction, str]]]:
    """Sets that may be active: first the cheapest of each number, the most first."""
    for size in range(most, 1, -1):
        yield able[:size]
    for size in range(most, 1, -1):
        yield from combinations(able, size)


def _shares(gammas: Sequence[Fraction], alpha: Fraction) -> tuple[list[Fraction], Fraction] | None:
    least = max(Fraction(0), 1 - 1 / alpha)
    if len(set(gammas)) == 1:
        even = Fraction(1, len(gammas))
        return ([even] * len(gammas), Fraction(0)) if even >= least else None
    power = 1 - 1 / alpha

    def curve(p: Any, i: int, log: Any) -> tuple[Any, Any]:
        if isinstance(p, float):
            a, gamma = float(power), float(gammas[i])
        else:
            a, gamma = _long(power), _long(gammas[i])
        return log(1 - p) + a * log(p) - log(gamma), -1 / (1 - p) + a / p

    shares = falling_shares(curve, len(gammas), least, Fraction(1))
    return None if shares is None else (shares, RADIUS)


def _long(x: Fraction) -> Any:
    from flint import arb, fmpq

    return arb(fmpq(x.numerator, x.denominator))


def _others_stay_out(
    active: Sequence[tuple[Fraction, str]], able: Sequence[tuple[Fraction, str]], shares: Sequence[Fraction], alpha: Fraction
) -> bool:
    """Whether nobody outside would take part.

    Raises:
        SolverFailure: doubles do not decide.
    """
    if alpha < 1:
        return True
    a, p, gamma = float(alpha), float(shares[0]), float(active[0][0])
    aggregate = a * (1 - p) * p ** (1 - 1 / a) / gamma
    limit = (a - 1) ** (1 - 1 / a) / a
    taking_part = {label for _, label in active}
    margin = min((float(g) * aggregate / limit - 1.0 for g, label in able if label not in taking_part), default=1.0)
    if -UNDECIDED < margin < 0.0:
        raise SolverFailure("whether somebody stays out is not decided by doubles.")
    return margin >= 0.0
