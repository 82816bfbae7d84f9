"""Finite fields: prime fields by name, binomial extensions, and a scalar class that counts its operations."""

from proving_cost.fields.counting import Counted, OperationCounter
from proving_cost.fields.extension import EXTENSION_FIELDS, ExtensionField, Field, field_named
from proving_cost.fields.prime import (
    BABY_BEAR,
    BLS12_381_FR,
    BN254_FQ,
    BN254_FR,
    GOLDILOCKS,
    KOALA_BEAR,
    MERSENNE_31,
    PRIME_FIELDS,
    Elements,
    PrimeField,
)

__all__ = [
    "BABY_BEAR",
    "BLS12_381_FR",
    "BN254_FQ",
    "BN254_FR",
    "Counted",
    "EXTENSION_FIELDS",
    "Elements",
    "ExtensionField",
    "Field",
    "GOLDILOCKS",
    "KOALA_BEAR",
    "MERSENNE_31",
    "OperationCounter",
    "PRIME_FIELDS",
    "PrimeField",
    "field_named",
]
