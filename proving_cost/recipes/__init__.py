"""Closed-form ledgers of real provers: what an implementation does at a given size, with its source."""

from proving_cost.recipes.groth16 import ARKWORKS_GROTH16, GNARK_GROTH16, Groth16Recipe
from proving_cost.recipes.jagged import JaggedParameters, jagged_ledger
from proving_cost.recipes.plonk import GNARK_PLONK, PLONK_PAPER, GnarkPlonk, PlonkPaper
from proving_cost.recipes.recipe import Assumption, Recipe
from proving_cost.recipes.recursion import aggregation_nodes, cost_per_proof, cost_per_proof_in_the_limit, recursion
from proving_cost.recipes.registry import RECIPES, recipe_named
from proving_cost.recipes.stark import HashChoice, StarkParameters, stark_ledger
from proving_cost.recipes.zkvms import ZkvmRecipe

__all__ = [
    "ARKWORKS_GROTH16",
    "Assumption",
    "GNARK_GROTH16",
    "GNARK_PLONK",
    "GnarkPlonk",
    "Groth16Recipe",
    "HashChoice",
    "JaggedParameters",
    "PLONK_PAPER",
    "PlonkPaper",
    "RECIPES",
    "Recipe",
    "StarkParameters",
    "ZkvmRecipe",
    "aggregation_nodes",
    "cost_per_proof",
    "cost_per_proof_in_the_limit",
    "jagged_ledger",
    "recipe_named",
    "recursion",
    "stark_ledger",
]
