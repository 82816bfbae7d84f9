"""What the installed wheel must do, with nothing but itself and its dependencies around it (no pytest)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path

MARKET = """\
[market]
kind = "procurement"

[market.costs.a]
kind = "uniform"
low = 0.0
high = 1.0

[market.costs.b]
kind = "uniform"
low = 0.0
high = 1.0

[market.costs.c]
kind = "uniform"
low = 0.0
high = 1.0

[mechanism]
kind = "first_price"
"""


def require(truth: bool, claim: str) -> None:
    if not truth:
        raise SystemExit(f"installed wheel: {claim}: no")
    print(f"installed wheel: {claim}: yes")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.prefix) / "bin" / "prover-markets"
    return subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)


def check_files() -> None:
    for name in ("mechanisms", "equilibria", "proving_cost", "workbench"):
        found = importlib.util.find_spec(name)
        require(found is not None and found.origin is not None, f"{name} can be imported")
        assert found is not None and found.origin is not None
        require(Path(found.origin).is_relative_to(sys.prefix), f"{name} comes from the environment")
        require(Path(found.origin).with_name("py.typed").is_file(), f"{name} says that it is typed")
    for name in ("papers", "tests", "benchmarks", "docs"):
        require(importlib.util.find_spec(name) is None, f"{name} is not shipped")
    require(
        bool(version("prover-markets")) and bool(requires("prover-markets")),
        "metadata names the dependencies",
    )


def check_library(folder: Path) -> Path:
    from equilibria import solve
    from mechanisms import FirstPrice, Procurement, Uniform

    market = Procurement(costs={"a": Uniform(0, 1), "b": Uniform(0, 1), "c": Uniform(0, 1)})
    equilibrium = solve(FirstPrice(), market)
    require(abs(equilibrium.expected_payment.midpoint - 0.5) < 1e-6, "three U[0,1] provers are paid 0.5")
    require(0 <= equilibrium.relative_epsilon < 1e-5, "epsilon is small")
    path = folder / "certificate.json"
    path.write_text(equilibrium.certificate.to_json(), "utf-8")
    return path


def check_commands(folder: Path, certificate: Path) -> None:
    market = folder / "market.toml"
    market.write_text(MARKET, "utf-8")
    solved = command("solve", str(market), "--json")
    require(solved.returncode == 0, "`solve` ends with status 0")
    payment = json.loads(solved.stdout)["expected_payment"]
    require(payment["lower"] <= 0.5 + 1e-6 and payment["upper"] >= 0.5 - 1e-6, "`solve --json` says 0.5")
    require(command("check", str(certificate)).returncode == 0, "`check` accepts the certificate")
    text = certificate.read_text("utf-8")
    place = max(index for index, sign in enumerate(text) if sign.isdigit())
    altered = folder / "altered.json"
    altered.write_text(text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :], "utf-8")
    require(command("check", str(altered)).returncode == 1, "`check` rejects it with one digit changed")
    market.write_text(MARKET.replace("high = 1.0", "high = -1.0", 1), "utf-8")
    wrong = command("solve", str(market))
    require(
        wrong.returncode == 2 and len(wrong.stderr.splitlines()) == 1,
        "a wrong market is one line and status 2",
    )


if __name__ == "__main__":
    check_files()
    check_commands(Path.cwd(), check_library(Path.cwd()))
