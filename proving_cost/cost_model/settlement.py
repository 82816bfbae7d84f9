r"""What a chain charges to verify a proof, spread over a batch.

With $g$ gas, price $p$ in gwei, $E$ USD for an ether and $B$ proofs settled together,

$$ \frac{g \cdot p \cdot 10^{-9} \cdot E}{B}, \qquad
   g = \underbrace{45000 + 34000\,k}_{\text{pairings}} + \underbrace{(6000 + 150)\,l}_{\text{public inputs}}
     + \underbrace{21000 + 16\,b}_{\text{transaction}} $$

for a Groth16 proof over BN254: $k = 4$ pairings, $l$ public inputs, $b$ bytes of calldata (EIP-1108 prices; EIP-2028 for
a byte that is not zero; the floor of EIP-7623, 40 a byte, is below the sum).  The contract's own code is left out.
Prices of gas and ether move by the hour: the ranges are assumptions, to be replaced.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput
from proving_cost.cost_model.breakdown import Line
from proving_cost.hardware import Term

__all__ = ["Settlement", "groth16_verification_gas"]

PAIRING_BASE_GAS, PAIRING_GAS, MUL_GAS, ADD_GAS = 45_000, 34_000, 6_000, 150
TRANSACTION_GAS, CALLDATA_GAS = 21_000, 16
PROOF_BYTES, INPUT_BYTES = 256, 32  # two points of G1 and one of G2, uncompressed; a word


def groth16_verification_gas(public_inputs: int, pairs: int = 4) -> int:
    """Gas of the precompiles that verify a Groth16 proof over BN254, calldata not counted.

    Example:
        >>> groth16_verification_gas(0), groth16_verification_gas(1)
        (181000, 187150)
    """
    for name, value in (("public_inputs", public_inputs), ("pairs", pairs)):
        if type(value) is not int or value < 0:
            raise InvalidInput(f"{name}: must be a whole number, 0 or more; got {value!r}.")
    return PAIRING_BASE_GAS + PAIRING_GAS * pairs + (MUL_GAS + ADD_GAS) * public_inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A Groth16 proof over BN254 verified on chain, for a batch.

    Arguments:
        batch: Proofs that share the verification, 1 or more.
        public_inputs: Of the verified statement.
        calldata_bytes: As sent, none of them zero at most; None takes 256 for the proof and 32 for each public input.
        gas_price_gwei: Range.
        eth_usd: Range.

    Raises:
        InvalidInput: A count is not whole or negative, or a price is negative.

    Example:
        >>> Settlement(batch=100, gas_price_gwei=Enclosure(1, 1), eth_usd=Enclosure(3000, 3000)).gas
        212758
    """

    batch: int = 1
    public_inputs: int = 1
    calldata_bytes: int | None = None
    gas_price_gwei: Enclosure = Enclosure(0.5, 5.0)  # noqa: RUF009 - frozen
    eth_usd: Enclosure = Enclosure(2000.0, 4500.0)  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        for name, least in (("batch", 1), ("public_inputs", 0), ("calldata_bytes", 0)):
            value = getattr(self, name)
            if name == "calldata_bytes" and value is None:
                continue
            if type(value) is not int or value < least:
                raise InvalidInput(f"{name}: must be a whole number, {least} or more; got {value!r}.")
        for name in ("gas_price_gwei", "eth_usd"):
            value = getattr(self, name)
            if not isinstance(value, Enclosure) or value.lower < 0:
                raise InvalidInput(f"{name}: must be an Enclosure of prices, 0 or more; got {value!r}.")

    @property
    def gas(self) -> int:
        """Gas of the whole transaction."""
        sent = PROOF_BYTES + INPUT_BYTES * self.public_inputs if self.calldata_bytes is None else self.calldata_bytes
        return groth16_verification_gas(self.public_inputs) + TRANSACTION_GAS + CALLDATA_GAS * sent

    def lines(self) -> tuple[Line, ...]:
        """The charge for one proof of the batch, in USD: verification, and the transaction around it."""
        verification = groth16_verification_gas(self.public_inputs)
        parts = (
            ("verification gas", verification, "(45000+34000*4+6150*l)*gas_price*eth/batch", "EIP-1108"),
            ("transaction gas", self.gas - verification, "(21000+16*bytes)*gas_price*eth/batch", "EIP-2028"),
        )
        out = []
        for label, gas, formula, eip in parts:
            ends = [gas * p * 1e-9 * e / self.batch for p, e in zip(self.gas_price_gwei, self.eth_usd, strict=True)]
            likely = math.sqrt(ends[0] * ends[1])
            term = Term(
                label=label, formula=formula, unit="USD", value=Enclosure(min(ends), max(ends)),
                source=f"gas: {eip}; prices of gas and ether: assumed range", regime="assumed",
            )  # fmt: skip
            out.append(Line(term=term, likely=min(max(likely, ends[0]), ends[1]), shared=True))
        return tuple(out)
