r"""A Prooφ-style exchange (reconstructed), variant A: users pay the greater of two thresholds.

Sort fees $f_1\ge f_2\ge\dots$ ($f_k=0$ beyond the users) and asks $p_1\le p_2\le\dots$ with capacities $s_j$; let
$S_\ell=\sum_{j\le\ell}s_j$ and

$$ \ell^*=\max\{\ell<n : S_\ell\le m,\; f_{S_\ell}\ge p_{\ell+1}\}. $$

Users $1,\dots,S_{\ell^*}$ are served and pay $\max(f_{S_{\ell^*}+1}, p_{\ell^*+1})$; provers $1,\dots,\ell^*$ make $s_j$ proofs
each, at $p_{\ell^*+1}$ a proof.

**Theorem.** For reports of at least 0: truth is dominant for every user and, capacities given, for every prover; nobody loses by
it; and the exchange never runs a deficit.

*Proof.* At $\ell=\ell^*$, $f_{S_\ell}\ge\max(f_{S_\ell+1},p_{\ell+1})$: served users pay at most their fee and at least
$p_{\ell+1}$, which is at least the ask of a chosen prover, and as many proofs are paid for as are made. *Served user*: while it
bids above the price, its bid moves neither the set of the first $S_{\ell^*}$ nor any $f_{S_\ell}$ with $\ell>\ell^*$; below the
price it is out of that set or makes $\ell^*$ infeasible, and is last, and so out, for every smaller $\ell$. *User that is not
served*: an $\ell$ at which a higher bid gets it in has a price of at least its value, for otherwise these users would have been
served in truth. *Chosen prover*: for $\ell\ge\ell^*$ the first $\ell$, $S_\ell$ and $p_{\ell+1}$ are the same whatever it asks
below $p_{\ell^*+1}$; above, it stands at a place where no $\ell$ is feasible. *Prover that is not chosen*: at a price above its
cost the first $\ell$ are the same provers as in truth, where they were not feasible. $\square$
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

from mechanisms.prefixes import PrefixMechanism

__all__ = ["ProoflikeA"]


@final
@dataclass(frozen=True, slots=True)
class ProoflikeA(PrefixMechanism):
    """Prooφ-style (reconstructed): whole provers at the next prover's ask, as many as the last served user can pay for.

    Raises:
        Refused: when evaluated with demands, or mirrored.

    Notes:
        Truthful in fees and unit costs, not in capacities or identities: a prover gains by holding capacity back, or by
        splitting into two. The last prover never sells, having nobody behind it; one prover alone never does. Equal reports:
        the first in market order ranks first. Reports are meant to be at least 0. The published rule was not available in full,
        and fidelity to it is not claimed.

    Example:
        >>> from mechanisms import Exchange, ProoflikeA, Uniform
        >>> law = Uniform(0, 10)
        >>> users, provers = dict.fromkeys("uvwxy", law), dict.fromkeys("abc", law)
        >>> market = Exchange(users, provers, capacities={"a": 2, "b": 2})
        >>> bids = dict(zip("uvwxyabc", (10.0, 9.0, 8.0, 7.0, 6.0, 1.0, 3.0, 5.0)))
        >>> dict(ProoflikeA().outcome(market, bids).payments)
        {'u': 6.0, 'v': 6.0, 'w': 6.0, 'x': 6.0, 'y': 0.0, 'a': 10.0, 'b': 10.0, 'c': 0.0}

    References:
        Wang, Zhou, Yaish, Zhang, Fisch and Livshits (2025), Prooφ: A ZKP Market Mechanism, Financial Cryptography; rule and
        theorem here are a reconstruction.
    """

    kind = "prooflike_a"
    truthful: ClassVar[bool] = True

    def deciding_rank(self, units: int) -> int:
        return units - 1

    def _user_price(self, excluded: Any, ask: Any, maximum: Any) -> Any:
        return maximum(excluded, ask)
