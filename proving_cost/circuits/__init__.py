"""Computations described once, and their readings as R1CS, PLONK gates and AIR."""

from proving_cost.circuits.account_tree import Account, AccountTree, Transfer
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.hash_chain import hash_chain, random_hash_chain
from proving_cost.circuits.operations import Assertion, Bits, Expression, Operation, Permutation, Product
from proving_cost.circuits.r1cs import R1cs
from proving_cost.circuits.rollup import Rollup, random_rollup

__all__ = [
    "Account",
    "AccountTree",
    "Assertion",
    "Assignment",
    "Bits",
    "Circuit",
    "Expression",
    "Operation",
    "Permutation",
    "Product",
    "R1cs",
    "Rollup",
    "Transfer",
    "hash_chain",
    "random_hash_chain",
    "random_rollup",
]
