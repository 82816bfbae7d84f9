r"""Contests in which two names never earn more than one: the subject `contest_names`.

A contestant that makes the efforts $x$ and $y$ under two names, at one cost a unit, might make $x+y$ under one. With rivals'
scores $R$ its share under two is $\frac{x^\alpha+y^\alpha}{x^\alpha+y^\alpha+R}$, which rises in $x^\alpha+y^\alpha$.

- $\alpha=1$: the two shares add up to that of $x+y$, for all $x$, $y$ and $R$: splitting and merging are neutral.
- $\alpha>1$: $x^\alpha+y^\alpha\le(x+y)^\alpha$, for $(x/(x+y))^\alpha+(y/(x+y))^\alpha\le1$: splitting never pays.
- Under caps of reward in the ratio of stakes, $\min(a,s)+\min(b,t)\le\min(a+b,s+t)$, however the stake is divided.
- Deposits are shared as efforts are with $\alpha=1$, and a name that commits makes one proof: two cost at least as much as one.
- Where speeds are given a machine is divided, its speed and its cost with it: $x$ and $y$ are then speeds.
- One prize for the largest effort: of two names the smaller effort is never paid.

With $\alpha<1$ two halves always have a larger share, and nothing is certified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.known_contests import RULES
from equilibria.checking.known_values import parameter, positive, read_known

SUBJECT = "contest_names"

SENTENCES = {
    "neutral": "two names of one contestant earn together what one earns with the sum of their efforts, whatever rivals do",
    "never pays": "two names of one contestant never earn more than one with the sum of their efforts, whatever rivals do",
}
"""What a certificate of this subject may state of splitting."""


def splitting(tree: Mapping[str, object]) -> str:
    """What holds of two names, from the market and the mechanism of a certificate.

    Raises:
        Rejected: malformed, or splitting may pay.
    """
    only(tree, ("format", "version", "subject", "market", "mechanism", "states", "sha256"), "certificate")
    rule = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    kind = string(field(rule, "kind", "mechanism"), "mechanism.kind")
    if kind not in RULES:
        raise Rejected(f"mechanism.kind {kind!r} is not a rule for known costs that the checker knows")
    only(rule, ("kind", *RULES[kind][1]), "mechanism")
    market = read_known(field(tree, "market", "certificate"))
    if market.stakes is not None and "stake_divisor" not in rule:
        raise Rejected("market.stakes is nothing that this rule reads")
    if market.speeds is not None and kind != "weibull_race":
        raise Rejected("market.speeds is nothing that this rule reads")
    if kind == "tullock":
        if parameter(rule, "rebate") != 0:
            raise Rejected("mechanism.rebate must be 0: of rebates nothing is known here")
        return _scores(positive(parameter(rule, "alpha"), "mechanism.alpha"))
    if kind == "weibull_race":
        return _scores(positive(parameter(rule, "shape"), "mechanism.shape"))
    if kind == "curved_share" and field(rule, "payment", "mechanism") == "tullock":
        return _scores(positive(parameter(rule, "alpha"), "mechanism.alpha"))
    if kind == "proportional_mining":
        if "stake_divisor" not in rule:
            return "neutral"
        positive(parameter(rule, "stake_divisor"), "mechanism.stake_divisor")
        if market.stakes is None:
            raise Rejected("market.stakes is missing: a stake_divisor caps rewards by them")
        return "never pays"
    if kind == "two_step_submission":
        if any(parameter(rule, name) < 0 for name in RULES[kind][1]):
            raise Rejected("mechanism: its amounts must be at least 0")
        return "never pays"
    if kind == "prize_contest" and field(rule, "shares", "mechanism") == ["1"]:
        return "never pays"
    raise Rejected(f"under mechanism.kind {kind!r} with these parameters names are counted, and splitting may pay")


def _scores(alpha: Fraction) -> str:
    if alpha < 1:
        raise Rejected(f"with the exponent {alpha}, below 1, two halves have a larger share than the whole")
    return "neutral" if alpha == 1 else "never pays"


def check_contest_names(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Confirm what a certificate states of splitting.

    Raises:
        Rejected: it does not hold.
    """
    states = mapping(field(tree, "states", "certificate"), "states")
    only(states, ("splitting",), "states")
    claim, derived = string(field(states, "splitting", "states"), "states.splitting"), splitting(tree)
    if claim != derived:
        raise Rejected(f"states.splitting must be {derived!r}; got {claim!r:.40}")
    return SENTENCES[derived]
