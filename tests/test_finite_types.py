"""Finitely many types: payments or an exact cycle, against the statement on a graph; certificates; checks by enumeration."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import FiniteMechanism, check, check_finite, implementable, weakly_monotone
from equilibria.checking import sealed
from equilibria.finite.finite_checks import FiniteProperty
from equilibria.finite.implementability import Implementability
from equilibria.finite.type_graph import implementable_on_the_type_graph
from mechanisms import InvalidInput, Refused

ROTATION = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]  # no two types gain by swapping, all three do by rotating


def entries(kind: str) -> st.SearchStrategy[Any]:
    return {
        "ints": st.integers(-3, 3),
        "words": st.integers(-(2**26), 2**26),
        "big": st.integers(-(10**30), 10**30),
        "fractions": st.fractions(-3, 3, max_denominator=6),
        "floats": st.sampled_from([0.1, -1.5, 0.25, 3.0, 1e-300, 1 / 3]),
    }[kind]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Any, Any]:
    entry = entries(draw(st.sampled_from(["ints", "words", "big", "fractions", "floats"])))
    types, columns = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    values = draw(st.lists(st.lists(entry, min_size=columns, max_size=columns), min_size=types, max_size=types))
    if draw(st.booleans()):
        return values, draw(st.lists(st.integers(0, columns - 1), min_size=types, max_size=types))
    if draw(st.booleans()):
        return values, values  # the gradient of half a square: always implementable
    return values, draw(st.lists(st.lists(entry, min_size=columns, max_size=columns), min_size=types, max_size=types))


def worth(values: Any, allocation: Any, t: int, s: int) -> Fraction:
    if isinstance(allocation[s], list):
        return sum((Fraction(v) * Fraction(x) for v, x in zip(values[t], allocation[s], strict=True)), Fraction(0))
    return Fraction(values[t][allocation[s]])


def holds(found: Implementability, values: Any, allocation: Any) -> bool:
    """Whether the proof in a result is one, from the definition."""
    kinds = range(len(values))
    if found.payments is not None:
        utilities = [worth(values, allocation, t, t) - found.payments[t] for t in kinds]
        return min(utilities) >= 0 and all(
            worth(values, allocation, t, s) - found.payments[s] <= utilities[t] for t in kinds for s in kinds
        )
    assert found.cycle is not None
    steps = zip((found.cycle[-1], *found.cycle), found.cycle, strict=False)
    weight = sum(worth(values, allocation, t, t) - worth(values, allocation, t, s) for s, t in steps)
    return weight == found.weight and weight < 0 and len(set(found.cycle)) == len(found.cycle)


@settings(max_examples=40, deadline=None)
@given(problems())
def test_the_engine_agrees_with_the_graph(problem: tuple[Any, Any]) -> None:
    values, allocation = problem
    found, stated = implementable(values, allocation), implementable_on_the_type_graph(values, allocation)
    assert found.status == stated.status
    assert found.payments == stated.payments
    assert holds(found, values, allocation) and holds(stated, values, allocation)
    assert check(found.certificate).valid and check(stated.certificate).valid
    pairs = weakly_monotone(values, allocation)
    assert pairs.status == "proved" or found.status == "refuted"
    if pairs.suffices:
        assert pairs.status == found.status
    if pairs.pair is not None:
        t, s = pairs.pair
        gain = [worth(values, allocation, a, b) - worth(values, allocation, a, a) for a, b in ((t, s), (s, t))]
        assert sum(gain) == pairs.gain > 0


def test_types_that_only_a_longer_cycle_betrays() -> None:
    pairs = weakly_monotone(ROTATION, [0, 1, 2])
    assert pairs.status == "proved" and not pairs.suffices
    found = implementable(ROTATION, [0, 1, 2])
    assert (found.status, found.cycle, found.weight) == ("refuted", (0, 1, 2), -3)


def test_a_second_price_on_a_line_of_types() -> None:
    """Thresholds: the largest payments charge the lowest type that still gets a unit, its value."""
    found = implementable([0, 1, 2, 3, 4], [0, 0, 1, 1, 1])
    assert found.method == "one_parameter" and found.payments == (0, 0, 2, 2, 2)
    assert implementable([[0, 0], [0, 1], [0, 2], [0, 3]], [0, 0, 1, 1]).payments == (0, 0, 2, 2)


def test_costs_are_negative_values() -> None:
    """A prover of cost 1 or 3 that proves if its cost is 1 may be paid 1 at least, that is, pay at most -1."""
    assert implementable([-1, -3], [1, 0]).payments == (-1, 0)
    assert implementable([-1, -3], [0, 1]).weight == -2


def test_lotteries() -> None:
    """A chance that rises with the value is implementable at the area below it; one that falls is not."""
    values = [["1", "0"], ["2", "0"], ["4", "0"]]
    chances = [["1/3", "2/3"], ["1/2", "1/2"], ["1", "0"]]
    third = Fraction(1, 3)
    assert implementable(values, chances).payments == (third, third + Fraction(1, 3), third + Fraction(1, 3) + 2)
    assert implementable(values, chances[::-1]).status == "refuted"


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.int32, object])
def test_many_types_in_every_arithmetic(dtype: Any) -> None:
    rng = np.random.default_rng(5)
    kinds = 700 if dtype is not object else 60
    values = rng.integers(0, 1000, (kinds, 3))
    menu = rng.integers(0, 1000, (kinds, 3))
    chosen = (values @ menu.T - (menu**2).sum(axis=1) // 2).argmax(axis=1)
    table, bought = (values @ menu.T).astype(dtype), menu[chosen]
    by_table, by_goods = implementable(table, chosen), implementable(values.astype(dtype), bought.astype(dtype))
    assert by_table.payments == by_goods.payments and by_table.payments is not None
    paid = np.array([int(payment) for payment in by_table.payments])
    surplus = values @ bought.T - paid
    assert (surplus.max(axis=1) == surplus.diagonal()).all() and surplus.diagonal().min() >= 0
    first, last = int(values[:, 0].argmin()), int(values[:, 0].argmax())
    bought[[first, last]] = [[999, 0, 0], [0, 0, 0]]
    swapped = implementable(values, bought)
    assert swapped.weight is not None and swapped.weight < 0


def test_words_of_64_bits_in_parts() -> None:
    """Products too long for doubles are summed from parts; one unit in 2^45 decides."""
    big = 2**21 + 1
    values, goods = [[big, 0], [0, big]], [[big, 0], [0, big]]
    assert implementable(values, goods).payments == (big**2, big**2)
    assert implementable([[big, 0], [big, 1]], [[big, 0], [big, -1]]).weight == -1


def test_what_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"allocation\[1\] must be a column of values, 0 to 1; got 2"):
        implementable([[1, 2], [3, 4]], [0, 2])
    with pytest.raises(InvalidInput, match="rows have one length"):
        implementable([[1, 2], [3]], [0, 1])
    with pytest.raises(InvalidInput, match="must be a finite number"):
        implementable([[1.0, np.nan], [3.0, 4.0]], [0, 1])
    with pytest.raises(InvalidInput, match=r"values\[0, 1\] must be an int, a Fraction or a float"):
        implementable([[1, True], [3, 4]], [0, 1])
    with pytest.raises(InvalidInput, match=r"a row of \(2,\) quantities"):
        implementable([[1, 2], [3, 4]], [[0], [1]])
    with pytest.raises(InvalidInput, match="to each of the 2 types"):
        implementable([[1, 2], [3, 4]], [0.5, 1.0])
    with pytest.raises(Refused, match="holds its table"):
        _ = implementable(np.zeros((2001, 2001), dtype=int), np.arange(2001)).certificate


def mutations(text: str) -> list[str]:
    """Files whose numbers differ in one place, with the digest made anew."""
    tree = json.loads(text)
    out = []
    for key in ("types", "values", "outcomes", "quantities", "payments", "states"):
        for changed in _changed(tree.get(key)):
            out.append(sealed({**tree, key: changed}))
    return out


def _changed(node: Any) -> list[Any]:
    if isinstance(node, list):
        return [[*node[:k], new, *node[k + 1 :]] for k in range(len(node)) for new in _changed(node[k])] + [node[:-1]]
    if isinstance(node, dict):
        return [{**node, key: new} for key in node for new in _changed(node[key])]
    if isinstance(node, bool):
        return [not node]
    if isinstance(node, int):
        return [node + 1, -1, str(node), 0.5]
    if isinstance(node, str):
        return [str(Fraction(node) + 1), str(Fraction(node) - Fraction(1, 7)), "1e3", "1/0", "nan", float(Fraction(node))]
    return []


@pytest.mark.parametrize(
    ("values", "allocation"),
    [([1, 2, 4], [0, 1, 2]), (ROTATION, [0, 1, 2]), ([[2, 1], [1, 3]], [[1, 0], [0, "1/2"]]), ([[1, 4], [2, 3]], [1, 0])],
    ids=["line", "rotation", "lotteries", "swap"],
)
def test_altered_certificates(values: Any, allocation: Any) -> None:
    """A file that was altered and sealed again is accepted only if what it then says is true."""
    text = implementable(values, allocation).certificate.to_json()
    assert check(text).valid
    accepted = [mutant for mutant in mutations(text) if check(mutant).valid]
    for mutant in accepted:
        tree = json.loads(mutant)
        given = tree.get("outcomes", tree.get("quantities"))
        found = implementable(tree["values"], given)
        assert (found.status == "proved") == tree["states"]["implementable"]
    assert not check(text.replace('"types"', '"kinds"')).valid
    assert not check(sealed({**json.loads(text), "extra": 1})).valid


FIRST_PRICE = FiniteMechanism(
    {"a": [0, 1], "b": [0, 1]},
    allocation=[[["1/2", "1/2"], [0, 1]], [[1, 0], ["1/2", "1/2"]]],
    payments=[[[0, 0], [0, 1]], [[1, 0], ["1/2", "1/2"]]],
    priors={"a": ["1/3", "2/3"], "b": ["1/3", "2/3"]},
)


@pytest.mark.parametrize(
    ("property", "worst"),
    [
        ("dsic", "1/2"),
        ("bic", "1/6"),
        ("ex_post_ir", "0"),
        ("interim_ir", "0"),
        ("weak_budget_balance", "0"),
        ("budget_balance", "1"),
    ],
)
def test_a_first_price(property: FiniteProperty, worst: str) -> None:
    found = check_finite(FIRST_PRICE, property)
    assert found.worst == Fraction(worst)
    assert found.status == ("proved" if found.worst <= 0 else "refuted")


def test_where_the_worst_case_is() -> None:
    found = check_finite(FIRST_PRICE, "dsic")
    assert (found.agent, found.type, found.report, found.others) == ("a", 1, 0, {"b": 0})
    assert check_finite(FIRST_PRICE, "bic").others is None
    assert check_finite(FIRST_PRICE, "budget_balance").others in ({"a": 0, "b": 1}, {"a": 1, "b": 0}, {"a": 1, "b": 1})


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_checks_agree_with_their_definition(data: st.DataObject) -> None:
    entry = entries(data.draw(st.sampled_from(["ints", "big", "fractions", "floats"])))
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    n, shape = len(sizes), (*sizes, len(sizes))
    labels = [f"a{k}" for k in range(n)]

    def table(*axes: int) -> np.ndarray[Any, Any]:
        flat = data.draw(st.lists(entry, min_size=int(np.prod(axes)), max_size=int(np.prod(axes))))
        out = np.empty(len(flat), dtype=object)
        out[:] = [Fraction(x) for x in flat]
        return out.reshape(axes)

    types, x, p = [table(size) for size in sizes], table(*shape), table(*shape)
    weights = [data.draw(st.lists(st.integers(1, 4), min_size=size, max_size=size)) for size in sizes]
    priors = [[Fraction(w, sum(line)) for w in line] for line in weights]
    mechanism = FiniteMechanism(
        dict(zip(labels, types, strict=True)), x, p, dict(zip(labels, priors, strict=True))
    )
    worst: dict[str, Fraction] = {}
    for i in range(n):
        others = [k for k in range(n) if k != i]
        for kind in range(sizes[i]):
            means = []
            for report in range(sizes[i]):
                mean = Fraction(0)
                for rest in np.ndindex(*(sizes[k] for k in others)):
                    place, truth, chance = [0] * n, [0] * n, Fraction(1)
                    for k, number in zip(others, rest, strict=True):
                        place[k] = truth[k] = number
                        chance *= priors[k][number]
                    place[i], truth[i] = report, kind
                    lie = types[i][kind] * x[(*place, i)] - p[(*place, i)]
                    honest = types[i][kind] * x[(*truth, i)] - p[(*truth, i)]
                    worst["dsic"] = max(worst.get("dsic", lie - honest), lie - honest)
                    worst["ex_post_ir"] = max(worst.get("ex_post_ir", -honest), -honest)
                    mean += chance * lie
                means.append(mean)
            worst["bic"] = max(worst.get("bic", Fraction(0)), max(means) - means[kind])
            worst["interim_ir"] = max(worst.get("interim_ir", -means[kind]), -means[kind])
    sums = p.sum(axis=-1)
    worst |= {"weak_budget_balance": -sums.min(), "budget_balance": abs(sums).max()}
    assert worst == {name: check_finite(mechanism, name).worst for name in worst}  # type: ignore[arg-type]


def test_goods_and_refusals_of_finite_mechanisms() -> None:
    menu = FiniteMechanism({"a": [[1, 0], [0, 1]]}, allocation=[[[1, 0]], [[0, 1]]], payments=[[1], [1]])
    assert check_finite(menu, "dsic").status == "proved"
    with pytest.raises(InvalidInput, match="give the mechanism priors="):
        check_finite(menu, "bic")
    with pytest.raises(InvalidInput, match="property must be one of"):
        check_finite(menu, "fair")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"payments must have shape \(2, 1\)"):
        FiniteMechanism({"a": [0, 1]}, [[0], [1]], [[0]])
    with pytest.raises(InvalidInput, match="2 probabilities that sum to 1"):
        FiniteMechanism({"a": [0, 1]}, [[0], [1]], [[0], [1]], priors={"a": [0.1, 0.8]})
    with pytest.raises(InvalidInput, match="same goods"):
        FiniteMechanism({"a": [[0, 1]], "b": [[1]]}, [[0, 0]], [[[0, 0]]])
