"""All recipes by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mechanisms.errors import InvalidInput
from proving_cost.recipes.groth16 import ARKWORKS_GROTH16, GNARK_GROTH16
from proving_cost.recipes.plonk import GNARK_PLONK, PLONK_PAPER
from proving_cost.recipes.recipe import Recipe
from proving_cost.recipes.zkvms import read_zkvms

__all__ = ["RECIPES", "recipe_named"]

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {r.name: r for r in (GNARK_GROTH16, ARKWORKS_GROTH16, GNARK_PLONK, PLONK_PAPER, *read_zkvms())}
)


def recipe_named(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        InvalidInput: There is none; the message lists what there is.
    """
    recipe = RECIPES.get(name) if isinstance(name, str) else None
    if recipe is None:
        raise InvalidInput(f"recipe: must be one of {', '.join(RECIPES)}; got {name!r}.")
    return recipe
