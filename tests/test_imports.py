"""Imports flow one way, and importing the packages loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("mechanisms", "equilibria", "proving_cost", "workbench")
OURS = frozenset({*PACKAGES, "papers", "tests", "benchmarks", "docs"})

# What a package may import of the project besides itself; a dotted name: that module and what is in it.
MAY_IMPORT = {
    "mechanisms": (),
    "equilibria": ("mechanisms",),
    "proving_cost": ("mechanisms.distributions", "mechanisms.enclosure", "mechanisms.errors"),
    "workbench": ("mechanisms", "equilibria", "proving_cost"),
    "papers": ("mechanisms", "equilibria", "proving_cost", "workbench"),
}
HEAVY = (
    "altair", "clarabel", "cupy", "cvxpy", "dask", "flint", "galois", "highspy", "llvmlite", "matplotlib", "networkx",
    "numba", "pandas", "pynvml", "scipy.integrate", "scipy.interpolate", "scipy.optimize", "scipy.stats", "sympy", "z3",
)  # fmt: skip
PUBLIC = {
    "mechanisms": (
        "Uniform", "Beta", "PiecewiseLinear", "LogNormal", "Empirical", "Mixture", "Procurement", "Sale",
        "FirstPrice", "Vickrey", "Optimal", "PostedPrice", "Race", "CentralProver", "Enclosure",
        "Distribution",
    ),
    "equilibria": ("solve", "tune", "compare", "check", "Equilibrium"),
}  # fmt: skip


def within(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(allowed + ".")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, at any depth; `from a import b` counts as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def imports_in(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple(imported(ast.parse(path.read_text("utf-8"), str(path))))


def imports_of(folder: str) -> list[tuple[str, str]]:
    """`file:line` and dotted name of every import in a folder."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files, f"{folder}/ holds no Python file"
    return [
        (f"{path.relative_to(ROOT)}:{line}", name)
        for path in files
        for line, name in imports_in(path)
    ]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_flow_one_way(package: str) -> None:
    allowed = (package, *MAY_IMPORT[package])
    wrong = [
        f"{where} imports {name}"
        for where, name in imports_of(package)
        if name.partition(".")[0] in OURS and not any(within(name, a) for a in allowed)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_forbidden_import_is_seen() -> None:
    text = "def f():\n    from equilibria.solving import solve\n"
    assert list(imported(ast.parse(text))) == [(2, "equilibria.solving.solve")]


def test_the_checker_imports_the_standard_library_and_flint_only() -> None:
    wrong = [
        f"{where} imports {name}"
        for where, name in imports_of("equilibria/checking")
        if not within(name, "equilibria.checking")
        and not within(name, "flint")
        and name.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert not wrong, "\n".join(wrong)


def loaded_by(statements: str) -> set[str]:
    """Names of the modules that a fresh interpreter holds after the statements."""
    program = f"import sys\n{statements}\nprint('\\n'.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_importing_the_packages_loads_nothing_heavy() -> None:
    loaded = loaded_by("import mechanisms, equilibria, proving_cost, proving_cost.gpu.suite, workbench, workbench.__main__")
    assert set(PACKAGES) <= loaded
    assert not loaded & set(HEAVY)


def test_importing_the_checker_loads_neither_solvers_nor_markets() -> None:
    loaded = loaded_by("import equilibria.checking")
    ours = {name for name in loaded if name.partition(".")[0] in OURS}
    assert "equilibria.checking" in ours
    assert not {name for name in ours - {"equilibria"} if not within(name, "equilibria.checking")}
    assert not loaded & {"numpy", "scipy", "numba", "cvxpy"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_exists_and_is_typed(package: str) -> None:
    module = import_module(package)
    assert len(set(module.__all__)) == len(module.__all__)
    assert not [name for name in module.__all__ if not hasattr(module, name)]
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("package", PUBLIC)
def test_the_names_that_everything_relies_on_are_exported(package: str) -> None:
    missing = set(PUBLIC[package]) - set(import_module(package).__all__)
    assert not missing
