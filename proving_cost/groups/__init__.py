"""Pairing-friendly groups in two forms: shadow (discrete logarithms, NOT SECURE) and real (BN254)."""

from proving_cost.groups.bn254 import Bn254Curve, Bn254Group, real_bn254
from proving_cost.groups.group import Curve, Group, GroupName, Point, Points
from proving_cost.groups.shadow import ShadowCurve, ShadowGroup, shadow_bn254

__all__ = [
    "Bn254Curve",
    "Bn254Group",
    "Curve",
    "Group",
    "GroupName",
    "Point",
    "Points",
    "ShadowCurve",
    "ShadowGroup",
    "real_bn254",
    "shadow_bn254",
]
