"""The command line as a real process: statuses, pipes, interrupts, and what it loads."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MARKET = """\
[market]
kind = "procurement"
costs.a = {kind = "uniform", low = 0, high = 1}
costs.b = {kind = "uniform", low = 0, high = 1}
[mechanism]
kind = "first_price"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs beside a market of its own."""
    monkeypatch.chdir(tmp_path)
    Path("market.toml").write_text(MARKET, "utf-8")
    return tmp_path


def process(*arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "workbench", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=_heeds_interrupts
    )


def _heeds_interrupts() -> None:
    """A shell starts what runs in its background with interrupts ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_process_ends_with_its_status_and_says_so_once() -> None:
    run = process("solve", "market.toml", "--json")
    out, err = run.communicate()
    assert run.returncode == 0 and err == "" and json.loads(out)["status"] == "certified"
    run = process("solve", "absent.toml")
    out, err = run.communicate()
    assert run.returncode == 2 and out == "" and len(err.splitlines()) == 1


def test_the_documented_error_is_the_one_printed() -> None:
    page = (ROOT / "docs" / "command_line.md").read_text("utf-8")
    [wrong] = re.findall(r"^```toml\n(# wrong\.toml\n.*?)^```", page, re.MULTILINE | re.DOTALL)
    Path("wrong.toml").write_text(wrong, "utf-8")
    run = process("solve", "wrong.toml")
    _, err = run.communicate()
    assert f"```text\n{err}```" in page


def test_a_closed_pipe_is_quiet() -> None:
    run = process("solve", "market.toml")
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()
    assert run.stderr.read() == ""
    run.stderr.close()
    assert run.wait() == 141


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the file to wait for is a named pipe")
def test_an_interrupt_is_one_line_and_status_130(folder: Path) -> None:
    os.mkfifo(folder / "pipe.toml")
    run = process("solve", "pipe.toml")
    with (folder / "pipe.toml").open("w"):  # returns once the program waits for the market
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert (run.returncode, out, err) == (130, "", "prover-markets: interrupted\n")


def test_help_loads_neither_numbers_nor_pictures() -> None:
    code = "import sys; from workbench import program; program.main(['--help'], 'prover-markets', standalone_mode=False)"
    text = f"try:\n  {code.replace('; ', chr(10) + '  ')}\nexcept SystemExit: pass\nprint('\\n'.join(sys.modules))"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, env=environment)
    loaded = set(run.stdout.split())
    assert "workbench.commands" in loaded
    assert not loaded & {"numpy", "scipy", "matplotlib", "cvxpy", "flint", "numba", "mechanisms", "equilibria.solving"}
