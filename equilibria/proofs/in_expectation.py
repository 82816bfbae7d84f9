r"""Properties in expectation over independent priors: Bayesian incentive compatibility and interim participation.

The rule is traced into its decision tree; the bounds are derived by `equilibria.checking`, from the same file that `check`
reads. A failure is searched for on a grid of types and reports and then evaluated exactly, or in balls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from time import monotonic
from typing import TYPE_CHECKING

from equilibria.equilibrium import Certificate
from equilibria.proofs.certificates import written_tree
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

    from equilibria.checking.interim_bounds import Interim
    from equilibria.checking.rival_laws import Number
    from mechanisms import Market

__all__ = ["IN_EXPECTATION", "STRONGER", "verify_in_expectation"]

IN_EXPECTATION = ("bic", "interim_ir")
ALWAYS = {
    "bic": "proved: truth is dominant, so it is a Bayes-Nash equilibrium for any priors",
    "interim_ir": "proved: nobody loses by telling the truth, whatever the others report, so for any priors",
}
STRONGER = {"bic": "dsic", "interim_ir": "individual_rationality"}
GRID = 24
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
            _example(interim_problem(document, agents, place), found.setting, place, property)
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


def _gain(problem: Interim, kind: Fraction, report: Fraction, property: str) -> Number:
    """What a type gains by a report; about participation, what it loses by the truth."""
    if property == "interim_ir":
        return -problem.utility(kind, kind)
    return problem.utility(report, kind) - problem.utility(kind, kind)


def _down(number: Number) -> Fraction:
    """A rational of at most that number, itself if it is one."""
    from flint import fmpq

    if isinstance(number, fmpq):
        return Fraction(int(number.p), int(number.q))
    return Fraction(math.nextafter(float(number.lower()), -math.inf))


def _worst(problem: Interim, property: str) -> tuple[Fraction, Fraction]:
    """A type and a report at which the property fails most, on grids that narrow."""
    kinds = _grid(problem.low, problem.high) + problem.critical
    width = (problem.high - problem.low) / GRID
    best = _best(problem, property, [(kind, kinds) for kind in kinds])
    if best[0] <= 0 and property == "bic":  # a small error of payments pays for small lies only
        near = [width / 6**k for k in range(1, 6)]
        around = [(kind, [kind + sign * step for step in near for sign in (1, -1)]) for kind in kinds[::4]]
        best = max(best, _best(problem, property, around))
    for _ in range(3):
        finer = [_grid(max(problem.low, x - width), min(problem.high, x + width), 8) for x in best[1:]]
        best = max(best, _best(problem, property, [(kind, finer[1]) for kind in finer[0]]))
        width /= 6
    return best[1], best[2]


def _best(
    problem: Interim, property: str, deviations: Sequence[tuple[Fraction, Sequence[Fraction]]]
) -> tuple[float, Fraction, Fraction]:
    """The largest gain, in doubles, with its type and report."""
    known: dict[Fraction, tuple[float, float]] = {}

    def interim(b: Fraction) -> tuple[float, float]:
        if b not in known:
            share, payment = problem.share_and_payment(b)
            known[b] = _float(share), _float(payment)
        return known[b]

    best = (-math.inf, problem.low, problem.low)
    for kind, reports in deviations:
        share, payment = interim(kind)
        honest = float(kind) * share - payment
        if property == "interim_ir":
            best = max(best, (-honest, kind, kind))
            continue
        for report in reports:
            if problem.low <= report <= problem.high:
                share, payment = interim(report)
                best = max(best, (float(kind) * share - payment - honest, kind, report))
    return best


def _float(number: Number) -> float:
    from flint import arb

    return float(arb(number).mid())


def _grid(low: Fraction, high: Fraction, cells: int = GRID) -> list[Fraction]:
    return [low + (high - low) * Fraction(k, cells) for k in range(cells + 1)]


def _example(problem: Interim, setting: Setting, place: int, property: str) -> Counterexample:
    """The worst type and report that were found, in simple numbers where these lose little."""
    kind, report = _worst(problem, property)
    gain = _gain(problem, kind, report, property)
    for denominator in (1, 2, 4, 10, 100, 1000):
        simple = [min(max(x.limit_denominator(denominator), problem.low), problem.high) for x in (kind, report)]
        shorter = _gain(problem, simple[0], simple[1], property)
        if _float(shorter) >= 0.9 * _float(gain) > 0:
            (kind, report), gain = simple, shorter
            break
    least = _down(gain)
    label, sign = setting.labels[place], setting.signs[place]
    what = f"{label}, {'value' if sign > 0 else 'cost'} {kind}"
    about = f"{least}" if least.denominator < 10**9 else f"{float(least):.6g} at least"
    if property == "interim_ir":
        story = f"{what}, expects to lose {about} by telling the truth"
    else:
        story = f"{what}, gains {about} in expectation by reporting {report}"
    parts = [[_down(part) * sign for part in problem.share_and_payment(b)] for b in (kind, report)]
    runs = parts[:1] if property == "interim_ir" else parts
    return Counterexample(
        types={label: kind},
        reports=tuple({label: b} for b in (kind, report))[: len(runs)],
        allocations=tuple({label: part[0]} for part in runs),
        payments=tuple({label: part[1]} for part in runs),
        gain=least,
        story=story,
    )
