"""Install a built wheel in an empty environment, away from the sources, and run `installed.py` there.

    python tests/smoke/empty_environment.py dist/*.whl requirements.lock

Dependencies are those that the wheel declares, and theirs in turn, at the versions and hashes of the lock.
Nothing that only developers need is installed, so a dependency that was not declared is noticed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from email.parser import Parser
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def declared(wheel: Path) -> list[str]:
    """What the metadata inside the wheel says that it needs."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode("utf-8")).get_all("Requires-Dist", [])


def closure(requirements: list[str]) -> set[str]:
    """Names of the distributions that are needed, and of those that they need, without extras."""
    names: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if name in names or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        names.add(name)
        waiting.extend(requires(name) or [])
    return names


def locked(lock: Path, names: set[str]) -> str:
    """The entries of the lock for these names, hashes included."""
    entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text("utf-8"), flags=re.MULTILINE)
    return "".join(entry for entry in entries if canonicalize_name(entry.partition("==")[0]) in names)


def main(arguments: list[str]) -> None:
    if len(arguments) != 2:
        raise SystemExit("usage: empty_environment.py WHEEL LOCK (exactly one wheel)")
    wheel, lock = (Path(argument).resolve() for argument in arguments)
    script = Path(__file__).resolve().with_name("installed.py")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory(prefix="prover-markets-") as name:
        folder = Path(name).resolve()
        venv.create(folder / "env", with_pip=True)
        python = str(folder / "env" / "bin" / "python")
        runtime = folder / "runtime.txt"
        runtime.write_text(locked(lock, closure(declared(wheel))), "utf-8")
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        install = [*pip, "install", "--quiet"]
        for command in (
            [*install, "--require-hashes", "-r", str(runtime)],
            [*install, "--no-deps", "--no-index", str(wheel)],
            [*pip, "check"],
            [python, "-I", str(script)],
        ):
            subprocess.run(command, check=True, cwd=folder, env=clean)


if __name__ == "__main__":
    main(sys.argv[1:])
