"""The networks that buy proofs, as configurations of the rules, bonds and fee controllers of this package.

`NETWORKS` has all by name, `network` looks one up; each module has the network's record and those of its rules that are no rule
of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.networks.aztec import AZTEC
from mechanisms.networks.boundless import BOUNDLESS
from mechanisms.networks.brevis import BREVIS
from mechanisms.networks.cysic import CYSIC
from mechanisms.networks.gevulot import GEVULOT
from mechanisms.networks.kalypso import KALYPSO
from mechanisms.networks.lagrange import LAGRANGE
from mechanisms.networks.mina import MINA
from mechanisms.networks.nil import NIL
from mechanisms.networks.opside import OPSIDE
from mechanisms.networks.polygon_zkevm import POLYGON_ZKEVM
from mechanisms.networks.records import Attack, Case, Design, Network, Parameter
from mechanisms.networks.succinct import SUCCINCT
from mechanisms.networks.taiko import TAIKO
from mechanisms.networks.zkpool import ZKPOOL

__all__ = [
    "AZTEC",
    "BOUNDLESS",
    "BREVIS",
    "CYSIC",
    "GEVULOT",
    "KALYPSO",
    "LAGRANGE",
    "MINA",
    "NETWORKS",
    "NIL",
    "OPSIDE",
    "POLYGON_ZKEVM",
    "SUCCINCT",
    "TAIKO",
    "ZKPOOL",
    "Attack",
    "Case",
    "Design",
    "Network",
    "Parameter",
    "network",
]

_ALL = (
    BOUNDLESS,
    SUCCINCT,
    BREVIS,
    LAGRANGE,
    TAIKO,
    AZTEC,
    POLYGON_ZKEVM,
    OPSIDE,
    NIL,
    KALYPSO,
    GEVULOT,
    CYSIC,
    ZKPOOL,
    MINA,
)

NETWORKS: Mapping[str, Network] = MappingProxyType({record.name: record for record in _ALL})
"""All networks by name."""


def network(name: str) -> Network:
    """The network of a name.

    Arguments:
        name: as in `NETWORKS`; `-` stands for `_`, and case does not matter.

    Raises:
        InvalidInput: there is none.

    Example:
        >>> network("taiko").design("prover_market_hardened").bond.slash
        Fraction(40, 1)
    """
    found = NETWORKS.get(name.lower().replace("-", "_")) if isinstance(name, str) else None
    if found is None:
        raise InvalidInput(f"network must be one of {', '.join(NETWORKS)}; got {shown(name)}.")
    return found
