r"""Two-step submission (Opside): commit to a hash, reveal the proof, share the reward in the ratio of deposits.

$$ t_i = R\,\frac{d_i}{\sum_j d_j} \quad\text{over all } j \text{ who committed}. $$

Every committed prover proves, so redundancy is *not* removed. Deposits come back to who reveals a valid proof; who does
not loses a fixed amount. The reward of the source is a block's reward divided by a number of commitments; $R$ is that
quotient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal, final

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.contest_rule import ContestRule, Division
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.statement import Number

__all__ = ["TwoStepSubmission"]

Fate = Literal["revealed", "wrong", "missing"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStepSubmission(ContestRule):
    """The prize of a `Contest` is shared by deposits among who committed; a cost is that of a proof, borne by all of them.

    Reports are deposits; 0 does not commit.

    Arguments:
        capital_rate: what locking one unit of deposit until the reveal costs its owner, in money; at least 0.
        least_deposit: least deposit of a commitment, at least 0.
        wrong_proof: taken from who reveals a wrong proof, at least 0.
        no_proof: taken from who does not reveal, at least 0.

    Raises:
        InvalidInput: an amount is negative, or a deposit is below the least.

    Example:
        >>> from mechanisms import Contest, TwoStepSubmission
        >>> market = Contest(prize=12, costs={"a": 1, "b": 1})
        >>> dict(TwoStepSubmission().outcome(market, {"a": 1, "b": 3}).payments)
        {'a': Fraction(3, 1), 'b': Fraction(9, 1)}

    References:
        Opside/Lumoz, contracts of the two-step submission: submitProofHash, deposits, punishments.
    """

    kind = "two_step_submission"

    capital_rate: float | Fraction = 0.0
    least_deposit: float | Fraction = 0.0
    wrong_proof: float | Fraction = 0.0
    no_proof: float | Fraction = 0.0

    def __post_init__(self) -> None:
        for name in ("capital_rate", "least_deposit", "wrong_proof", "no_proof"):
            self._check_amount(name, optional=False)
            if getattr(self, name) < 0:
                raise InvalidInput(f"{name} must be at least 0; got {getattr(self, name)!r}. Leave it out for none.")

    def divide(self, market: Contest, reports: Sequence[Any], number: Number) -> Division:
        for label, deposit in zip(market.labels, reports, strict=True):
            if 0 < deposit < number(self.least_deposit):
                raise InvalidInput(f"bids.{label} must be 0 or at least {self.least_deposit!r}; got {shown(deposit)}.")
        total = sum(reports)
        shares = [deposit / total if total else number(0) for deposit in reports]
        committed = [number(1 if deposit > 0 else 0) for deposit in reports]
        return shares, [number(market.prize) * share for share in shares], committed

    def settle(
        self, prize: float | Fraction, commitments: Mapping[str, tuple[float | Fraction, Fate]]
    ) -> Mapping[str, Fraction]:
        """What each committed prover gains or loses after the reveals, deposits returned.

        Arguments:
            prize: what is shared.
            commitments: deposit by label, and what became of it. Whoever fails leaves its part of the prize unpaid.

        Example:
            >>> rule = TwoStepSubmission(no_proof=2)
            >>> dict(rule.settle(12, {"a": (1, "revealed"), "b": (3, "missing")}))
            {'a': Fraction(3, 1), 'b': Fraction(-2, 1)}
        """
        pot = exact_amount(prize, "prize", positive=True)
        deposits = {
            label: exact_amount(deposit, f"commitments.{label}", positive=True) for label, (deposit, _) in commitments.items()
        }
        total = sum(deposits.values())
        lost = {"wrong": Fraction(self.wrong_proof), "missing": Fraction(self.no_proof)}
        result = {}
        for label, (_, fate) in commitments.items():
            if fate not in ("revealed", *lost):
                raise InvalidInput(f"commitments.{label} must be revealed, wrong or missing; got {shown(fate)}.")
            result[label] = pot * deposits[label] / total if fate == "revealed" else -lost[fate]
        return MappingProxyType(result)
