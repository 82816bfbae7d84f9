"""`solve`: from a mechanism and a market to an equilibrium with a certificate."""

from __future__ import annotations

import math

from equilibria.equilibrium import Certificate, Equilibrium, Status
from equilibria.games import Progress, Proposal, family_of
from mechanisms import Contest, Enclosure, InvalidInput, Market, Mechanism, Refused, SolverFailure
from mechanisms.mechanism import check_capacities

__all__ = ["Progress", "solve"]


def solve(
    mechanism: Mechanism,
    market: Market,
    solver: object | None = None,
    *,
    throw: bool = True,
    progress: Progress | None = None,
) -> Equilibrium:
    r"""Find a Bayes-Nash equilibrium and certify it.

    With independent private costs $c_i\sim F_i$ and bids $\beta_i$, the certified number is
    $\varepsilon\ge\sup_{i,c,b}\;u_i(b,c)-u_i(\beta_i(c),c)$, where $u_i$ is the interim utility against the other strategies.

    Args:
        mechanism: the rule. Its family (`equilibria.games`) says how strategies are found.
        market: the market.
        solver: how; it owns tolerances. None chooses by the game, and the choice is in `Equilibrium.solver`.
        throw: whether a solver that is not content raises; otherwise the best strategies that it found are returned, with
            *their* certified epsilon and the status `"not_converged"`.
        progress: called as `progress(what, share)` now and then.

    Returns:
        An `Equilibrium`; its bounds were derived by `equilibria.checking` from the strategies alone.

        Where all costs are known (a `Contest` with numbers) it has `shares`, `efforts` and `surplus` by label.

    Raises:
        Refused: the rule has no equilibrium or no meaning in this market.
        SolverFailure: strategies were not found, or no bound could be derived for them.

    Notes:
        Two or three provers take a tenth of a second to a second, ten different ones a few seconds. It fails where a cost
        distribution has a gap in its support.

    Example:
        >>> from mechanisms import FirstPrice, Procurement, Uniform
        >>> market = Procurement(costs={name: Uniform(0, 1) for name in "abc"})
        >>> equilibrium = solve(FirstPrice(), market)
        >>> round(equilibrium.expected_payment.midpoint, 9), equilibrium.relative_epsilon < 1e-6
        (0.5, True)

    References:
        Lebrun (1999), International Economic Review 40; Maskin and Riley (2000), Review of Economic Studies 67.
    """
    if not isinstance(mechanism, Mechanism):
        raise InvalidInput(f"mechanism must be a rule such as FirstPrice(); got {type(mechanism).__name__}.")
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement, a Sale or another market; got {type(market).__name__}.")
    if isinstance(market, Contest) and market.known is not None:
        from equilibria.known_costs.solving import solve_known

        return solve_known(mechanism, market, solver)
    finite = [label for label, prior in zip(market.labels, market.priors, strict=False) if prior.atoms]
    if finite:
        raise Refused(
            f"solve needs laws with a density; that of {finite[0]!r} is Discrete. Use optimal() or optimality_gap(), which are "
            "exact on finitely many types, or a PiecewiseLinear law."
        )
    check_capacities(mechanism, market)
    proposal = family_of(mechanism, market)(mechanism, market, solver, progress)
    if throw and proposal.failure is not None and not proposal.others:
        raise SolverFailure(proposal.failure)
    best: Equilibrium | None = None
    reason: Refused | SolverFailure | None = None
    for proposed in (lambda: proposal, *proposal.others):
        try:
            found = _certified(mechanism, market, proposed(), progress)
        except (Refused, SolverFailure) as failure:
            reason = reason or failure
            continue
        if best is None or _rank(found) < _rank(best):
            best = found
        if best.status != "not_converged" and (proposal.aim is None or best.relative_epsilon <= proposal.aim):
            return best
    if best is None:
        assert reason is not None
        raise reason
    if throw and best.status == "not_converged":
        raise SolverFailure(best.message)
    return best


def _rank(found: Equilibrium) -> tuple[bool, float]:
    """Less for what is better: whether it did not converge, then by its epsilon."""
    return found.status == "not_converged", found.relative_epsilon


def _certified(mechanism: Mechanism, market: Market, proposal: Proposal, progress: Progress | None) -> Equilibrium:
    from equilibria.checking import Rejected, sealed, state

    document: dict[str, object] = {
        "format": "prover-markets/certificate",
        "version": 1,
        "market": market.played(),
        "mechanism": mechanism.spec(),
    }
    if proposal.stated is not None:
        document["equilibrium"] = dict(proposal.stated)
    try:
        if proposal.estimates is not None:
            states = dict(proposal.estimates)
        else:
            states = state(document, None if progress is None else lambda share: progress("certifying", share))
    except Rejected as reason:
        raise SolverFailure(f"no bound could be derived for {mechanism!r}: {reason}") from None
    document["states"] = states

    def enclosure(name: str) -> Enclosure:
        interval = states[name]
        assert isinstance(interval, list)
        return Enclosure(float(interval[0]), float(interval[1]))

    epsilon, relative = states["epsilon"], states["relative_epsilon"]
    assert isinstance(epsilon, float)
    exact = epsilon == 0.0
    message = "no bid is better for any cost" if exact else f"no prover gains more than {epsilon:.3g} by any bid at any cost"
    if proposal.estimates is not None:
        message = f"no prover was found to gain more than {epsilon:.3g}: an estimate, nothing is certified over all bids"
    failure = proposal.failure or _discontent(relative, proposal.content)
    if failure is not None:
        message = f"{failure} Of what was found: {message}"
    status: Status = "proved" if exact else "certified" if failure is None else "not_converged"
    return Equilibrium(
        mechanism=mechanism,
        market=market,
        solver=proposal.solver,
        status=status if proposal.estimates is None else "estimated",
        message=message,
        complete=proposal.complete,
        notes=proposal.notes,
        epsilon=epsilon,
        relative_epsilon=relative if isinstance(relative, float) else math.inf,
        expected_payment=enclosure("expected_payment"),
        resource_cost=enclosure("resource_cost"),
        redundant_cost=enclosure("redundant_cost"),
        prover_surplus=enclosure("prover_surplus"),
        no_award=enclosure("no_award"),
        strategies=proposal.strategies,
        certificate=Certificate(sealed(document)),
    )


def _discontent(relative: object, content: float | None) -> str | None:
    """Why a certified epsilon is too large to call the strategies converged, or None."""
    if content is None or (isinstance(relative, float) and relative <= content):
        return None
    share = f"{relative:.1e} of the surplus" if isinstance(relative, float) else "no known share of the surplus"
    return (
        f"the certified epsilon is {share}; at most {content:g} counts as converged. Use a finer solver or smoother laws, "
        "or throw=False to keep what was found."
    )
