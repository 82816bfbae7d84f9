"""`prover-markets networks`: what deployed networks do, with sources, and market files to run their designs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mechanisms import Bond
    from mechanisms.networks import Design, Network, Parameter

VERBS = click.Choice(["solve", "audit"])
COLUMNS = ("parameter", "value", "unit", "evidence", "source", "commit or page", "date")


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--design", metavar="DESIGN", help="Show this design only, or write its market file.")
@click.option("--market-file", "verb", type=VERBS, help="Print only a market file of a design, for this verb.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def networks(name: str | None, design: str | None, verb: str | None, as_json: bool) -> None:
    """The networks that buy proofs, their designs, parameters and where they were read.

    Without NAME a table of all; with it the whole of one. Costs in market files are assumed, never measured.
    """
    from mechanisms.networks import NETWORKS, network
    from workbench.json_text import json_text
    from workbench.tables import show

    if name is None:
        if design is not None or verb is not None:
            option = "--design" if design is not None else "--market-file"
            raise click.UsageError(f"{option} needs a network. Name one of {', '.join(NETWORKS)}.")
        if as_json:
            click.echo(json_text({"networks": [one.to_dict() for one in NETWORKS.values()]}))
        else:
            show(listed(tuple(NETWORKS.values())))
        return
    record = network(name)
    if verb is not None:
        if as_json:
            raise click.UsageError("--json must be left out with --market-file: a market file is TOML.")
        click.echo(market_file(record, verb, design), nl=False)
        return
    chosen = record.designs if design is None else (record.design(design.replace("-", "_")),)
    if as_json:
        click.echo(json_text({**record.to_dict(), "designs": [one.to_dict() for one in chosen]}))
    else:
        show(whole(record, chosen))


def market_file(record: Network, verb: str, design: str | None = None) -> str:
    """The market file of a design, by default of the first that has one.

    Arguments:
        record: the network.
        verb: `"solve"` or `"audit"`, that is to run on it.
        design: its name; None for the first with such a file.

    Raises:
        InvalidInput: there is no such design, or it has no such file.

    Example:
        >>> from mechanisms.networks import CYSIC
        >>> print(market_file(CYSIC, "audit").splitlines()[2])
        # prover-markets audit
    """
    from mechanisms.errors import InvalidInput
    from workbench.toml_text import market_text

    able = [one.name for one in record.designs if one.case(verb) is not None]
    if not able:
        raise InvalidInput(f"market-file must be left out for {verb} of {record.name}: no design has one. {_why(verb)}")
    chosen = record.design(able[0] if design is None else design.replace("-", "_"))
    case = chosen.case(verb)
    if case is None:
        raise InvalidInput(
            f"design must be one of {', '.join(able)} for {verb} of {record.name}; got {chosen.name!r}. {_why(verb)}"
        )
    comment = "\n".join([chosen.heading, case.note, f"prover-markets {verb}"])
    return market_text({"market": case.market.spec(), "mechanism": case.mechanism.spec()}, comment)


def _why(verb: str) -> str:
    return "`solve` takes none of its rules." if verb == "solve" else "`audit` takes none of its rules."


def listed(records: tuple[Network, ...]) -> RenderableType:
    """One row for each design."""
    from workbench.tables import _table

    table = _table("network", "design", "rule", "at stake (example)", "fee", "market files")
    for record in records:
        for number, one in enumerate(record.designs):
            table.add_row(
                record.name if number == 0 else "",
                one.name,
                "-" if one.mechanism is None else type(one.mechanism).__name__,
                "-" if one.bond is None else f"{_number(one.bond.slash)} {one.bond.payment.replace('_', ' ')}",
                "-" if one.controller is None else type(one.controller).__name__,
                " ".join(verb for verb in ("solve", "audit") if one.case(verb) is not None) or "-",
            )
    return table


def whole(record: Network, designs: tuple[Design, ...]) -> RenderableType:
    """Everything that is known of some designs of a network."""
    from rich.console import Group
    from rich.text import Text

    from workbench.tables import _table

    parts: list[RenderableType] = [Text(f"{record.title}: {record.summary}"), Text()]
    for one in designs:
        table = _table(*COLUMNS)
        for parameter in one.parameters:
            table.add_row(*map(Text, row(parameter)))
        lines = [f"{one.heading} ({one.name})", f"rule: {one.rule}"]
        if one.mechanism is not None:
            lines.append(f"in the catalogue, for example: {one.mechanism!r}")
        if one.bond is not None:
            lines.append(f"at stake: {bond_words(one.bond)}")
        if one.controller is not None:
            lines.append(f"fee: {one.controller!r}")
        lines.append(f"claims of the source: {'; '.join(one.claims) or 'none claimed'}")
        after = [f"attack ({attack.evidence}): {attack.text}" for attack in one.attacks]
        after += [f"lever: {lever}" for lever in one.levers]
        for verb in ("solve", "audit"):
            if one.case(verb) is not None:
                after.append(f"{verb}: {command(record, one, verb)} > market.toml")
        parts += [*map(Text, lines), table, *map(Text, after), Text()]
    parts += [Text(f"open: {point}") for point in record.open_points]
    return Group(*parts)


def command(record: Network, design: Design, verb: str) -> str:
    """What prints the market file of a design."""
    return f"prover-markets networks {record.name} --design {design.name} --market-file {verb}"


def bond_words(bond: Bond) -> str:
    """The terms of a bond in a sentence; its size in a record is an example."""
    if bond.slash == 0:
        return f"nothing in the example; the fee is paid {bond.payment.replace('_', ' ')}"
    each = "for each assignment" if bond.unit == "assignment" else "for an event, however many assignments it covers"
    burned = "" if bond.burned == 0 else f"{_number(bond.burned)} of it burned, the rest "
    whom = {"caller": "to whom the first that asks for it names", "rescuer": "to who delivers late, or the treasury"}
    never = "; but it can never be asked for" if bond.window == 0 else ""
    size, rest = _number(bond.slash), whom.get(bond.recipient, f"to the {bond.recipient}")
    return f"for example {size} {each}, {burned}{rest}{never}; the fee is paid {bond.payment.replace('_', ' ')}"


def row(parameter: Parameter) -> tuple[str, ...]:
    """A parameter as cells."""
    value = parameter.value if isinstance(parameter.value, str) else _number(Fraction(parameter.value))
    return (
        parameter.name,
        value,
        parameter.unit,
        parameter.evidence,
        parameter.source,
        parameter.pin or "-",
        parameter.date or "-",
    )


def _number(value: Fraction) -> str:
    """As a decimal where that is short, as a fraction otherwise."""
    if value.denominator == 1:
        return str(value.numerator)
    decimal = f"{float(value):.6g}"
    return decimal if Fraction(decimal) == value else str(value)
