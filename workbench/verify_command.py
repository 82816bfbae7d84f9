"""`prover-markets verify`: prove or refute incentive properties of a rule."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.one_line_errors import INVALID, UNKNOWN

if TYPE_CHECKING:
    from equilibria import Verdict

STATUS = {"proved": 0, "within": 0, "refuted": INVALID, "crashes": INVALID, "unknown": UNKNOWN}
FILE = click.Path(path_type=Path)


@click.command()
@click.argument("market", type=FILE, metavar="[MARKET.toml]", required=False)
@click.option("--rule", metavar="FILE:FUNCTION", help="A function of the list of reports, instead of [mechanism].")
@click.option("--agents", type=click.IntRange(1, 26), metavar="N", help="How many report to --rule; without a market file.")
@click.option("--side", type=click.Choice(["sale", "procurement"]), help="Reports to --rule are values (sale) or costs.")
@click.option("--property", "property_", default="dsic", metavar="NAME", help="What to prove (dsic); see --all for the names.")
@click.option("--only", type=click.Choice(["users", "provers"]), help="Ask dsic of one side of an exchange.")
@click.option("--identities", type=click.IntRange(2, 20), metavar="K", help="Names of one agent, for false_names (2).")
@click.option("--coalition", type=click.IntRange(1, 20), metavar="C", help="Most members of coalitions (2), or users of scp (1).")
@click.option("--exactly", is_flag=True, help="Coalitions of --coalition users only, for scp.")
@click.option("--no-transfers", is_flag=True, help="Members of coalitions cannot pay each other.")
@click.option("--fakes", type=click.IntRange(0, 10), metavar="F", help="Most added bids, in a fee market.")
@click.option("--gamma", metavar="X", help="Cost of an overbid that is not confirmed, from 0 to 1, in a fee market (0).")
@click.option("--charged", type=click.Choice(["submitted", "included"]), help="Which bids cost gamma, for uic (submitted).")
@click.option("--bidding", type=click.Choice(["suggested", "truthful"]), help="Honest bids in a fee market (suggested).")
@click.option("--full-blocks", is_flag=True, help="A miner leaves no room in its block.")
@click.option("--direction", type=click.Choice(["under", "over", "both"]), help="For capacity_reports (both).")
@click.option("--paid", type=click.Choice(["delivery", "assignment"]), help="For capacity_reports (delivery).")
@click.option("--most", type=click.IntRange(1, 50), metavar="S", help="Highest false capacity, for capacity_reports.")
@click.option("--all", "everything", is_flag=True, help="Every property: a table.")
@click.option("--epsilon", metavar="X", help="Accept a gain of at most X, such as 0.01 or 1/100.")
@click.option("--certificate", type=FILE, metavar="FILE", help="Write the certificate of a proof, for `check`.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, metavar="S", help="Seconds (60).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def verify(
    market: Path | None,
    rule: str | None,
    agents: int | None,
    side: Any,
    property_: str,
    only: Any,
    everything: bool,
    epsilon: str | None,
    certificate: Path | None,
    timeout: float,
    as_json: bool,
    **options: Any,
) -> int:
    """Prove that a rule has a property for all reports, or refute it with a counterexample.

    The rule is [mechanism] of a market file, or a Python function. Status 0: proved (or within --epsilon); 1: refuted, or the
    rule crashes; 3: not decided in time.
    """
    from equilibria.proofs.properties.registry import PROPERTIES
    from mechanisms.errors import InvalidInput
    from workbench.reading import writable

    if certificate is not None:
        if everything:
            raise InvalidInput("--certificate must be left out with --all: a certificate is about one property.")
        writable(certificate, "--certificate", () if market is None else (market,))
    subject = _subject(market, rule, agents, side)
    allowed = _epsilon(epsilon)
    if everything:
        return _table(subject, _applicable(PROPERTIES.values(), subject[1]), allowed, timeout, as_json)
    wanted = _property(property_, {"only": only, **options})
    verdict = _verdict(subject, wanted, allowed, timeout)
    if certificate is not None and verdict.certificate is not None:
        from workbench.reading import write

        write(certificate, verdict.certificate.to_json().encode("utf-8"), "--certificate")
    if as_json:
        from workbench.json_text import json_text

        click.echo(json_text(verdict.to_dict()))
    else:
        from workbench.reading import printable

        click.echo(printable(str(verdict), 2000))
        for note in verdict.notes:
            click.echo(printable(note, 2000))
    return STATUS[verdict.status]


def _subject(market: Path | None, rule: str | None, agents: int | None, side: Any) -> tuple[Any, Any, Any]:
    """Mechanism, market (or number of agents) and side, as `verify` takes them."""
    from mechanisms.errors import InvalidInput
    from workbench.market_files import MarketFile
    from workbench.rule_files import read_rule

    if rule is None and market is None:
        raise InvalidInput("verify needs MARKET.toml or --rule FILE:FUNCTION; got neither. Name one.")
    if market is not None:
        if agents is not None or side is not None:
            raise InvalidInput("--agents and --side must be left out beside a market file, which says who reports.")
        file = MarketFile.read(market)
        return (file.one_rule() if rule is None else read_rule(rule)), file.market, None
    assert rule is not None
    if agents is None:
        raise InvalidInput("--agents must be given with --rule; got none. For example --agents 3.")
    return read_rule(rule), agents, side


def _epsilon(text: str | None) -> Any:
    from fractions import Fraction

    from mechanisms.errors import InvalidInput

    if text is None:
        return 0
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(-1)
    if value < 0:
        raise InvalidInput(f"--epsilon must be a number of at least 0; got {text!r:.40}. For example 0.01 or 1/100.")
    return value


FIELDS: dict[str, tuple[str, ...]] = {
    "only": ("side",), "identities": ("identities",), "coalition": ("users", "size"), "exactly": ("exactly",),
    "no_transfers": ("transfers",), "fakes": ("fakes",), "gamma": ("gamma",), "charged": ("charged",), "bidding": ("bidding",),
    "full_blocks": ("short",), "direction": ("direction",), "paid": ("paid",), "most": ("most",),
}  # fmt: skip
NEGATED = ("no_transfers", "full_blocks")  # flags that switch off what is on by itself


def _property(name: str, options: dict[str, Any]) -> Any:
    """The property of a name, with the parameters that were given."""
    from dataclasses import fields, replace

    from equilibria.proofs.in_expectation import IN_EXPECTATION
    from equilibria.proofs.properties.registry import PROPERTIES, property_of
    from mechanisms.errors import InvalidInput

    if name in IN_EXPECTATION and not any(options.values()):
        return name
    chosen = property_of(name)
    given: dict[str, Any] = {}
    for option, value in options.items():
        if value is None or value is False:
            continue
        known = [field.name for field in fields(chosen) if field.name in FIELDS[option]]  # type: ignore[arg-type]
        if not known:
            owners = [
                other.name
                for other in PROPERTIES.values()
                if any(field.name in FIELDS[option] for field in fields(other))  # type: ignore[arg-type]
            ]
            dashed = option.replace("_", "-")
            raise InvalidInput(f"--{dashed} must be left out for {chosen.name}; it belongs to {', '.join(owners)}.")
        given[known[0]] = False if option in NEGATED else _gamma(value) if option == "gamma" else value
    return replace(chosen, **given)  # type: ignore[type-var]


def _gamma(text: str) -> Any:
    from fractions import Fraction

    from mechanisms.errors import InvalidInput

    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InvalidInput(f"--gamma must be a number from 0 to 1; got {text!r:.40}. For example 0.5 or 1/2.") from None


def _applicable(properties: Iterable[Any], market: Any) -> list[Any]:
    """The properties that have a meaning for who reports."""
    from mechanisms import BlockSpace, Exchange

    meant = {
        "fee_market": isinstance(market, BlockSpace),
        "capacities": isinstance(market, Exchange) and any(capacity > 1 for capacity in market.capacities),
    }
    return [property_ for property_ in properties if meant.get(property_.subject, True)]


def _verdict(subject: tuple[Any, Any, Any], wanted: Any, allowed: Any, timeout: float) -> Verdict:
    from equilibria import verify
    from workbench.progress import DelayedProgress

    mechanism, market, side = subject
    with DelayedProgress() as progress:
        return verify(mechanism, market, wanted, side=side, epsilon=allowed, timeout=timeout, progress=progress)


def _table(subject: tuple[Any, Any, Any], wanted: list[Any], allowed: Any, timeout: float, as_json: bool) -> int:
    from mechanisms.errors import InvalidInput, Refused
    from workbench.json_text import json_text
    from workbench.tables import show, verdicts

    rows: list[tuple[str, str, str]] = []
    found: list[dict[str, object]] = []
    statuses: set[int] = set()
    for property_ in wanted:
        try:
            verdict = _verdict(subject, property_, allowed, timeout)
        except (Refused, InvalidInput) as error:
            rows.append((property_.name, "no meaning", str(error)))
            found.append({"property": property_.name, "status": None, "message": str(error)})
            continue
        statuses.add(STATUS[verdict.status])
        rows.append((property_.name, verdict.status, verdict.reason))
        found.append(verdict.to_dict())
    if not statuses:
        raise InvalidInput(rows[0][2])
    if as_json:
        click.echo(json_text({"verdicts": found}))
    else:
        show(verdicts(rows))
    return INVALID if INVALID in statuses else max(statuses)
