r"""`audit`: what self-interested agents would do to a rule, and what they certainly would not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING

from equilibria.auditing.findings import Audit, Finding
from equilibria.auditing.registry import kinds_of
from equilibria.auditing.subject import Subject
from mechanisms import Market, Mechanism
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from equilibria.collateral.delivery_game import DeliveryGame
    from equilibria.solving import Progress

__all__ = ["audit"]


def audit(
    mechanism: Mechanism,
    market: Market,
    *,
    kinds: Iterable[str] | str | None = None,
    delivery: DeliveryGame | None = None,
    timeout: float = 60.0,
    progress: Progress | None = None,
) -> Audit:
    r"""Look for deviations of every kind, exactly.

    $$ \max_{\theta,\,r_S}\; \sum_{i\in S} \bigl(u_i(r_S, \theta_{-S}; \theta_i) - u_i(\theta; \theta_i)\bigr) $$

    over one agent $S=\{i\}$ and what it reports (`cost`), reports under two names (`identities`; `phantom_bid`, if the first of
    them is true), reports as its capacity (`capacity_under`, `capacity_over`, `capacity_split`), or over pairs (`coalition`);
    and outside of sealed reports over trades that avoid the rule (`off_chain`), commits that are not revealed (`non_reveal`),
    the moment of a lock (`timing`), and bids against oneself (`self_outbid`, `ping_pong`), and what
    a winner does with the request (`abandonment`, `self_slash`, `late_rescue`) or takes it for (`entry_to_abandon`). In a contest
    with known costs, at its equilibrium: another effort (`cost`), a second name, a pair, a proof that is not delivered
    (`non_reveal`), a hash submitted again (`resubmission`), and proofs that nobody asked for (`wash_work`).

    Arguments:
        mechanism: the rule.
        market: who reports; of an `UncertainPresence`, gains of `non_reveal` and `timing` are expected ones.
        kinds: names of the kinds to look for; None for all.
        delivery: the terms on which a winner delivers, for the kinds `abandonment`, `self_slash`, `late_rescue` and
            `entry_to_abandon`.
        timeout: in seconds, for all together.
        progress: called as `progress(what, share)` now and then.

    Returns:
        An `Audit`: `.findings`, each with `.kind`, `.status`, `.gain`, `.instance`, `.how`. The status is `"absent"` only with a
        certificate, which `check` confirms; `"found"` with exact numbers, computed by the rule itself; otherwise `"not_found"`,
        with what was searched.

    Raises:
        InvalidInput: an argument is wrong.
        Refused: no kind that was asked for has a meaning here, or the rule has no outcome in this market.

    Notes:
        A proof is `verify`'s and is over all reports that the message names. A gain is the greatest of the counterexample and a
        small rational grid, and no bound on others. Rivals tell the truth, under a cost that they may have; in a commit-reveal
        auction they may also not reveal. Some seconds for three agents; a coalition in an exchange takes longest.

    Example:
        >>> from equilibria import audit
        >>> from mechanisms import CommitReveal, Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> for lone in ("own_bid", "reserve"):
        ...     found = audit(CommitReveal(1, lone), market, kinds=("identities", "non_reveal"))
        ...     print([(one.status, str(one.gain)) for one in found.findings])
        [('found', '1'), ('found', '1')]
        [('absent', 'None'), ('absent', 'None')]

    References:
        Brevis, `BrevisMarket.sol`, for the auction of the example; Roughgarden, Transaction fee mechanism design (2021), for
        off-chain agreements.
    """
    if not isinstance(mechanism, Mechanism):
        raise InvalidInput(f"mechanism must be a rule of the catalogue; got {shown(mechanism)}. `verify` takes functions.")
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Market; got {shown(market)}.")
    if not isinstance(timeout, int | float) or isinstance(timeout, bool) or not timeout > 0 or math.isnan(timeout):
        raise InvalidInput(f"timeout must be a positive number of seconds; got {shown(timeout)}.")
    chosen = kinds_of(kinds)
    whole = Subject(mechanism, market, monotonic(), delivery)
    left_out = {kind.name: reason for kind in chosen if (reason := kind.inapplicable(whole)) is not None}
    asked = [kind for kind in chosen if kind.name not in left_out]
    if not asked:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise Refused(f"no kind of deviation has a meaning for {mechanism!r} here ({reasons:.600}).")
    if whole.reason_against_proof is None:
        _has_outcome(whole)
    end = monotonic() + timeout
    findings: list[Finding] = []
    for number, kind in enumerate(asked):
        if progress is not None:
            progress(f"auditing {kind.name}", number / len(asked))
        left = max(end - monotonic(), 0.0)
        share = left / (len(asked) - number)
        findings.append(kind.look(Subject(mechanism, market, monotonic() + share, delivery)))
    return Audit(mechanism=mechanism, market=market, findings=tuple(findings), left_out=left_out)


def _has_outcome(subject: Subject) -> None:
    """Evaluates the rule once.

    Raises:
        Refused: it has no outcome in this market.
    """
    from equilibria.auditing.outcome_table import grid_of_types

    point = [grid_of_types(prior, 2)[0] for prior in subject.certain.priors]
    subject.rule.outcome(point, subject.setting)
