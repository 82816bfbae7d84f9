"""Properties by name."""

from __future__ import annotations

from equilibria.proofs.obligations import Property
from equilibria.proofs.properties.budgets import BudgetBalance, NoDeficit
from equilibria.proofs.properties.capacities import CapacityReports, CapacitySplits
from equilibria.proofs.properties.coalitions import Coalitions
from equilibria.proofs.properties.dsic import DSIC
from equilibria.proofs.properties.efficiency import Efficiency
from equilibria.proofs.properties.envy_freeness import EnvyFreeness
from equilibria.proofs.properties.false_names import FalseNames
from equilibria.proofs.properties.individual_rationality import IndividualRationality
from equilibria.proofs.properties.miner_incentives import MIC
from equilibria.proofs.properties.monotonicity import Monotonicity
from equilibria.proofs.properties.off_chain_agreements import OffChainAgreements
from equilibria.proofs.properties.side_contracts import SCP
from equilibria.proofs.properties.user_incentives import UIC
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["PROPERTIES", "property_of"]

PROPERTIES: dict[str, Property] = {
    property_.name: property_
    for property_ in (
        DSIC(),
        IndividualRationality(),
        NoDeficit(),
        BudgetBalance(),
        Efficiency(),
        Monotonicity(),
        EnvyFreeness(),
        FalseNames(),
        Coalitions(),
        CapacityReports(),
        CapacitySplits(),
        UIC(),
        MIC(),
        SCP(),
        OffChainAgreements(),
    )
}
"""What a name stands for where no parameters are given."""


def property_of(given: object) -> Property:
    """A property, or what its name stands for.

    Raises:
        InvalidInput: it is neither.
    """
    if isinstance(given, Property):
        return given
    if isinstance(given, str) and given.replace("-", "_") in PROPERTIES:
        return PROPERTIES[given.replace("-", "_")]
    names = ", ".join((*PROPERTIES, "bic", "interim_ir"))  # the last two, in expectation, are no obligations for all reports
    raise InvalidInput(f"property must be a Property or one of {names}; got {shown(given)}.")
