"""The proof systems by name."""

from __future__ import annotations

from typing import Any, Literal

from mechanisms.errors import InvalidInput
from proving_cost.systems.system import ProofSystem

__all__ = ["SYSTEMS", "proof_system"]

SYSTEMS: tuple[str, ...] = ("groth16", "plonk", "stark", "gkr")


def proof_system(name: str, group: Literal["shadow", "real"] | None = None) -> ProofSystem[Any, Any, Any, Any]:
    """A proof system with its usual parameters.

    Arguments:
        name: One of `SYSTEMS`.
        group: For those that use a pairing, `"shadow"` (the default: exact counts, not secure) or `"real"` (BN254).

    Raises:
        InvalidInput: An unknown name, or a group for a system that uses none.
        MissingExtra: The real group needs the extra `pairing`.
    """
    if name not in SYSTEMS:
        raise InvalidInput(f"system: must be one of {', '.join(SYSTEMS)}; got {name!r}.")
    if group not in (None, "shadow", "real"):
        raise InvalidInput(f"group: must be shadow or real; got {group!r}.")
    if name in ("groth16", "plonk"):
        from proving_cost.groups import real_bn254, shadow_bn254
        from proving_cost.systems.groth16 import Groth16
        from proving_cost.systems.plonk import Plonk

        curve = real_bn254() if group == "real" else shadow_bn254()
        return Groth16(curve) if name == "groth16" else Plonk(curve)
    if group is not None:
        raise InvalidInput(f"group: {name} hashes and uses no curve; got {group!r}. Leave it out.")
    from proving_cost.systems.gkr import Gkr
    from proving_cost.systems.stark import Stark

    return Stark() if name == "stark" else Gkr()
