"""`prover-markets security` on files that are right and on files that are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from workbench.commands import program

NETWORK = """[market]
kind = "restaking"
operators = {a = 10, b = 10}
services.x = {profit = 6, threshold = "1/2", operators = ["a", "b"]}
"""
SECOND = 'services.y = {profit = 6, threshold = 0.5, operators = ["a", "b"]}\n'


def run(tmp_path: Path, text: str, *options: str) -> tuple[int, str]:
    file = tmp_path / "network.toml"
    file.write_text(text, "utf-8")
    found = CliRunner().invoke(program, ["security", str(file), *options])
    return found.exit_code, found.output


def test_a_secure_network_and_one_that_is_not(tmp_path: Path) -> None:
    assert run(tmp_path, NETWORK) == (0, "secure: every operator satisfies the local condition.\n")
    status, output = run(tmp_path, NETWORK + SECOND)
    assert status == 1 and "operators a attack x, y: gains 2" in output
    status, output = run(tmp_path, NETWORK + SECOND, "--json")
    answer = json.loads(output)
    assert status == 1 and answer["gain"] == "2" and answer["attack"] == {"operators": ["a"], "services": ["x", "y"]}
    assert run(tmp_path, NETWORK, "--gamma", "1")[0] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (NETWORK.replace("restaking", "sale"), "market.kind must be 'restaking'"),
        (NETWORK + "value = 1\n", "market.value must be one of"),
        (NETWORK.replace("a = 10", "a = -1"), "market.operators.a"),
        (NETWORK.replace("a = 10", "a = nan"), "market.operators.a"),
        (NETWORK.replace('"1/2"', "2"), "market.services.x.threshold must lie in"),
        (NETWORK.replace('["a", "b"]', '["c"]'), "market.services.x.operators must be among operators"),
        (NETWORK.replace("profit = 6, ", ""), "must have the keys"),
        (NETWORK.replace("operators = {a = 10, b = 10}\n", ""), "market.operators must be"),
        ('[market]\nkind = "restaking"\noperators = {a = 1}\n', "market.services must be a table"),
        ('kind = "restaking"\n', "one table, market"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    status, output = run(tmp_path, text)
    assert status == 2 and message in output and len(output.splitlines()) == 1


def test_a_buffer_that_is_none(tmp_path: Path) -> None:
    status, output = run(tmp_path, NETWORK, "--gamma", "much")
    assert status == 2 and "gamma" in output
