"""Polygon zkEVM's proof of efficiency: the first valid proof is paid for each batch, and the fee follows delay."""

from __future__ import annotations

from fractions import Fraction

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.fee_controllers.batch_fee import BatchFee
from mechanisms.networks.records import Attack, Case, Design, Network, Parameter, published
from mechanisms.rules.weibull_race import WeibullRace

__all__ = ["POLYGON_ZKEVM", "forced_batch_fee", "reward_per_batch"]

Money = Fraction | int | float | str


def reward_per_batch(balance: Money, batches: int) -> Fraction:
    """What verifying one batch pays: the balance of the contract, divided by the batches that are waiting.

    Example:
        >>> reward_per_batch(30, 12)
        Fraction(5, 2)
    """
    if isinstance(batches, bool) or not isinstance(batches, int) or batches < 1:
        raise InvalidInput(f"batches must be a whole number of at least 1; got {shown(batches)}. Nothing waits otherwise.")
    return exact_amount(balance, "balance") / batches


def forced_batch_fee(fee: Money) -> Fraction:
    """What forcing a batch costs: a hundred times the fee.

    Example:
        >>> forced_batch_fee("0.1")
        Fraction(10, 1)
    """
    return 100 * exact_amount(fee, "fee")


_code = published("0xPolygonHermez/zkevm-contracts contracts/PolygonZkEVM.sol")
_pinned = published("0xPolygonHermez/zkevm-contracts contracts/PolygonZkEVM.sol", "0332ab5e2b")
_RULE = BatchFee()

POLYGON_ZKEVM = Network(
    name="polygon_zkevm",
    title="Polygon zkEVM",
    summary="A race of aggregators for a pot that fills with batches, and a fee that rises with late batches.",
    designs=(
        Design(
            name="proof_of_efficiency",
            title="Polygon zkEVM proof of efficiency",
            rule=(
                "Sequencers pay the batch fee. The first aggregator with a valid proof gets, for each batch that it verifies, "
                "the contract's balance divided by the batches to verify. After a verification the fee is multiplied by 1.002 "
                "for each batch that was later than the target less each that was earlier, at most twelve times, within "
                "bounds."
            ),
            mechanism=WeibullRace(shape=4),
            controller=_RULE,
            parameters=(
                _code("batchFee at the start", Fraction(1, 10), "MATIC"),
                _pinned("batchFee at the start, at this commit", 1, "MATIC"),
                _code("least fee", _RULE.least, "MATIC"),
                _code("highest fee", _RULE.most, "MATIC"),
                _pinned("verifyBatchTimeTarget", 1800, "s"),
                _pinned("multiplierBatchFee", 1002, "thousandths, from 1000 to 1023"),
                _pinned("_MAX_BATCH_MULTIPLIER", _RULE.most_batches, "batches"),
                _code("fee of a forced batch", 100, "x batch fee"),
                _code("trustedAggregatorTimeout", 432_000, "s"),
                _pinned("_HALT_AGGREGATION_TIMEOUT", 604_800, "s"),
                Parameter(name="shape of proving times", value=4, source="none: an example", evidence="assumed"),
            ),
            attacks=(
                Attack("Everybody proves and one is paid: of n racers n - 1 work in vain."),
                Attack("Aggregators that hold proofs back together raise the fee, by 2.43 % a verification at most."),
            ),
            levers=(
                "Noise in proving times (a smaller shape) lets slower provers win more often; it also adds delay.",
                "A designated prover with a fallback removes the redundancy.",
                "A smaller multiplier or bound on the exponent slows what withholding earns.",
            ),
            equilibrium=Case(
                mechanism=WeibullRace(shape=4),
                market=Contest(prize=10, costs={"alice": 1, "bob": 1}, speeds={"alice": "11/10", "bob": 1}),
                note="A prize of 10, costs of 1, speeds and the shape are assumed; the fee is held fixed.",
            ),
        ),
    ),
    open_points=("In practice a trusted aggregator proves; the race opens only after its timeout.",),
)
