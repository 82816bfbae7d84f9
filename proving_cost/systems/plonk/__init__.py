"""PLONK with KZG commitments: gate table in, eleven points and twelve scalars out."""

from proving_cost.systems.plonk.closed_form import plonk_ledger
from proving_cost.systems.plonk.keys import PlonkProvingKey, PlonkVerifyingKey
from proving_cost.systems.plonk.plonk import Plonk
from proving_cost.systems.plonk.proof import Evaluations, PlonkProof

__all__ = ["Evaluations", "Plonk", "PlonkProof", "PlonkProvingKey", "PlonkVerifyingKey", "plonk_ledger"]
