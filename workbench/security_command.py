"""`prover-markets security`: whether stake that secures several services can be attacked at a profit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.one_line_errors import INVALID

if TYPE_CHECKING:
    from mechanisms import Restaking

FILE = click.Path(path_type=Path)
UNKNOWN = 3
KEYS, SERVICE_KEYS = ("kind", "operators", "services"), ("profit", "threshold", "operators")


@click.command()
@click.argument("network", type=FILE, metavar="NETWORK.toml")
@click.option("--gamma", default="0", metavar="G", help="The buffer: attacks are worth 1 + G times as much (0).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a sentence.")
def security(network: Path, gamma: str, as_json: bool) -> int:
    """Prove that a restaking network is secure, or find the attack that pays most.

    Status 0: secure; 1: an attack pays; 3: a part of the network is too large to search.
    """
    from equilibria import network_security
    from workbench.reading import printable

    found = network_security(read_network(network), gamma)
    if as_json:
        from workbench.json_text import json_text

        attack = None if found.attack is None else {"operators": list(found.attack[0]), "services": list(found.attack[1])}
        gain = None if found.gain is None else str(found.gain)
        answer: dict[str, object] = {"status": found.status, "message": found.message, "attack": attack, "gain": gain}
        answer |= {"certified": found.certificate is not None}
        click.echo(json_text(answer))
    else:
        lines = [f"{found.status}: {found.message}"]
        if found.attack is not None:
            operators, services = (", ".join(names) for names in found.attack)
            lines.append(f"operators {operators} attack {services}: gains {found.gain}")
        click.echo("\n".join(printable(line, 1000) for line in lines))
    return {"secure": 0, "insecure": INVALID}.get(found.status, UNKNOWN)


def read_network(path: Path) -> Restaking:
    """The network in the table `[market]` of a file, of the kind `"restaking"`. It has no reports, so it is no `Market`.

    Raises:
        InvalidInput: naming the file and the key.
    """
    from mechanisms import InvalidInput, Restaking, Service
    from mechanisms.distributions.parameters import shown
    from workbench.market_files import _parsed
    from workbench.reading import MARKET_BYTES, read_text, shown_name

    name = shown_name(path)
    tree = _parsed(read_text(path, "a network file", MARKET_BYTES), name)
    table = tree.get("market")
    if set(tree) != {"market"} or not isinstance(table, Mapping):
        raise InvalidInput(f"{name}: the file must have one table, market; got {shown(sorted(tree))}. Add [market].")
    if table.get("kind") != "restaking":
        raise InvalidInput(f"{name}: market.kind must be 'restaking'; got {shown(table.get('kind'))}. Other kinds have `audit`.")
    for key in table:
        if key not in KEYS:
            raise InvalidInput(f"{name}: market.{key} must be one of {', '.join(KEYS)}. Drop it.")
    services, given = {}, table.get("services")
    if not isinstance(given, Mapping):
        raise InvalidInput(f"{name}: market.services must be a table by label; got {shown(given)}. Add one.")
    for label, service in given.items():
        where = f"{name}: market.services.{label}"
        if not isinstance(service, Mapping) or set(service) != set(SERVICE_KEYS):
            raise InvalidInput(f"{where} must have the keys {', '.join(SERVICE_KEYS)}; got {shown(service)}.")
        try:
            services[label] = Service(**service)
        except InvalidInput as error:
            raise InvalidInput(f"{where}.{error}") from None
    try:
        return Restaking(operators=table.get("operators"), services=services)  # type: ignore[arg-type]  # it checks
    except InvalidInput as error:
        raise InvalidInput(f"{name}: market.{error}") from None
