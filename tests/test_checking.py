"""The certificate checker: independence, altered files, planted wrong answers."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys

import pytest

from equilibria import HazardShooting, check, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import Beta, FirstPrice, Mechanism, PostedPrice, Procurement, Uniform, Vickrey

MARKET = Procurement({"a": Uniform(0, 1), "b": Beta(2, 3, 0.1, 1.2)}, value=2.0)


@pytest.fixture(scope="module")
def text() -> str:
    return solve(FirstPrice(0.8), MARKET, HazardShooting()).certificate.to_json()


def rehashed(document: dict[str, object]) -> str:
    """A certificate with a fresh digest over altered content."""
    return sealed(document)


def test_the_checker_imports_only_the_standard_library_and_flint(text: str) -> None:
    program = (
        "import sys; before = set(sys.modules)\n"
        "from equilibria.checking import check\n"
        "assert check(sys.stdin.read()).valid\n"
        "print(' '.join(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split()) - set(sys.stdlib_module_names)
    named = {name for name in loaded if not name.startswith("_")}
    assert named <= {"equilibria", "flint", "cython_runtime"}  # the last comes with flint
    ours = "import sys; from equilibria.checking import check; print([m for m in sys.modules if m.startswith('equilibria')])"
    modules = subprocess.run([sys.executable, "-c", ours], capture_output=True, text=True, check=True).stdout
    assert "hazard_shooting" not in modules
    assert "mechanisms" not in modules


def test_any_digit_that_changes_is_noticed(text: str) -> None:
    """Every digit counts: in a number, in a label, in the digest."""
    places = [match.start() for match in re.finditer(r"\d", text)]
    rng = random.Random(7)
    for place in rng.sample(places, 120):
        other = str((int(text[place]) + rng.randint(1, 9)) % 10)
        altered = text[:place] + other + text[place + 1 :]
        assert not check(altered).valid, f"digit at {place} changed from {text[place]} to {other}"


def test_a_digit_beyond_double_precision_is_noticed(text: str) -> None:
    number = re.search(r"0\.\d{17}", text)
    assert number is not None
    longer = text[: number.end()] + "0" + text[number.end() :]
    assert float(number.group()) == float(number.group() + "0")
    assert "digest" in check(longer).message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["states"].update(epsilon=d["states"]["epsilon"] * 0.5), "states.epsilon"),
        (lambda d: d["states"].update(relative_epsilon=0.0), "states.relative_epsilon"),
        (lambda d: d["states"].update(expected_payment=[0.1, 0.2]), "states.expected_payment"),
        (lambda d: d["states"].update(no_award=[0.0, 0.0]), "states.no_award"),
        (lambda d: d["mechanism"].update(reserve=0.7), "above the reserve"),
        (lambda d: d["mechanism"].pop("reserve"), "would still win"),
        (lambda d: d["market"]["costs"]["a"].update(high=1.1), "states."),
        (lambda d: d["market"]["costs"].update(c={"kind": "uniform", "low": 0.0, "high": 2.0}), "has no strategy"),
        (lambda d: d["equilibrium"]["strategies"]["a"]["levels"].__setitem__(40, 0.9), "may decrease"),
        (lambda d: d["equilibrium"]["strategies"]["a"]["density"].__setitem__(40, -1.0), "may decrease"),
        (lambda d: d["equilibrium"]["strategies"]["b"].update(entry=3), "entries"),
        (lambda d: d["equilibrium"]["bids"].__setitem__(5, 0.9), "strictly increasing"),
        (lambda d: d.update(version=2), "version"),
        (lambda d: d["market"].update(tasks=2), "tasks must be 1"),
        (lambda d: d["mechanism"].update(units=3), "not known to the checker"),
        (lambda d: d["states"].update(profit=1.0), "nothing that a certificate states"),
    ],
)
def test_a_rehashed_lie_is_rejected(text: str, change: object, reason: str) -> None:
    document = json.loads(text)
    change(document)  # type: ignore[operator]
    verdict = check(rehashed(document))
    assert not verdict.valid
    assert reason in verdict.message


def test_a_rehashed_weaker_truth_is_accepted(text: str) -> None:
    document = json.loads(text)
    document["states"]["epsilon"] *= 2
    document["states"]["relative_epsilon"] *= 2
    lower, upper = document["states"]["expected_payment"]
    document["states"]["expected_payment"] = [lower - 0.01, upper + 0.01]
    assert check(rehashed(document)).valid


def test_a_shaded_strategy_gets_the_regret_it_has(text: str) -> None:
    """Move every bid of one prover up a little: the derived bound must exceed the old one, and the old claim fail."""
    document = json.loads(text)
    levels = document["equilibrium"]["strategies"]["a"]["levels"]
    middle = [k for k, level in enumerate(levels) if 0.2 < abs(level) < 0.4]
    document["equilibrium"]["strategies"]["a"]["density"][middle[len(middle) // 2]] *= 1.2
    assert "states.epsilon" in check(rehashed(document)).message


@pytest.mark.parametrize("mechanism", [Vickrey(0.8), Vickrey(), PostedPrice(0.6)], ids=repr)
def test_dominant_rules_carry_certificates_too(mechanism: Mechanism) -> None:
    equilibrium = solve(mechanism, MARKET)
    assert equilibrium.epsilon == 0.0
    assert check(equilibrium.certificate).valid
    document = json.loads(equilibrium.certificate.to_json())
    lower, upper = document["states"]["expected_payment"]
    document["states"]["expected_payment"] = [lower + 1e-3, upper + 1e-3]
    assert not check(rehashed(document)).valid


def test_costs_on_both_sides_of_zero_are_not_understated() -> None:
    """Coarse strategies at costs from -1 to 1, symmetric, so the winner's expected cost is known: E[min] of two costs."""
    from scipy.integrate import quad
    from scipy.stats import beta

    for shape, cells in ((1.1, 5), (1.5, 7)):
        spec = {"kind": "beta", "a": shape, "b": shape, "low": -1.0, "high": 1.0}
        levels = [k / cells for k in range(cells + 1)]
        strategy = {"entry": 0, "levels": levels, "density": [0.9999] * (cells + 1)}
        document: dict[str, object] = {
            "format": "prover-markets/certificate",
            "version": 1,
            "market": {"kind": "procurement", "costs": {"a": spec, "b": spec}},
            "mechanism": {"kind": "first_price"},
            "equilibrium": {"bids": levels, "strategies": {"a": strategy, "b": strategy}},
        }
        law = beta(shape, shape, loc=-1, scale=2)
        lowest, _ = quad(lambda c, law=law: 2 * c * law.pdf(c) * law.sf(c), -1, 1, limit=400)
        try:
            lower, upper = state(document)["resource_cost"]  # type: ignore[misc]
        except Rejected:
            continue
        assert lower - 1e-7 <= lowest <= upper + 1e-7  # 1e-7: the quadrature


def test_a_mixture_with_a_common_hole_is_rejected(text: str) -> None:
    document = json.loads(text)
    holed = [
        {"kind": "piecewise_linear", "points": [0.0, 0.1, 0.2, 0.5, 0.6, 1.0], "cdf": [0.0, 0.2, 0.2, 0.5, 0.5, 1.0]},
        {"kind": "piecewise_linear", "points": [0.0, 0.5, 0.6, 1.0], "cdf": [0.0, 0.5, 0.5, 1.0]},
    ]
    parts = [{"weight": 1.0, "distribution": law} for law in holed]
    document["market"]["costs"]["a"] = {"kind": "mixture", "parts": parts}
    assert "no mass between 0.5 and 0.6" in check(rehashed(document)).message


@pytest.mark.parametrize("bad", ["", "[]", "{", "null", '{"format": 1}', '{"a": 1, "a": 2}', '{"x": NaN}', "[" * 100000])
def test_what_is_no_certificate_is_rejected_in_one_line(bad: str) -> None:
    verdict = check(bad)
    assert not verdict.valid
    assert "\n" not in verdict.message
