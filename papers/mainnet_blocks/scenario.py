"""The inputs of the figures that are not in the log: `scenario.toml` as a record, each with its regime."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, get_args

from mechanisms import InvalidInput
from papers.numbers import Regime

__all__ = ["Input", "Scenario"]

SCENARIO = Path(__file__).with_name("scenario.toml")
NUMBERS: dict[str, tuple[str, ...]] = {
    "machine": ("gpus",),
    "provers": ("least",),
    "difficulty": (),
    "independence": (),
    "value": ("lowest", "highest", "points", "reference"),
    "reserve": ("points", "max_no_award"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """The regime of an input, and the ground it stands on."""

    regime: Regime
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What the figures assume beside the summary of a log; amounts in units (see `scenario.toml`).

    Arguments:
        machine: Label of the machine that the log was made on.
        gpus: Accelerators in it.
        least_provers: Fewest provers in the competitive set, 2 or more.
        lowest_value: Lowest value of a proof to the rollup.
        highest_value: Highest.
        value_points: Number of values between them, evenly spaced in the logarithm.
        reference_value: The value at which the surplus reserve is tuned and the optimal rule shown.
        reserve_points: Points of the grid of reserves.
        max_no_award: Bound on the probability of no award, in (0, 1).
        inputs: Regime and ground of each section.
    """

    machine: str
    gpus: int
    least_provers: int
    lowest_value: float
    highest_value: float
    value_points: int
    reference_value: float
    reserve_points: int
    max_no_award: float
    inputs: dict[str, Input]

    @classmethod
    def from_toml(cls, path: Path = SCENARIO) -> Scenario:
        """Read a scenario; every error names the key.

        Raises:
            InvalidInput: The file cannot be read, or a key is missing or wrong.
        """
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidInput(f"{path.name}: must be a TOML file; got an error ({error}). Correct it.") from None
        inputs = {}
        for section, keys in NUMBERS.items():
            table = document.get(section)
            if not isinstance(table, dict):
                _fail(path, section, "be a table", table)
            for key in keys:
                if isinstance(table.get(key), bool) or not isinstance(table.get(key), int | float):
                    _fail(path, f"{section}.{key}", "be a number", table.get(key))
            if table.get("regime") not in get_args(Regime) or not isinstance(table.get("ground"), str):
                _fail(path, f"{section}.regime and .ground", "be a regime and a sentence", table.get("regime"))
            inputs[section] = Input(regime=table["regime"], ground=table["ground"])
        machine, value, reserve = document["machine"], document["value"], document["reserve"]
        if not isinstance(machine.get("label"), str):
            _fail(path, "machine.label", "be a text", machine.get("label"))
        if not 0 < value["lowest"] < value["highest"] or not value["lowest"] <= value["reference"] <= value["highest"]:
            _fail(path, "value", "have 0 < lowest <= reference <= highest", value)
        if not 0 < reserve["max_no_award"] < 1:
            _fail(path, "reserve.max_no_award", "lie in (0, 1)", reserve["max_no_award"])
        for section, key in (("value", "points"), ("reserve", "points"), ("provers", "least"), ("machine", "gpus")):
            least = 1 if key == "gpus" else 2
            if not isinstance(document[section][key], int) or document[section][key] < least:
                _fail(path, f"{section}.{key}", f"be a whole number, {least} or more", document[section][key])
        return cls(
            machine=machine["label"],
            gpus=machine["gpus"],
            least_provers=document["provers"]["least"],
            lowest_value=float(value["lowest"]),
            highest_value=float(value["highest"]),
            value_points=value["points"],
            reference_value=float(value["reference"]),
            reserve_points=reserve["points"],
            max_no_award=float(reserve["max_no_award"]),
            inputs=inputs,
        )


def _fail(path: Path, key: str, must: str, got: Any) -> NoReturn:
    raise InvalidInput(f"{path.name}: {key} must {must}; got {str(got)[:60]}. Correct the scenario.")
