"""`optimal`: the best mechanism for a market file, and how far the rule in the file is from it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from equilibria import OptimalityGap, OptimalMechanism
    from mechanisms import Market

FILE = click.Path(path_type=Path)
MOST_ROWS = 12  # types of an agent that the table shows; --json has all
NUMBERED = re.compile(r"(?P<name>cap|epsilon):(?P<rest>.+)")


@click.command()
@click.argument("market", type=FILE, metavar="MARKET.toml")
@click.option(
    "--objective", type=click.Choice(["revenue", "payment", "surplus", "welfare"]),
    help="What to optimise (revenue of a sale, surplus of a procurement with a value, else payment).",
)  # fmt: skip
@click.option(
    "--subject-to", "subject_to", multiple=True, metavar="WHAT",
    help="dsic, bic, ex_post_ir, interim_ir, no_deficit, budget_balance, efficient, cap:SHARE or epsilon:MONEY; "
    "may be repeated.",
)  # fmt: skip
@click.option("--certificate", type=FILE, metavar="FILE", help="Write the certificate, to be verified with `check`.")
@click.option("--timeout", type=float, default=600.0, metavar="S", help="Seconds for a linear program (600).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option("--plot", type=FILE, metavar="FILE", help="Draw the virtual costs; FILE ends in .png, .pdf or .svg.")
def optimal(
    market: Path, objective: Any, subject_to: tuple[str, ...], certificate: Path | None, timeout: float, as_json: bool,
    plot: Path | None,
) -> None:  # fmt: skip
    """Find and certify the optimal mechanism of [market].

    If the file has a [mechanism], what it loses against the optimum is said too.
    """
    from mechanisms.errors import InvalidInput, MarketError, Refused, SolverFailure
    from workbench.json_text import json_text
    from workbench.market_files import MarketFile
    from workbench.pictures import picture_format
    from workbench.reading import writable, write

    taken = [market]
    for option, path in (("--plot", plot), ("--certificate", certificate)):
        if path is not None:
            writable(path, option, tuple(taken))
            taken.append(path)
    ending = None if plot is None else picture_format(plot)
    if not timeout > 0.0:
        raise InvalidInput(f"--timeout must be a positive number of seconds; got {timeout!r}.")
    file = MarketFile.read(market)
    goal = objective or usual_objective(file.market)
    if plot is not None and not file.market.priors:
        raise InvalidInput("--plot draws virtual costs, and a menu of grades has none. Leave it out.")
    constraints = [constraint(text) for text in subject_to]
    try:
        from equilibria import optimal as find
        from equilibria import optimality_gap

        found = find(file.market, goal, constraints, timeout=timeout)
        gap, reason = None, ""
        if file.mechanism is not None and not constraints:
            try:
                gap = optimality_gap(file.mechanism, file.market, goal)
            except Refused as error:
                reason = f"{file.mechanism!r} is not compared: {error}"
    except InvalidInput as error:
        raise InvalidInput(file.located(str(error))) from None
    except MarketError as error:
        raise type(error)(f"{file.name}: {error}") from None
    except (ArithmeticError, ValueError, MemoryError) as error:
        raise SolverFailure(f"{file.name}: the numbers broke down ({type(error).__name__}: {error}).") from error
    if plot is not None and ending is not None:
        write(plot, _picture(found, ending), "--plot")
    if certificate is not None:
        write(certificate, found.certificate.to_json().encode("utf-8"), "--certificate")
    if as_json:
        record = found.to_dict()
        if reason:
            record["not_compared"] = reason
        if gap is not None:
            record["gap"] = {
                "mechanism": gap.mechanism.spec(),
                "attained": {"lower": gap.attained.lower, "upper": gap.attained.upper},
                "absolute": {"lower": gap.absolute.lower, "upper": gap.absolute.upper},
                "relative": None if gap.relative is None else {"lower": gap.relative.lower, "upper": gap.relative.upper},
            }
        click.echo(json_text(record))
    else:
        from workbench.tables import show

        show(_table(found, gap, reason))


def usual_objective(market: Market) -> Literal["revenue", "payment", "surplus", "welfare"]:
    """The objective that a market suggests."""
    from mechanisms import Exchange

    if isinstance(market, Exchange):
        return "welfare"
    return "revenue" if market.sign < 0 else "surplus" if isinstance(market.value, float) else "payment"


def constraint(text: str) -> Any:
    """A constraint from its text on the command line.

    Raises:
        InvalidInput: it is none.
    """
    from equilibria import ConcentrationCap, EpsilonIC
    from mechanisms.errors import InvalidInput

    match = NUMBERED.fullmatch(text)
    if match is None:
        return text
    rest = match["rest"]
    try:
        if match["name"] == "cap":
            return ConcentrationCap(rest)
        return EpsilonIC(rest)
    except InvalidInput as error:
        raise InvalidInput(f"--subject-to {text}: {error}") from None


def _table(found: OptimalMechanism, gap: OptimalityGap | None, reason: str) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from workbench.numerals import about, at_least, at_most
    from workbench.reading import printable

    parts: list[RenderableType] = [Text(f"{found.objective}, by {found.route}: {printable(found.message, 400)}")]
    bounds = _columns("", "about", "at least", "at most", "exactly")
    if found.value is not None:
        exact = "" if found.exact_value is None else printable(str(found.exact_value), 60)
        bounds.add_row(str(found.objective), about(found.value), at_least(found.value.lower), at_most(found.value.upper), exact)
    if gap is not None:
        exact = "" if gap.exact is None else printable(str(gap.exact), 60)
        for name, value in (("attained", gap.attained), ("lost", gap.absolute), ("lost, of the optimum", gap.relative)):
            if value is not None:
                shown = exact if name == "lost" else ""
                bounds.add_row(
                    f"{printable(repr(gap.mechanism))}: {name}", about(value), at_least(value.lower), at_most(value.upper), shown
                )
    if bounds.row_count:
        parts.append(bounds)
    parts += _types(found)
    parts += [Text(f"reserve of {printable(label)}: {_price(price)}") for label, price in found.reserves.items()]
    parts += [Text(f"shadow price of {printable(name)}: {price}") for name, price in found.shadow_prices.items()]
    return Group(*parts, *([Text(printable(reason, 400))] * bool(reason)))


def _types(found: OptimalMechanism) -> Iterable[RenderableType]:
    """Awards, payments and virtual costs by agent and type."""
    from rich.text import Text

    from mechanisms import GradedSale
    from workbench.reading import printable

    known = "value" if found.market.sign < 0 else "cost"
    if isinstance(found.market, GradedSale):
        yield from _menu(found)
        return
    for label, row in found.allocation.items():
        if not row:
            continue
        virtual = found.virtual.get(label, {})
        rows = _columns(f"{known} of {printable(label)}", "awarded", "payment", *([f"ironed virtual {known}"] * bool(virtual)))
        every = max(1, len(row) // MOST_ROWS)
        for k, (kind, share) in enumerate(row.items()):
            if k % every == 0 or k == len(row) - 1:
                cells = [_price(share), _price(found.payments[label][kind])] + ([_price(virtual[kind])] if virtual else [])
                rows.add_row(Text(str(kind)), *cells)
        yield rows


def _menu(found: OptimalMechanism) -> Iterable[RenderableType]:
    """What a buyer may choose from: awards by grade, the price, and how many types choose it."""
    from workbench.reading import printable

    menu: dict[tuple[Any, ...], int] = {}
    for kind, price in found.payments.get("buyer", {}).items():
        choice = (*(row[kind] for row in found.allocation.values()), price)
        menu[choice] = menu.get(choice, 0) + 1
    rows = _columns("types that choose", *map(printable, found.allocation), "price")
    for choice, count in sorted(menu.items(), key=lambda entry: entry[0][-1]):
        rows.add_row(str(count), *map(_price, choice))
    yield rows


def _columns(first: str, *others: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _price(amount: Any) -> str:
    """A rational, or its decimal where it is long."""
    if amount is None:
        return "never awarded"
    return str(amount) if not isinstance(amount, float) and len(str(amount)) <= 16 else f"{float(amount):.8g}"


def _picture(found: OptimalMechanism, ending: str) -> bytes:
    """Ironed virtual costs against costs: of each type, or on a grid where laws have a density."""
    import io

    import numpy as np
    from matplotlib import style
    from matplotlib.figure import Figure

    from mechanisms.ironing import ironed_virtual_cost
    from workbench.pictures import COLOURS, METADATA, STYLE, STYLES
    from workbench.reading import printable

    market = found.market
    known = "value" if market.sign < 0 else "cost"
    with style.context(["default", STYLE]):
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        axes = figure.subplots()
        lines, shown = [], []  # virtual costs may grow without limit at the ends of a support: the middle decides the range
        for k, (label, law) in enumerate(zip(market.labels, market.priors, strict=True)):
            colour, dashes = COLOURS[k % len(COLOURS)], STYLES[k // len(COLOURS) % len(STYLES)]
            if found.virtual.get(label):
                row = found.virtual[label]
                levels = [float(w) for w in row.values()]
                lines += axes.plot([float(t) for t in row], levels, f"o{dashes}", ms=3, color=colour)
                shown += levels
                continue
            buys = market.sign < 0 or (hasattr(market, "buyers") and label in getattr(market, "users", ()))
            psi = ironed_virtual_cost(law.reflected() if buys else law)
            types = np.linspace(*law.support, 801)[1:-1]
            levels = -psi(-types) if buys else psi(types)
            lines += axes.plot(types, levels, dashes, color=colour)
            middle = law.quantile(np.array([0.02, 0.98]))
            shown += list(levels[(types >= middle[0]) & (types <= middle[1])])
        if isinstance(market.value, float):
            axes.axhline(market.value, color="0.6", linewidth=0.8)
            axes.annotate("value", (1.0, market.value), xycoords=("axes fraction", "data"), ha="right", va="bottom", color="0.4")
            shown.append(market.value)
        if shown and max(shown) > min(shown):
            axes.set_ylim(min(shown) - 0.05 * (max(shown) - min(shown)), max(shown) + 0.05 * (max(shown) - min(shown)))
        axes.set_xlabel(known)
        axes.set_ylabel(f"ironed virtual {known}")
        names = [printable(label, 30).replace("$", r"\$") for label in market.labels]
        # A label that begins with a line would be left out of a legend, so that each is given a space.
        axes.legend(lines, [f" {name}" for name in names], frameon=False, fontsize="small")
        content = io.BytesIO()
        figure.savefig(content, format=ending, metadata=METADATA[ending])
    return content.getvalue()
