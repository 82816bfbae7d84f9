r"""Certificates about restaking networks: the subject `restaking`.

`secure` holds if multipliers $t_s$ satisfy $t_s\alpha_s\sigma_{N(s)}\ge(1+\gamma)\pi_s$ for every service and
$\sum_{s\ni v}t_s\le1$ for every operator: the stake of any coalition that can attack $A$ is at least
$\sum_{v\in B}\sigma_v\sum_{s\ni v}t_s\ge\sum_{s\in A}t_s \sigma_{B\cap N(s)}\ge(1+\gamma)\pi_A$. Or if all coalitions were
tried, which is done here again. `insecure` holds if the stated coalition can attack the stated services and
$(1+\gamma)\pi_A>\sigma_B$.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.linear_programs import rational

MOST_OPERATORS = 14


@dataclass(frozen=True, slots=True)
class _Service:
    profit: Fraction
    need: Fraction
    operators: frozenset[str]


def check_restaking(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Check what a file states of a restaking network; return it as a sentence.

    Raises:
        Rejected: malformed, or it does not hold.
    """
    only(tree, ("format", "version", "subject", "network", "gamma", "evidence", "states", "sha256"), "certificate")
    stakes, services = _network(mapping(field(tree, "network", "certificate"), "network"))
    gamma = rational(field(tree, "gamma", "certificate"), "gamma")
    if gamma < 0:
        raise Rejected("gamma must be at least 0")
    evidence = mapping(field(tree, "evidence", "certificate"), "evidence")
    kind = string(field(evidence, "kind", "evidence"), "evidence.kind")
    states = mapping(field(tree, "states", "certificate"), "states")
    only(states, ("status",), "states")
    status = string(field(states, "status", "states"), "states.status")
    if kind == "loads":
        only(evidence, ("kind", "multipliers"), "evidence")
        _loads(mapping(field(evidence, "multipliers", "evidence"), "multipliers"), stakes, services, gamma)
    elif kind == "search":
        only(evidence, ("kind",), "evidence")
        _search(stakes, services, gamma)
    elif kind == "attack":
        only(evidence, ("kind", "operators", "services"), "evidence")
        _attack(evidence, stakes, services, gamma)
    else:
        raise Rejected(f"evidence.kind must be loads, search or attack; got {kind!r:.40}")
    holds = "insecure" if kind == "attack" else "secure"
    if status != holds:
        raise Rejected(f"states.status must be {holds!r} by this evidence; got {status!r:.40}")
    buffer = f" after a buffer of {gamma}" if gamma else ""
    return f"the coalition gains{buffer}" if kind == "attack" else f"no coalition gains by corrupting services{buffer}"


def _network(node: Mapping[str, object]) -> tuple[dict[str, Fraction], dict[str, _Service]]:
    only(node, ("operators", "services"), "network")
    given = mapping(field(node, "operators", "network"), "operators")
    stakes = {label: rational(stake, f"operators.{label}") for label, stake in given.items()}
    for label, stake in stakes.items():
        if stake <= 0:
            raise Rejected(f"operators.{label} must be positive")
    services = {}
    for label, entry in mapping(field(node, "services", "network"), "services").items():
        where = f"services.{label}"
        service = mapping(entry, where)
        only(service, ("profit", "threshold", "operators"), where)
        profit, threshold = (rational(field(service, key, where), f"{where}.{key}") for key in ("profit", "threshold"))
        operators = _labels(field(service, "operators", where), f"{where}.operators", stakes)
        if profit < 0 or not 0 < threshold <= 1 or not operators:
            raise Rejected(f"{where} must have a profit of at least 0, a threshold in (0, 1] and operators")
        need = threshold * sum((stakes[operator] for operator in operators), Fraction(0))
        services[label] = _Service(profit, need, operators)
    return stakes, services


def _labels(node: object, where: str, known: Mapping[str, object]) -> frozenset[str]:
    if not isinstance(node, list):
        raise Rejected(f"{where} must be a list of labels")
    names = [string(item, where) for item in node]
    if len(set(names)) < len(names) or not set(names) <= set(known):
        raise Rejected(f"{where} must hold different labels of the network")
    return frozenset(names)


def _loads(
    given: Mapping[str, object], stakes: Mapping[str, Fraction], services: Mapping[str, _Service], gamma: Fraction
) -> None:
    if set(given) != set(services):
        raise Rejected("evidence.multipliers must have an entry for each service")
    multipliers = {label: rational(entry, f"multipliers.{label}") for label, entry in given.items()}
    for label, service in services.items():
        if multipliers[label] < 0 or multipliers[label] * service.need < (1 + gamma) * service.profit:
            raise Rejected(f"multipliers.{label} is too small for the profit of the service")
    for operator in stakes:
        load = sum((multipliers[label] for label, service in services.items() if operator in service.operators), Fraction(0))
        if load > 1:
            raise Rejected(f"the multipliers at operator {operator!r} add up to {load}, which is more than 1")


def _search(stakes: Mapping[str, Fraction], services: Mapping[str, _Service], gamma: Fraction) -> None:
    names = list(stakes)
    if len(names) > MOST_OPERATORS:
        raise Rejected(f"a search takes at most {MOST_OPERATORS} operators; got {len(names)}")
    for code in range(1 << len(names)):
        group = {name for i, name in enumerate(names) if code >> i & 1}
        if _gain(group, stakes, services, gamma) > 0:
            raise Rejected(f"the coalition {', '.join(sorted(group))} gains")


def _gain(group: set[str], stakes: Mapping[str, Fraction], services: Mapping[str, _Service], gamma: Fraction) -> Fraction:
    """The buffered profit of all that a coalition can attack, less its stake."""
    profit = Fraction(0)
    for service in services.values():
        if service.profit and sum((stakes[name] for name in group & service.operators), Fraction(0)) >= service.need:
            profit += service.profit
    return (1 + gamma) * profit - sum((stakes[name] for name in group), Fraction(0))


def _attack(
    evidence: Mapping[str, object], stakes: Mapping[str, Fraction], services: Mapping[str, _Service], gamma: Fraction
) -> None:
    group = _labels(field(evidence, "operators", "evidence"), "evidence.operators", stakes)
    targets = _labels(field(evidence, "services", "evidence"), "evidence.services", services)
    for label in targets:
        if sum((stakes[name] for name in group & services[label].operators), Fraction(0)) < services[label].need:
            raise Rejected(f"the coalition holds too little stake to attack {label!r}")
    profit = sum((services[label].profit for label in targets), Fraction(0))
    if (1 + gamma) * profit <= sum((stakes[name] for name in group), Fraction(0)):
        raise Rejected("the attack does not pay")
