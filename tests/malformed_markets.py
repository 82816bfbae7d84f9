"""Random malformed market files: a valid one, spoilt by one mutation that makes it wrong whatever the rest of it is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

Random = random.Random
Table = dict[str, object]


def distribution(rng: Random, depth: int = 0) -> Table:
    """A valid distribution."""
    kind = rng.choice(["uniform", "beta", "log_normal", "piecewise_linear", "empirical", "mixture", "reflected"][: 7 - 2 * depth])
    low = round(rng.uniform(0.0, 1.0), 3)
    high = low + round(rng.uniform(0.5, 2.0), 3)
    if kind == "beta":
        return {"kind": kind, "a": rng.uniform(1, 4), "b": rng.uniform(1, 4), "low": low, "high": high}
    if kind == "log_normal":
        return {"kind": kind, "mu": rng.uniform(-1, 1), "sigma": rng.uniform(0.2, 1), "low": low, "high": high}
    if kind == "piecewise_linear":
        return {"kind": kind, "points": [low, (low + high) / 2, high], "cdf": [0, rng.uniform(0.2, 0.8), 1]}
    if kind == "empirical":
        return {"kind": kind, "samples": [rng.uniform(low, high) for _ in range(9)]}
    if kind == "mixture":
        parts = [{"weight": rng.uniform(1, 2), "distribution": distribution(rng, 1)} for _ in range(2)]
        return {"kind": kind, "parts": parts}
    if kind == "reflected":
        return {"kind": kind, "of": distribution(rng, 1)}
    return {"kind": kind, "low": low, "high": high}


def market(rng: Random) -> Table:
    """A valid file for `solve`."""
    kind, priors = rng.choice([("procurement", "costs"), ("sale", "values")])
    labels = rng.sample(["alice", "bob", "a b", "é", "kind"], rng.randint(2, 4))
    return {
        "market": {"kind": kind, "value": 1.5, "tasks": 1, priors: {label: distribution(rng) for label in labels}},
        "tune": {"objective": "surplus", "max_no_award": 0.1},
        "mechanism": {"kind": "first_price", "reserve": 1.25},
    }


class Raw(str):
    """A value written as it stands."""


def written(node: object) -> str:
    if isinstance(node, Raw):
        return str(node)
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {written(entry)}" for key, entry in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(written, node)) + "]"
    return json.dumps(node)


def toml(tree: Table) -> str:
    """The tree as TOML: tables of the first two levels with headers, deeper ones inline."""
    lines = []
    for name, table in tree.items():
        assert isinstance(table, dict)
        inner = {key: entry for key, entry in table.items() if key in ("costs", "values") and isinstance(entry, dict)}
        lines += [f"[{name}]", *(f"{key} = {written(entry)}" for key, entry in table.items() if key not in inner)]
        for key, entry in inner.items():
            lines += [f"[{name}.{key}]", *(f"{json.dumps(label)} = {written(law)}" for label, law in entry.items())]
    return "\n".join(lines) + "\n"


def priors(tree: Table) -> tuple[str, Table]:
    section = tree["market"]
    assert isinstance(section, dict)
    key = "costs" if "costs" in section else "values"
    return key, section[key]


def laws(tree: Table) -> list[Table]:
    """Every distribution in the tree, nested ones too."""
    found: list[Table] = []

    def walk(law: Table) -> None:
        found.append(law)
        if law["kind"] == "reflected":
            walk(law["of"])  # type: ignore[arg-type]
        for part in law.get("parts", ()):  # type: ignore[attr-defined]
            walk(part["distribution"])

    for law in priors(tree)[1].values():
        walk(law)  # type: ignore[arg-type]
    return found


def drop_a_parameter(rng: Random, tree: Table) -> None:
    law = rng.choice(laws(tree))
    required = [key for key in law if not (law["kind"] == "beta" and key in ("low", "high"))]
    del law[rng.choice(required)]


def drop_from_the_top(rng: Random, tree: Table) -> None:
    section, key = rng.choice([("market", "kind"), ("market", priors(tree)[0]), ("mechanism", "kind"), ("mechanism", "")])
    if key:
        del tree[section][key]  # type: ignore[attr-defined]
    else:
        del tree[section]


def wrong_type(rng: Random, tree: Table) -> None:
    law = rng.choice(laws(tree))
    key = rng.choice(list(law))
    wrong = [True, {}, {"x": {"y": [1]}}, "1.0", Raw("2020-01-01"), Raw("07:32:00"), "\u0007", [[]], ["a"]]
    law[key] = rng.choice(wrong)


def not_a_number(rng: Random, tree: Table) -> None:
    law = rng.choice(laws(tree))
    key = rng.choice(list(law))
    wrong = Raw(rng.choice(["nan", "-nan", "inf", "-inf", "1e999", "9" * 400, "1e308", "-1e200"]))
    numbers = law[key]
    if isinstance(numbers, list) and numbers and isinstance(numbers[0], int | float):
        numbers[rng.randrange(len(numbers))] = Raw("nan") if law["kind"] == "empirical" else wrong
    elif key in ("kind", "a", "b"):
        law[key] = Raw("nan")
    elif key in ("mu", "sigma"):
        law[key] = Raw("inf")
    elif key in ("low", "high"):
        law[key] = wrong
    else:
        law[key] = Raw("nan")


def swapped_bounds(rng: Random, tree: Table) -> None:
    table = priors(tree)[1]
    label = rng.choice(list(table))
    low = rng.uniform(-1, 1)
    table[label] = {"kind": "uniform", "low": low, "high": rng.choice([low, low - rng.random() - 0.1])}


def unknown_kind(rng: Random, tree: Table) -> None:
    place = rng.choice([rng.choice(laws(tree)), tree["market"], tree["mechanism"]])
    assert isinstance(place, dict)
    wrong = ["", "normal", "Uniform", "auction", "first price", "\n", "x" * 500, 3, Raw("nan"), [], {}]
    place["kind"] = rng.choice(wrong)


def unknown_key(rng: Random, tree: Table) -> None:
    place = rng.choice([rng.choice(laws(tree)), tree["market"], tree["mechanism"], tree["tune"]])
    assert isinstance(place, dict)
    place[rng.choice(["typo", "", "lo w", "kind ", "\u001b[31m", "a.b", "é"])] = rng.choice([1, "x", [], {}])


def bad_weight(rng: Random, tree: Table) -> None:
    parts = [{"weight": 1, "distribution": {"kind": "uniform", "low": 0, "high": 1}} for _ in range(3)]
    parts[rng.randrange(3)]["weight"] = rng.choice([0, -1, "1", Raw("nan"), Raw("inf"), [], True])
    table = priors(tree)[1]
    table[rng.choice(list(table))] = {"kind": "mixture", "parts": rng.choice([parts, parts, [], 3])}


def bad_cdf(rng: Random, tree: Table) -> None:
    points, cdf = rng.choice(
        [([0, 1], [0, 2]), ([0, 1], [0.1, 1]), ([0, 1, 2], [0, 1]), ([0, 1, 2], [0, 0.6, 0.5]), ([0, 2, 1], [0, 0.5, 1]),
         ([0, 0], [0, 1]), ([0], [0]), ([], []), ([0, 1, 2], [0, -0.5, 1])]
    )  # fmt: skip
    table = priors(tree)[1]
    law: Table = {"kind": "piecewise_linear", "points": points, "cdf": cdf}
    if rng.random() < 0.4:
        law |= {"kind": "empirical", "density": [1.0] * len(points)}
    table[rng.choice(list(table))] = law


def bad_parameter(rng: Random, tree: Table) -> None:
    table = priors(tree)[1]
    table[rng.choice(list(table))] = rng.choice(
        [
            {"kind": "beta", "a": rng.choice([0, -1]), "b": 2},
            {"kind": "beta", "a": 2, "b": 2, "low": 3, "high": 1},
            {"kind": "log_normal", "mu": 0, "sigma": rng.choice([0, -1]), "low": 0, "high": 1},
            {"kind": "log_normal", "mu": 0, "sigma": 1, "low": -1, "high": 1},
            {"kind": "empirical", "samples": [1, 1, 1, 1, 1, 1]},
            {"kind": "empirical", "samples": []},
            {"kind": "empirical", "samples": [1, 2, 3, 4, 5, 6], "quantiles": rng.choice([0, 2.5, 10**9, True])},
            {"kind": "uniform", "low": 0, "high": 1e-200},
        ]
    )


def bad_market(rng: Random, tree: Table) -> None:
    section = tree["market"]
    assert isinstance(section, dict)
    key, change = rng.choice(
        [
            ("tasks", rng.choice([0, -1, 1.5, "one", True, 2, 10**30])),
            ("value", rng.choice(["much", True, [], {}, Raw("nan"), {"kind": "uniform", "low": 1, "high": 0}])),
            (priors(tree)[0], rng.choice([{}, [], 1, "alice", {"a": 1}, {"": {"kind": "uniform", "low": 0, "high": 1}}])),
            ("kind", {"procurement": "sale", "sale": "procurement"}[section["kind"]]),
        ]
    )
    section[key] = change


def bad_rule(rng: Random, tree: Table) -> None:
    tree["mechanism"] = rng.choice(
        [
            {"kind": "first_price", "reserve": rng.choice(["none", True, Raw("nan"), Raw("inf"), [1], {}])},
            {"kind": "posted_price"},
            {"kind": "central_prover", "label": rng.choice(["nobody", "", 3, []])},
            {"kind": "optimal", "reserve": 1},
            {"kind": "race", "prize": "all"},
            {"kind": "vickrey", "price": 1},
            {},
        ]
    )


def bad_tune(rng: Random, tree: Table) -> None:
    tree["tune"] = rng.choice(
        [{"objective": rng.choice(["profit", "", 1, [], True])}, {"max_no_award": rng.choice([1, 1.5, -0.1, "x", Raw("nan")])}]
    )


TREE_MUTATIONS: tuple[Callable[[Random, Table], None], ...] = (
    drop_a_parameter, drop_from_the_top, wrong_type, not_a_number, swapped_bounds, unknown_kind, unknown_key, bad_weight, bad_cdf,
    bad_parameter, bad_market, bad_rule, bad_tune,
)  # fmt: skip


def cut(rng: Random, text: str) -> bytes:
    """Ends before the name of the rule, which comes last, is complete."""
    return text[: rng.randrange(text.rindex("first_price"))].encode()


def twice(rng: Random, text: str) -> bytes:
    lines = text.splitlines()
    headers = [line for line in lines if line.startswith("[")]
    keys = [k for k, line in enumerate(lines) if " = " in line]
    if rng.random() < 0.5:
        return (text + rng.choice(headers) + "\n").encode()
    k = rng.choice(keys)
    return "\n".join([*lines[: k + 1], *lines[k:]]).encode()


def broken_syntax(rng: Random, text: str) -> bytes:
    lines = text.splitlines()
    k = rng.choice([k for k, line in enumerate(lines) if " = " in line])
    old, new = rng.choice([(" = ", " "), (" = ", " = = "), (" = ", " : "), ("\n", " \\\n")])
    line = lines[k].replace(old, new, 1) if old in lines[k] else lines[k] + rng.choice(['"', " ]", " }", " 1", "\\"])
    return "\n".join([*lines[:k], line, *lines[k + 1 :]]).encode()


def bytes_inside(rng: Random, text: str) -> bytes:
    data = text.encode()
    at = rng.randrange(len(data))
    return data[:at] + rng.choice([b"\xff", b"\x00", b"\xc3\x28", b"\x01", b"\xed\xa0\x80"]) + data[at:]


def no_text(rng: Random, text: str) -> bytes:
    return rng.choice(
        [
            b"", b"\n \n", b"# only a comment\n", rng.randbytes(300), text.encode("utf-16"), b"PK\x03\x04" + rng.randbytes(50),
            b"{" + text.encode() + b"}", b"x = " + b"[" * 3000, b"x = " + b"9" * 5000, b"[a" + b".a" * 3000 + b"]", b"[]",
        ]
    )  # fmt: skip


TEXT_MUTATIONS: tuple[Callable[[Random, str], bytes], ...] = (cut, twice, broken_syntax, bytes_inside, no_text)


def malformed_market(seed: int) -> tuple[str, bytes]:
    """The name of a mutation, and a file that it spoilt."""
    rng = Random(seed)
    mutate = rng.choice([*TREE_MUTATIONS, *TEXT_MUTATIONS])
    tree = market(rng)
    if mutate in TEXT_MUTATIONS:
        return mutate.__name__, mutate(rng, toml(tree))  # type: ignore[arg-type, return-value]
    mutate(rng, tree)  # type: ignore[arg-type]
    return mutate.__name__, toml(tree).encode()
