"""The commands: read a file, call the verb of the same name, print what it returns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.audit_command import audit
from workbench.compare_command import compare
from workbench.cost_command import cost
from workbench.networks_command import networks
from workbench.one_line_errors import INVALID, OneLineErrors
from workbench.optimal_command import optimal
from workbench.prove_command import prove
from workbench.running import computed, drawn_to, outputs, shown
from workbench.security_command import security
from workbench.verify_command import verify

if TYPE_CHECKING:
    from equilibria import Progress
    from equilibria.checking import Checked

Result = TypeVar("Result")
FILE = click.Path(path_type=Path)

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
plot = click.option("--plot", type=FILE, metavar="FILE", help="Draw the result; FILE ends in .png, .pdf or .svg.")
market_file = click.argument("market", type=FILE, metavar="MARKET.toml")


def _version(context: click.Context, parameter: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            installed = version("prover-markets")
        except PackageNotFoundError:
            installed = "(not installed)"
        click.echo(f"prover-markets {installed}")
        context.exit()


@click.group(
    cls=OneLineErrors, no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Say the version and exit.")
def program() -> None:
    """Which rule should buy a proof, at what reserve price, and what will it cost?

    Exit status: 0 done, or the certificate or proof is valid; 1 it is not;
    2 wrong usage or input; 3 no answer within the limits.
    """


program.add_command(prove)
program.add_command(cost)
program.add_command(verify)
program.add_command(audit)
program.add_command(networks)
program.add_command(compare)
program.add_command(optimal)
program.add_command(security)


@program.command()
@market_file
@as_json
@plot
@click.option("--certificate", type=FILE, metavar="FILE", help="Write the certificate, to be verified with `check`.")
@click.option(
    "--cells", type=click.IntRange(20, 5000), metavar="N", help="Cells of the bid grid of a first price, 20 to 5000 (200)."
)
def solve(market: Path, as_json: bool, plot: Path | None, certificate: Path | None, cells: int | None) -> None:
    """Find and certify the equilibrium of [mechanism]."""
    from mechanisms import FirstPrice
    from mechanisms.errors import InvalidInput
    from workbench.market_files import MarketFile
    from workbench.reading import write

    outputs(market, {"--plot": plot, "--certificate": certificate})
    file = MarketFile.read(market)
    rule = file.one_rule()
    if cells is not None and not isinstance(rule, FirstPrice):
        raise InvalidInput(
            f"--cells must be left out for {type(rule).__name__}; got {cells}. Only FirstPrice is solved on a grid."
        )

    def verb(progress: Progress) -> Any:
        from equilibria import HazardShooting, solve

        solver = None if cells is None else HazardShooting(cells=cells)
        return solve(rule, file.market, solver, progress=progress)

    found = computed(file, verb)
    drawn_to(found, plot)
    if certificate is not None:
        write(certificate, found.certificate.to_json().encode("utf-8"), "--certificate")
    shown(found, as_json)


@program.command()
@market_file
@as_json
@plot
@click.option("--objective", type=click.Choice(["surplus", "payment"]), help="What to tune for; overrides the file.")
@click.option(
    "--max-no-award", type=float, metavar="X", help="Greatest probability that nobody is awarded; overrides the file."
)
def tune(market: Path, as_json: bool, plot: Path | None, objective: Any, max_no_award: float | None) -> None:
    """Find the best reserve price of [mechanism]."""
    from workbench.market_files import MarketFile, probability

    outputs(market, {"--plot": plot})
    if max_no_award is not None:
        max_no_award = probability(max_no_award, "--max-no-award")
    file = MarketFile.read(market)
    rule = file.one_rule()
    goal = objective or file.tune.objective
    if goal is None:
        raise file.wrong(
            "tune.objective must be given; got none. Write objective = \"surplus\" or \"payment\" in [tune], or pass --objective."
        )
    limit = file.tune.max_no_award if max_no_award is None else max_no_award

    def verb(progress: Progress) -> Any:
        from equilibria import tune

        return tune(rule, file.market, goal, max_no_award=limit, progress=progress)

    found = computed(file, verb)
    drawn_to(found, plot)
    shown(found, as_json)


@program.command()
@click.argument("certificate", type=FILE, metavar="CERTIFICATE.json")
@as_json
@click.option("--rule", metavar="FILE:FUNCTION", help="Compare the tree of an incentive proof with the rule, or `catalogue`.")
def check(certificate: Path, as_json: bool, rule: str | None) -> int:
    """Verify a certificate from the file alone.

    Status 0: valid; 1: not. A verdict is no picture, so there is no --plot.
    """
    from equilibria.checking import Checked
    from equilibria.checking import check as check_text
    from workbench.json_text import json_text
    from workbench.progress import DelayedProgress
    from workbench.reading import CERTIFICATE_BYTES, printable, read_text
    from workbench.verdicts import stated

    text = read_text(certificate, "a certificate", CERTIFICATE_BYTES)
    with DelayedProgress() as progress:
        try:
            verdict = check_text(text, lambda share: progress("checking", share))
        except RecursionError:
            verdict = Checked(False, "rejected: objects and arrays are nested too deeply", {})
        if rule is not None and verdict.valid:
            verdict = _compared_with_rule(text, rule, verdict)
    if as_json:
        record = {"valid": verdict.valid, "message": verdict.message, "stated": stated(verdict.stated)}
        click.echo(json_text(record))
    else:
        from workbench.tables import checked, show

        show(checked(verdict.valid, printable(verdict.message, 500), stated(verdict.stated)))
    return 0 if verdict.valid else INVALID


def _compared_with_rule(text: str, rule: str, verdict: Checked) -> Checked:
    """The verdict on an incentive proof whose tree was also compared with the rule."""
    from equilibria.checking import Checked
    from equilibria.proofs.tree_comparison import compare_with_rule
    from workbench.rule_files import read_rule

    agrees, sentence = compare_with_rule(text, None if rule == "catalogue" else read_rule(rule))
    claim = verdict.message.rpartition("; the tree is not compared")[0] or verdict.message
    return Checked(agrees, f"{claim if agrees else 'rejected'}; {sentence}", verdict.stated)
