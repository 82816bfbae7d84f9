"""Proof systems that prove and verify, with every operation counted."""

from proving_cost.systems.catalogue import SYSTEMS, proof_system
from proving_cost.systems.proof_run import ProofRun, prove_and_verify
from proving_cost.systems.system import Keys, ProofSystem

__all__ = ["Keys", "ProofRun", "ProofSystem", "SYSTEMS", "proof_system", "prove_and_verify"]
