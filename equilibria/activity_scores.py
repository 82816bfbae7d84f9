r"""What an activity score earns in the long run (`EqualShare`): a Markov chain, and its stationary law.

A prover that proves an epoch with probability $q$, independently, has the score
$s\mapsto\min((s-p)^++g\,[\text{proved}],\,M)$, and is paid by $\text{shares}$ of the score after the update. Over many
epochs it earns $q\,E[\text{shares}(s)\mid\text{proved}]/k$ of what a prover with the full score earns that proves always.
All scores are multiples of $\gcd(p,g,M)$, so the chain is finite; it can fall to 0 from everywhere, so its stationary law
is unique for $q<1$.
"""

from __future__ import annotations

import math

import numpy as np

from mechanisms import EqualShare, InvalidInput

__all__ = ["long_run_share"]


def long_run_share(rule: EqualShare, coverage: float) -> float:
    """The share of full pay that a prover earns in the long run.

    Arguments:
        rule: increments, penalties and shares.
        coverage: the probability of proving an epoch, in (0, 1).

    Returns:
        In doubles, from one sparse linear system (some thousand unknowns, a tenth of a second).

    Raises:
        InvalidInput: the coverage is out of its range.

    Example:
        >>> [round(long_run_share(EqualShare.aztec_azip5(), q), 3) for q in (0.99, 0.95, 0.9, 0.8)]
        [0.739, 0.03, 0.01, 0.008]
    """
    from scipy.sparse import csc_matrix, identity, vstack
    from scipy.sparse.linalg import spsolve

    if not 0.0 < coverage < 1.0:
        raise InvalidInput(f"coverage must lie in (0, 1); got {coverage!r}. Who always proves has the full score.")
    unit = math.gcd(rule.increment, rule.penalty, rule.largest)
    count = rule.largest // unit + 1
    down = np.maximum(np.arange(count) - rule.penalty // unit, 0)
    up = np.minimum(down + rule.increment // unit, count - 1)
    here = np.arange(count)
    weights = np.concatenate([np.full(count, coverage), np.full(count, 1.0 - coverage)])
    moves = csc_matrix((weights, (np.concatenate([up, down]), np.concatenate([here, here]))), shape=(count, count))
    balance = (moves - identity(count, format="csc")).tocsr()[:-1]  # one balance follows from the others
    system = vstack([balance, csc_matrix(np.ones((1, count)))], format="csc")
    law = spsolve(system, np.concatenate([np.zeros(count - 1), [1.0]]))
    shares = np.array([float(rule.shares(int(score) * unit)) for score in range(count)]) / rule.full
    return float(coverage * (law @ shares[up]))
