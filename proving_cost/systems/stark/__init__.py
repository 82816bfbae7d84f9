"""A STARK with FRI."""

from proving_cost.systems.stark.fri import FriParameters
from proving_cost.systems.stark.proof import FriProof, Opening, StarkProof
from proving_cost.systems.stark.security import Security
from proving_cost.systems.stark.stark import Stark

__all__ = ["FriParameters", "FriProof", "Opening", "Security", "Stark", "StarkProof"]
