"""Restaking networks: security by multipliers, by search, or refuted by an attack; cascades and their bound."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import combinations

import pytest

from equilibria import check, network_security
from equilibria.checking import sealed
from equilibria.collateral.cascades import cascade_bound, worst_cascade
from equilibria.collateral.network_security import largest_buffer, operator_loads
from mechanisms import InvalidInput, Refused, Restaking, Service

F = Fraction


def random_network(rng: random.Random, operators: int = 5, services: int = 4, profit: int = 8) -> Restaking:
    names = "abcdefgh"[: rng.randint(1, operators)]
    return Restaking(
        operators={name: rng.randint(1, 9) for name in names},
        services={
            f"s{k}": Service(
                F(rng.randint(0, 2 * profit), 2), F(rng.randint(1, 4), 4), rng.sample(names, rng.randint(1, len(names)))
            )
            for k in range(rng.randint(1, services))
        },
    )


def best_gain(network: Restaking, gamma: Fraction) -> Fraction:
    """The buffered gain of the best attack, over all coalitions and all sets of services, by the definition."""
    best = F(0)
    for size in range(len(network.operators) + 1):
        for group in combinations(network.operators, size):
            for count in range(len(network.services) + 1):
                for targets in combinations(network.services, count):
                    if all(
                        sum(network.operators[v] for v in group if v in network.services[s].operators)
                        >= network.services[s].threshold * sum(network.operators[v] for v in network.services[s].operators)
                        for s in targets
                    ):
                        gain = (1 + gamma) * sum((network.services[s].profit for s in targets), F(0))
                        best = max(best, gain - sum((network.operators[v] for v in group), F(0)))
    return best


def test_the_answer_is_the_definitions_and_every_certificate_checks() -> None:
    rng = random.Random(3)
    seen = set()
    for _ in range(80):
        network, gamma = random_network(rng), F(rng.randint(0, 3), 10)
        found, gain = network_security(network, gamma), best_gain(network, gamma)
        assert (found.status == "insecure") == (gain > 0)
        if gain:
            assert found.gain == gain and found.attack is not None
            profit = network.attack_profit(*found.attack)
            assert profit + gamma * sum((network.services[s].profit for s in found.attack[1]), F(0)) == gain
        checked = check(found.certificate or "")
        assert checked.valid, checked.message
        seen.add(json.loads(found.certificate or "")["evidence"]["kind"])
    assert seen == {"loads", "search", "attack"}


def test_the_local_condition_implies_the_buffer() -> None:
    rng = random.Random(5)
    held = 0
    for _ in range(120):
        network = random_network(rng, profit=3)
        load = max(operator_loads(network).values())
        if load:
            gamma = 1 / load - 1  # the greatest buffer that the local condition proves
            if gamma >= 0:
                held += 1
                assert best_gain(network, gamma) == 0
                buffer = largest_buffer(network)
                assert buffer is not None and buffer >= gamma
    assert held > 20


def test_the_largest_buffer_is_where_security_ends() -> None:
    network = Restaking(operators={"a": 10, "b": 10}, services={"x": Service(6, "1/2", ["a", "b"])})
    assert largest_buffer(network) == F(2, 3)
    assert network_security(network, "2/3").status == "secure"
    assert network_security(network, F(2, 3) + F(1, 10**9)).status == "insecure"
    assert largest_buffer(Restaking(operators={"a": 1}, services={"x": Service(0, 1, ["a"])})) is None


def test_the_bound_of_the_paper() -> None:
    assert cascade_bound("1/10", "1/1000") == F(11, 1000)  # a buffer of 10 % and a shock of 0.1 % lose less than 1.1 %


def test_cascades_stay_below_the_bound() -> None:
    rng = random.Random(8)
    spread = 0
    for _ in range(60):
        network = random_network(rng, operators=5, services=3, profit=4)
        gamma = largest_buffer(network)
        if gamma is None or gamma <= 0:
            continue
        for shock in (F(1, 10), F(1, 4), F(1, 2)):
            found = worst_cascade(network, shock)
            assert found.lost < cascade_bound(gamma, shock)
            assert found.lost <= shock or found.attacks
            spread += bool(found.attacks)
    assert spread > 3


def test_every_attack_of_a_cascade_pays_in_what_is_left() -> None:
    services = {"x": Service("21/4", "1/2", ["a", "b"]), "y": Service("9/2", "1/2", ["b", "c"])}
    network = Restaking(operators={"a": 6, "b": 5, "c": 4, "idle": 85}, services=services)
    assert network_security(network).status == "secure"
    found = worst_cascade(network, "6/100")
    assert found.shock == ("a",) and found.lost == F(6 + 5 + 4, 100)
    gone = set(found.shock)
    for group, targets in found.attacks:
        for s in targets:
            left = [v for v in services[s].operators if v not in gone]
            assert network.stake(set(group) & set(left)) >= services[s].threshold * network.stake(left)
        assert sum(services[s].profit for s in targets) > network.stake(group)
        gone.update(group)
    assert network.stake(gone) / 100 == found.lost
    assert worst_cascade(network, "39/1000").lost == 0


def test_a_network_that_is_too_large_to_search() -> None:
    names = [f"o{k}" for k in range(20)]
    calm = Restaking(operators=dict.fromkeys(names, 1), services={"x": Service(5, "1/2", names)})
    assert network_security(calm).status == "secure"  # the local condition takes any size
    tight = Restaking(operators=dict.fromkeys(names, 1), services={"x": Service("41/4", "21/40", names)})
    assert network_security(tight).status == "secure"
    assert network_security(Restaking(tight.operators, {"x": Service("42/4", "1/2", names)})).status == "unknown"
    with pytest.raises(Refused, match="too large to search"):
        largest_buffer(calm)
    with pytest.raises(Refused, match="at most 9 operators"):
        worst_cascade(calm, "1/10")


def test_parts_are_searched_apart() -> None:
    parts = {f"o{k}": 2 for k in range(40)}
    services = {f"s{k}": Service(3 if k else 5, 1, [f"o{2 * k}", f"o{2 * k + 1}"]) for k in range(20)}
    services["t"] = Service(2, "1/2", ["o0", "o1"])
    found = network_security(Restaking(parts, services))
    assert found.attack == (("o0", "o1"), ("s0", "t")) and found.gain == 3 and check(found.certificate or "").valid


def reseal(text: str, change: object) -> str:
    tree = json.loads(text)
    change(tree)  # type: ignore[operator]
    return sealed(tree)


SECURE = network_security(Restaking({"a": 10, "b": 10}, {"x": Service(6, "1/2", ["a", "b"])}), "1/10")
ATTACK = network_security(Restaking({"a": 10, "b": 10}, {"x": Service(11, "1/2", ["a", "b"])}))
TWO = {"x": Service(6, "11/20", ["a", "b"]), "y": Service(5, "1/2", ["a", "b"])}
TWO = {"x": Service(6, "11/20", ["a", "b"]), "y": Service(5, "1/2", ["a", "b"])}
SEARCH = network_security(Restaking({"a": 10, "b": 10}, TWO))


@pytest.mark.parametrize(
    ("found", "change", "message"),
    [
        (SECURE, lambda t: t["evidence"]["multipliers"].update(x="1/2"), "too small"),
        (SECURE, lambda t: t["evidence"]["multipliers"].update(x="3/2"), "more than 1"),
        (SECURE, lambda t: t["evidence"]["multipliers"].update(z="0"), "an entry for each service"),
        (SECURE, lambda t: t.update(gamma="9/10"), "too small"),
        (SECURE, lambda t: t.update(gamma="-1"), "at least 0"),
        (SECURE, lambda t: t["network"]["services"]["x"].update(profit="60"), "too small"),
        (SECURE, lambda t: t["network"]["services"]["x"].update(threshold="0"), "threshold in"),
        (SECURE, lambda t: t["network"]["services"]["x"].update(operators=["a", "a"]), "different labels"),
        (SECURE, lambda t: t["network"]["operators"].update(a="-10"), "must be positive"),
        (SECURE, lambda t: t["states"].update(status="insecure"), "must be 'secure'"),
        (SECURE, lambda t: t["states"].update(extra="1"), "not known to the checker"),
        (SECURE, lambda t: t["evidence"].update(kind="faith"), "must be loads, search or attack"),
        (SECURE, lambda t: t.update(extra=1), "not known to the checker"),
        (ATTACK, lambda t: t["evidence"].update(operators=[]), "too little stake"),
        (ATTACK, lambda t: t["evidence"].update(operators=["a", "b"]), "does not pay"),
        (ATTACK, lambda t: t["network"]["services"]["x"].update(profit="10"), "does not pay"),
        (ATTACK, lambda t: t["states"].update(status="secure"), "must be 'insecure'"),
        (SEARCH, lambda t: t["network"]["services"]["y"].update(profit="21/2"), "gains"),
        (SEARCH, lambda t: t["network"]["operators"].update({f"o{k}": "1" for k in range(15)}), "at most 14 operators"),
    ],
)
def test_false_certificates_are_rejected(found: object, change: object, message: str) -> None:
    text = found.certificate  # type: ignore[attr-defined]
    assert check(text).valid
    assert not check(text.replace('"x"', '"q"', 1)).valid
    checked = check(reseal(text, change))
    assert not checked.valid and message in checked.message, checked.message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Service(1, 2, ["a"]), "threshold must lie in"),
        (lambda: Service(1, 1, []), "operators must be different labels"),
        (lambda: Service(1, 1, "ab"), "operators must be labels"),
        (lambda: Service(-1, 1, ["a"]), "profit must be at least 0"),
        (lambda: Restaking({}, {}), "operators must be a mapping"),
        (lambda: Restaking({"a": 0}, {"x": Service(1, 1, ["a"])}), "operators.a must be positive"),
        (lambda: Restaking({"a": 1}, {"x": Service(1, 1, ["b"])}), "services.x.operators must be among operators"),
        (lambda: Restaking({"a": 1}, {"x": 3}), "services.x must be a Service"),  # type: ignore[dict-item]
        (lambda: Restaking({"a": 1}, {"x": Service(1, 1, ["a"])}).attack_profit([], ["x"]), "can attack"),
        (lambda: network_security(3), "network must be a Restaking"),  # type: ignore[arg-type]
        (lambda: worst_cascade(Restaking({"a": 1}, {"x": Service(1, 1, ["a"])}), 2), "shock must lie in"),
        (lambda: cascade_bound(0, 1), "gamma must be positive"),
    ],
)
def test_refusals(make: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()  # type: ignore[operator]
