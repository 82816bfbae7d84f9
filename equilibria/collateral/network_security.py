r"""Whether any coalition of restaking operators gains by corrupting services: a proof of security, or the attack.

A network has the buffer $\gamma$ if $(1+\gamma)\pi_A\le\sigma_B$ for all services $A$ that any operators $B$ can attack; it is
secure if it has the buffer 0. *Local condition*: if for every operator $v$

$$ (1+\gamma)\sum_{s\ni v}\frac{\pi_s}{\alpha_s\sigma_{N(s)}}\le1, $$

the network has the buffer $\gamma$. *Proof*: multiply by $\sigma_v$ and add up over $v\in B$; the left side is
$(1+\gamma)\sum_s\frac{\pi_s}{\alpha_s}\frac{\sigma_{B\cap N(s)}}{\sigma_{N(s)}}$, which is at least $(1+\gamma)\pi_A$, for
each share is at least $\alpha_s$ where $s\in A$. $\square$ The terms are the multipliers of the certificate. The condition is
sufficient only, so where it fails all coalitions of each connected part are tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm
from typing import Literal, final

from equilibria.checking import FORMAT, VERSION, sealed
from mechanisms import InvalidInput, Refused, Restaking
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["NetworkSecurity", "largest_buffer", "network_security", "operator_loads"]

MOST_OPERATORS = 16
"""Operators of a connected part of which all coalitions are tried."""

MOST_CHECKED = 14
"""Operators of a network of which the checker tries all coalitions itself."""

Money = Fraction | int | float | str
Status = Literal["secure", "insecure", "unknown"]


@final
@dataclass(frozen=True, slots=True)
class NetworkSecurity:
    """The answer of `network_security`.

    Arguments:
        status: `"secure"`, `"insecure"`, or `"unknown"` where the local condition fails and a part is too large to search.
        message: what is known, as a sentence.
        attack: the operators and the services of the most profitable attack, if there is one.
        gain: what it gains, after the buffer: $(1+\\gamma)\\pi_A-\\sigma_B$.
        multipliers: by service, if the local condition holds.
        certificate: the text to `check`; None where a search has no short proof.
    """

    status: Status
    message: str
    attack: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    gain: Fraction | None = None
    multipliers: dict[str, Fraction] | None = None
    certificate: str | None = None


def operator_loads(network: Restaking, gamma: Money = 0) -> dict[str, Fraction]:
    r"""The left side of the local condition, $(1+\gamma)\sum_{s\ni v}\pi_s/(\alpha_s\sigma_{N(s)})$, by operator.

    Example:
        >>> from mechanisms import Service
        >>> network = Restaking(operators={"a": 10, "b": 10}, services={"bridge": Service(6, "1/2", ["a", "b"])})
        >>> operator_loads(network)["a"]
        Fraction(3, 5)
    """
    multipliers = _multipliers(_network(network), exact_amount(gamma, "gamma"))
    return {
        operator: sum((multipliers[s] for s, service in network.services.items() if operator in service.operators), Fraction(0))
        for operator in network.operators
    }


def network_security(network: Restaking, gamma: Money = 0) -> NetworkSecurity:
    r"""Prove that a network has a buffer, or find the attack that shows that it has not.

    Arguments:
        network: operators, stakes and services.
        gamma: the buffer $\gamma$, at least 0; 0 asks for security alone.

    Raises:
        InvalidInput: naming the argument that is wrong.

    Notes:
        The local condition takes any size. All coalitions are tried in parts of at most 16 operators, in under a second.

    Example:
        >>> from mechanisms import Service
        >>> network = Restaking(
        ...     operators={"a": 10, "b": 10}, services={"x": Service(6, "1/2", ["a", "b"]), "y": Service(6, "1/2", ["a", "b"])}
        ... )
        >>> found = network_security(network)
        >>> found.status, found.attack, found.gain
        ('insecure', (('a',), ('x', 'y')), Fraction(2, 1))

    References:
        Durvasula and Roughgarden (2025), Robust restaking networks, ITCS; arXiv 2407.21785.
    """
    _network(network)
    buffer = exact_amount(gamma, "gamma")
    multipliers = _multipliers(network, buffer)
    if max(operator_loads(network, buffer).values()) <= 1:
        evidence: dict[str, object] = {"kind": "loads", "multipliers": {s: str(t) for s, t in multipliers.items()}}
        text = _certificate(network, buffer, evidence, "secure")
        return NetworkSecurity("secure", "every operator satisfies the local condition.", None, None, multipliers, text)
    parts = _parts(network)
    small = [part for part in parts if len(part) <= MOST_OPERATORS]
    attack: tuple[list[str], list[str]] = ([], [])
    gain = Fraction(0)
    for part in small:
        scale, tried = _coalitions(network, part)
        top, low = (1 + buffer).as_integer_ratio()
        more, first = max((top * profit - low * stake, -group) for stake, profit, group in tried)
        if more > 0:
            members = [label for i, label in enumerate(part) if -first >> i & 1]
            gain += Fraction(more, low * scale)
            attack[0].extend(members)
            attack[1].extend(label for label in network.corruptible(members) if network.services[label].profit)
    if gain > 0:
        group = tuple(label for label in network.operators if label in set(attack[0]))
        targets = tuple(label for label in network.services if label in set(attack[1]))
        evidence = {"kind": "attack", "operators": list(group), "services": list(targets)}
        text = _certificate(network, buffer, evidence, "insecure")
        message = f"a coalition of {len(group)} attacks {len(targets)} services and gains {gain} after the buffer."
        return NetworkSecurity("insecure", message, (group, targets), gain, None, text)
    if len(small) < len(parts):
        large = f"a part of {max(map(len, parts))} operators is too large to search (at most {MOST_OPERATORS})"
        return NetworkSecurity("unknown", f"the local condition fails, and {large}.")
    whole = len(network.operators) <= MOST_CHECKED
    proof = _certificate(network, buffer, {"kind": "search"}, "secure") if whole else None
    return NetworkSecurity("secure", "no coalition gains; all were tried.", certificate=proof)


def largest_buffer(network: Restaking) -> Fraction | None:
    r"""The greatest buffer, $\min_{A,B}\sigma_B/\pi_A-1$; negative if the network is insecure, None without profits.

    Raises:
        Refused: a connected part has more than 16 operators.

    Example:
        >>> from mechanisms import Service
        >>> largest_buffer(Restaking(operators={"a": 10, "b": 10}, services={"x": Service(6, "1/2", ["a", "b"])}))
        Fraction(2, 3)
    """
    ratios = []
    for part in _parts(_network(network)):
        if len(part) > MOST_OPERATORS:
            raise Refused(
                f"a part of {len(part)} operators is too large to search (at most {MOST_OPERATORS}). Use network_security."
            )
        ratios += [Fraction(stake, profit) for stake, profit, _ in _coalitions(network, part)[1] if profit]
    return min(ratios) - 1 if ratios else None


def _network(network: Restaking) -> Restaking:
    if not isinstance(network, Restaking):
        raise InvalidInput(f"network must be a Restaking; got {shown(network)}.")
    return network


def _multipliers(network: Restaking, gamma: Fraction) -> dict[str, Fraction]:
    return {
        label: (1 + gamma) * service.profit / (service.threshold * network.stake(service.operators))
        for label, service in network.services.items()
    }


def _parts(network: Restaking) -> list[list[str]]:
    """Operators of each connected part: an attack on several is one on each, so they may be searched apart."""
    import networkx

    parts = networkx.connected_components(network.graph())
    return [[label for label in network.operators if ("operator", label) in part] for part in parts]


def _coalitions(network: Restaking, part: list[str]) -> tuple[int, Iterator[tuple[int, int, int]]]:
    """A scale, and for every coalition of a part its stake and the profit of all that it can attack, scaled, and its bit mask."""
    services = [s for s in network.services.values() if s.operators[0] in part and s.profit]
    amounts = [*(network.operators[label] for label in part), *(s.profit for s in services)]
    scale = lcm(*(amount.denominator for amount in amounts))
    sizes = [int(network.operators[label] * scale) for label in part]
    profits = [int(s.profit * scale) for s in services]
    members = [[sizes[i] if label in s.operators else 0 for i, label in enumerate(part)] for s in services]
    needs = [ceil(s.threshold * sum(each)) for s, each in zip(services, members, strict=True)]

    def each() -> Iterator[tuple[int, int, int]]:
        held = [0] * len(services)
        group = total = 0
        for code in range(1, 1 << len(part)):
            at = (code & -code).bit_length() - 1  # Gray code: one operator enters or leaves at a time
            group ^= 1 << at
            sign = 1 if group >> at & 1 else -1
            total += sign * sizes[at]
            profit = 0
            for k, shares in enumerate(members):
                if shares[at]:
                    held[k] += sign * shares[at]
                if held[k] >= needs[k]:
                    profit += profits[k]
            yield total, profit, group

    return scale, each()


def _certificate(network: Restaking, gamma: Fraction, evidence: dict[str, object], status: str) -> str:
    services = {
        label: {"profit": str(s.profit), "threshold": str(s.threshold), "operators": list(s.operators)}
        for label, s in network.services.items()
    }
    stakes = {label: str(stake) for label, stake in network.operators.items()}
    return sealed(
        {
            "format": FORMAT,
            "version": VERSION,
            "subject": "restaking",
            "network": {"operators": stakes, "services": services},
            "gamma": str(gamma),
            "evidence": evidence,
            "states": {"status": status},
        }
    )
