"""Typed operation counts of a prover's run."""

from proving_cost.ledger.events import (
    BatchInversion,
    Bytes,
    Event,
    FieldOperation,
    FriFold,
    GroupOperation,
    Hash,
    Msm,
    Ntt,
    Operations,
    Pairing,
    SumcheckRound,
)
from proving_cost.ledger.ledger import Ledger, Phase

__all__ = [
    "BatchInversion",
    "Bytes",
    "Event",
    "FieldOperation",
    "FriFold",
    "GroupOperation",
    "Hash",
    "Ledger",
    "Msm",
    "Ntt",
    "Operations",
    "Pairing",
    "Phase",
    "SumcheckRound",
]
