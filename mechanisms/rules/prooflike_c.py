r"""A Prooφ-style exchange (reconstructed), variant C: users pay the first fee that is not served.

With the notation of variant A,

$$ \ell^*=\max\{\ell<n : S_\ell\le m,\; f_{S_\ell+1}\ge p_{\ell+1}\}, $$

users $1,\dots,S_{\ell^*}$ are served and pay $f_{S_{\ell^*}+1}$; provers $1,\dots,\ell^*$ make $s_j$ proofs each, at
$p_{\ell^*+1}$ a proof. It is variant A with a condition that is stricter by one user, so it trades weakly less and has the same
guarantees: with $\ell$ chosen by users who are not served, a served user moves nothing while it bids above the price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

from mechanisms.prefixes import PrefixMechanism

__all__ = ["ProoflikeC"]


@final
@dataclass(frozen=True, slots=True)
class ProoflikeC(PrefixMechanism):
    """Prooφ-style (reconstructed): whole provers at the next prover's ask, as many as the first excluded user can pay for.

    Raises:
        Refused: when evaluated with demands, or mirrored.

    Notes:
        Truthful in fees and unit costs, individually rational and never in deficit, for reports of at least 0; not truthful in
        capacities or identities. If every user could be served there is no excluded fee, and it counts as 0. Equal reports:
        the first in market order ranks first. Fidelity to the published rule is not claimed.

    Example:
        >>> from mechanisms import Exchange, ProoflikeC, Uniform
        >>> law = Uniform(0, 10)
        >>> users, provers = dict.fromkeys("uvwxy", law), dict.fromkeys("abc", law)
        >>> market = Exchange(users, provers, capacities={"a": 2, "b": 2})
        >>> bids = dict(zip("uvwxyabc", (10.0, 9.0, 8.0, 7.0, 4.0, 1.0, 3.0, 5.0)))
        >>> dict(ProoflikeC().outcome(market, bids).payments)
        {'u': 8.0, 'v': 8.0, 'w': 0.0, 'x': 0.0, 'y': 0.0, 'a': 6.0, 'b': 0.0, 'c': 0.0}

    References:
        Wang, Zhou, Yaish, Zhang, Fisch and Livshits (2025), Prooφ: A ZKP Market Mechanism, Financial Cryptography; the rule
        here is a reconstruction.
    """

    kind = "prooflike_c"
    truthful: ClassVar[bool] = True

    def deciding_rank(self, units: int) -> int:
        return units

    def _user_price(self, excluded: Any, ask: Any, maximum: Any) -> Any:
        return excluded
