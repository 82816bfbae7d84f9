r"""Properties in expectation over independent priors: Bayesian incentive compatibility and interim participation.

The rule is traced into its decision tree; the bounds are derived by `equilibria.checking`, from the same file that `check`
reads. A failure is searched for on a grid of types and reports and then evaluated exactly, or in balls.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from time import monotonic
from typing import TYPE_CHECKING

from equilibria.equilibrium import Certificate
from equilibria.proofs.certificates import written_tree
from equilibria.proofs.expected_deviations import expected_deviation
from equilibria.proofs.rules import Rule
from equilibria.proofs.settings import Setting
from equilibria.proofs.symbols import Untraceable
from equilibria.proofs.traced_rule import Crashes, TracedRule, traced
from equilibria.proofs.tracing import OutOfTime
from equilibria.proofs.verdict import Counterexample, Status, Verdict
from mechanisms.distributions.parameters import shown
from mechanisms.errors import Refused

if TYPE_CHECKING:
    from flint import arb

    from mechanisms import Market

__all__ = ["IN_EXPECTATION", "STRONGER", "verify_in_expectation"]

IN_EXPECTATION = ("bic", "interim_ir")
ALWAYS = {
    "bic": "proved: truth is dominant, so it is a Bayes-Nash equilibrium for any priors",
    "interim_ir": "proved: nobody loses by telling the truth, whatever the others report, so for any priors",
}
STRONGER = {"bic": "dsic", "interim_ir": "individual_rationality"}
PROVED = {
    "bic": "proved: truth is a Bayes-Nash equilibrium for these priors",
    "interim_ir": "proved: nobody expects to lose by telling the truth, whatever its type",
}


def verify_in_expectation(
    rule: Rule,
    setting: Setting,
    market: Market | int,
    property: str,
    epsilon: Fraction,
    timeout: float,
    stronger: Callable[[], Verdict],
) -> Verdict:
    """A verdict about expectations.

    Args:
        rule: as read.
        setting: the agents.
        market: with their priors.
        property: `"bic"` or `"interim_ir"`.
        epsilon: what may be lost; 0 to be told what is certain.
        timeout: in seconds; it is looked at while the rule is traced, and after each agent.
        stronger: verifies the property for all reports of the others, for rules beyond what is integrated here.

    Raises:
        Refused: no priors, one agent only, or a rule that cannot be traced.
    """
    from mechanisms import Market

    if not isinstance(market, Market):
        raise Refused(f"property {property!r} is about expectations and needs priors: pass a Market; got {shown(market)}.")
    if len(market.labels) < 2:
        raise Refused(f"property {property!r} needs two agents or more: with one there is nothing to expect. Use 'dsic'.")

    def verdict(status: Status, message: str, **rest: object) -> Verdict:
        return Verdict(rule=rule.name, property=property, status=status, message=message, **rest)  # type: ignore[arg-type]

    deadline = monotonic() + timeout
    try:
        found = traced(rule, setting, deadline)
        return _decided(rule, found, market, property, epsilon, deadline, verdict, stronger)
    except Untraceable as reason:
        raise Refused(f"verify cannot analyse {rule.name!r}: it {reason}.") from None
    except OutOfTime:
        return verdict("unknown", f"unknown after {timeout:g} s: nothing is claimed. Pass a longer timeout or fewer agents.")
    except Crashes as crash:
        reports = {label: Fraction(value) for label, value in zip(setting.labels, crash.point, strict=True)}
        at = ", ".join(f"{label} {value}" for label, value in reports.items())
        example = Counterexample(
            types=reports,
            reports=(reports,),
            allocations=(),
            payments=(),
            gain=Fraction(0),
            story=f"at {at}: {crash.message}",
        )
        return verdict("crashes", f"crashes at {at}: {crash.message}", counterexample=example)


def _decided(
    rule: Rule,
    found: TracedRule,
    market: Market,
    property: str,
    epsilon: Fraction,
    deadline: float,
    verdict: Callable[..., Verdict],
    stronger: Callable[[], Verdict],
) -> Verdict:
    from equilibria.checking.document import Rejected
    from equilibria.checking.incentives import read_agents
    from equilibria.checking.interim_incentives import interim_bound, interim_problem
    from equilibria.checking.rival_laws import long_balls

    document = _document(rule, found, market, property)
    with long_balls():
        try:
            bound = _up(interim_bound(document, property, lambda share: _in_time(deadline)))
        except Rejected as reason:
            known = _whatever_others_report(property, verdict, stronger)
            if known is not None:
                return known
            return verdict("unknown", f"unknown: {reason}, and nothing else is integrated", regions=found.leaves)
        if bound == 0:
            certificate = _sealed(document, property, bound)
            return verdict("proved", PROVED[property], epsilon=bound, certificate=certificate, regions=found.leaves)
        agents = read_agents(document["agents"])  # type: ignore[arg-type]  # it is the mapping written below
        examples = [
            expected_deviation(interim_problem(document, agents, place), found.setting, place, property)
            for place in range(len(agents.labels))
        ]
    example = max(examples, key=lambda each: each.gain)
    if property == "interim_ir" and example.gain <= 0:
        known = _whatever_others_report(property, verdict, stronger)
        if known is not None:
            return known
    if example.gain > epsilon:
        return verdict("refuted", f"refuted: {example.story}", counterexample=example, regions=found.leaves)
    if epsilon and bound > epsilon:
        most = f"{float(bound):.3e}, and {float(epsilon):.3e} was asked for"
        return verdict("unknown", f"unknown: it is certain to fail by at most {most}", regions=found.leaves)
    return verdict(
        "within",
        f"within {float(bound):.3e}: it fails by at most that, for these priors",
        epsilon=bound,
        counterexample=example if example.gain > 0 else None,
        certificate=_sealed(document, property, bound),
        regions=found.leaves,
    )


def _in_time(deadline: float) -> None:
    if monotonic() > deadline:
        raise OutOfTime


def _whatever_others_report(
    property: str, verdict: Callable[..., Verdict], stronger: Callable[[], Verdict]
) -> Verdict | None:
    """What holds for all reports of the others holds in expectation, for any priors."""
    found = stronger()
    if found.status != "proved":
        return None
    return verdict(
        "proved",
        ALWAYS[property],
        epsilon=Fraction(0),
        certificate=found.certificate,
        regions=found.regions,
        cases=found.cases,
    )


def _document(rule: Rule, found: TracedRule, market: Market, property: str) -> dict[str, object]:
    from equilibria.checking.document import FORMAT, VERSION

    setting = found.setting
    return {
        "format": FORMAT,
        "version": VERSION,
        "subject": "interim_incentives",
        "rule": dict(rule.origin),
        "agents": {
            "kind": setting.kind,
            "labels": list(setting.labels),
            "signs": list(setting.signs),
            "bounds": [[str(low), str(high)] for low, high in setting.bounds],
            "units": setting.units,
            "value": None if setting.value is None else str(setting.value),
            **({"sizes": list(setting.sizes)} if setting.sizes else {}),
        },
        "priors": {label: prior.spec() for label, prior in zip(market.labels, market.priors, strict=True)},
        "property": {"name": property},
        "trees": [{"agent": 0, "copies": 0, "nodes": written_tree(found.tree)}],
    }


def _sealed(document: dict[str, object], property: str, bound: Fraction) -> Certificate:
    from equilibria.checking.document import sealed

    return Certificate(sealed({**document, "states": {"property": property, "epsilon": str(bound)}}))


def _up(bound: arb) -> Fraction:
    """A short rational above a ball, and a little more so that other machines confirm it; zero if it is zero."""
    if bound.is_zero():
        return Fraction(0)
    return Fraction(math.nextafter(float(bound.upper()) * (1 + 1e-9), math.inf))
