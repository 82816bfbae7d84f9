"""The pages of networks in the documentation: written from the records, and from what `solve` and `audit` find in their markets.

`python -m workbench.network_pages FOLDER` writes them all, about a minute; nothing in them is typed by hand.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.network_examples import EXAMPLES
from workbench.networks_command import bond_words, command, row

if TYPE_CHECKING:
    from equilibria import Audit
    from mechanisms.networks import Case, Design, Network

__all__ = ["computed", "index_page", "page", "without_results"]

Compute = Callable[[str, "Case"], str]

NOTICE = "<!-- Written by `python -m workbench.network_pages docs/networks` from mechanisms/networks/: change the records. -->"
SMALLEST_EPSILON = 1e-9
"""Bounds on what anybody gains below this say no more than this: their last digits depend on the machine."""


def page(record: Network, compute: Compute) -> str:
    """The page of a network.

    Arguments:
        record: what is known of it.
        compute: what a verb finds in a case; `computed`, or something cheaper that stands for it.
    """
    parts = [f"# {record.title}", NOTICE, record.summary]
    for design in record.designs:
        parts += _design(record, design, compute)
    parts += _examples(record)
    if record.open_points:
        parts += ["## What is open", "\n".join(f"- {point}" for point in record.open_points)]
    return "\n\n".join(parts) + "\n"


def _design(record: Network, design: Design, compute: Compute) -> list[str]:
    from workbench.networks_command import COLUMNS

    parts = [f"## {design.heading}", design.rule]
    if design.mechanism is not None:
        parts.append(f"In the catalogue, for example: `{design.mechanism!r}`.")
    if design.bond is not None:
        parts.append(f"At stake: {bond_words(design.bond)}.")
    if design.controller is not None:
        parts.append(f"The fee: `{design.controller!r}`.")
    parts.append(_table(COLUMNS, [row(parameter) for parameter in design.parameters]))
    parts.append(f"**Claims of the source:** {'; '.join(design.claims) or 'none claimed'}.")
    for verb, heading, nothing in (
        ("solve", "Equilibrium", "not computed: `solve` knows no equilibrium of this design."),
        ("audit", "Audit", "not computed: `audit` knows no deviation from this design as a rule of reports."),
    ):
        case = design.case(verb)
        if case is None:
            parts.append(f"**{heading}:** {nothing}")
            continue
        commands = f"{command(record, design, verb)} > market.toml\nprover-markets {verb} market.toml"
        parts += [f"**{heading}.** {case.note}", _fence("shell", commands), "What it finds, rounded:"]
        parts.append(_fence("text", compute(verb, case)))
    if design.attacks:
        parts += ["**Known attacks.**", "\n".join(f"- {attack.text} ({attack.evidence})" for attack in design.attacks)]
    parts += ["**What a designer could change.**", "\n".join(f"- {lever}" for lever in design.levers)]
    return parts


def computed(verb: str, case: Case) -> str:
    """What `solve` or `audit` finds in a case, in digits that do not depend on the machine."""
    from equilibria import audit, solve

    if verb == "audit":
        return _findings(audit(case.mechanism, case.market, timeout=600))
    found = solve(case.mechanism, case.market)
    epsilon = "0" if found.epsilon == 0 else f"{max(found.epsilon, SMALLEST_EPSILON):.0e}"
    lines = [f"{found.mechanism!r}: {found.status}, nobody gains more than {epsilon}"]
    for name in ("expected_payment", "resource_cost", "redundant_cost", "prover_surplus", "no_award"):
        lines.append(f"{name.replace('_', ' '):18}{_number(getattr(found, name))}")
    for label in found.shares:
        share, effort, surplus = (_number(column[label]) for column in (found.shares, found.efforts, found.surplus))
        lines.append(f"{label}: share {share}, effort {effort}, surplus {surplus}")
    return "\n".join(lines)


def _findings(found: Audit) -> str:
    """One line for each kind. How an instance was found is left out: it depends on how fast the machine is."""
    known = {"found": "pays", "absent": "certified absent", "not_found": "not found, and not excluded"}
    lines = [repr(found.mechanism)]
    for one in found.findings:
        gain = "" if one.gain is None else f", gain {_number(one.gain)}"
        lines.append(f"{one.kind.replace('_', ' ')}: {known[one.status]}{gain}")
        if one.instance is not None:
            lines.append(f"    {one.instance.story}")
    return "\n".join(lines)


def _number(value: Any) -> str:
    number = float(getattr(value, "midpoint", value))
    return "0" if abs(number) < 1e-12 else f"{number:.6g}"


def _examples(record: Network) -> list[str]:
    """The programs of a network, run, each with what it prints."""
    parts, names = [], {"__name__": "__example__"}
    for text, program in EXAMPLES.get(record.name, ()):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, record.name, "exec"), names)
        parts += [text, _fence("python", program.strip()), _fence("text", printed.getvalue().rstrip())]
    return ["## Computed", *parts] if parts else []


def index_page(records: tuple[Network, ...]) -> str:
    """The page that lists all networks."""
    rows = []
    for record in records:
        for number, design in enumerate(record.designs):
            name = f"[{record.title}]({record.name}.md)" if number == 0 else ""
            rule = "-" if design.mechanism is None else f"`{type(design.mechanism).__name__}`"
            files = " ".join(verb for verb in ("solve", "audit") if design.case(verb) is not None)
            rows.append((name, design.heading, rule, "; ".join(design.claims) or "none claimed", files or "-"))
    names = "\n".join(record.name for record in records)
    return "\n\n".join(
        [
            "# Deployed networks",
            NOTICE,
            "Networks that buy proofs, or planned to, as configurations of this package: `mechanisms.networks.NETWORKS`, or",
            _fence("shell", "prover-markets networks\nprover-markets networks boundless"),
            "Every number says who says so: `published` by the network (with file and, where recorded, commit and date), "
            "`derived` from its rule, or `assumed` for an example. Costs in examples are always assumed. Where the published "
            "text could not be read in full, the rule is ours in its style and is called reconstructed.",
            "Market files come from `prover-markets networks NAME --design DESIGN --market-file solve` (or `audit`).",
            _table(("network", "design", "rule", "claims of the source", "market files"), rows),
            _fence("{toctree}", f":hidden:\n\n{names}"),
        ]
    ) + "\n"


def without_results(text: str) -> str:
    """A page with every computed block left empty, to compare what is written from the records alone."""
    return re.sub(r"(What it finds, rounded:\n\n```text\n).*?(```)", r"\1\2", text, flags=re.DOTALL)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |" for cells in lines)


def _fence(language: str, body: str) -> str:
    return f"```{language}\n{body}\n```"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--only", metavar="NAME", help="Write the page of this network only.")
def write_pages(folder: Path, only: str | None) -> None:
    """Write the page of every network and their index into FOLDER."""
    from mechanisms.networks import NETWORKS, network

    records = tuple(NETWORKS.values()) if only is None else (network(only),)
    for record in records:
        (folder / f"{record.name}.md").write_text(page(record, computed), "utf-8")
        click.echo(f"{record.name}.md")
    if only is None:
        (folder / "index.md").write_text(index_page(records), "utf-8")
        click.echo("index.md")


if __name__ == "__main__":
    write_pages()
