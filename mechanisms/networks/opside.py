r"""Opside (Lumoz): commit to a hash, reveal the proof, share the reward by deposits.

A hash that is submitted again adds its deposit to the total again, as the code was read: the total grows by deposits that nobody
is paid for, and everybody's reward $R d_i/D$ is diluted.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.networks.records import Attack, Case, Design, Network, Parameter, published
from mechanisms.rules.two_step_submission import TwoStepSubmission

__all__ = ["OPSIDE", "rewards"]

Money = Fraction | int | float | str


def rewards(
    block_reward: Money, deposits: Mapping[str, Money], commit_count: int = 1, submissions: Mapping[str, int] | None = None
) -> Mapping[str, Fraction]:
    r"""$d_i\cdot\frac{\text{block reward}}{\text{commit count}}\big/\text{total deposit}$ for each committed prover.

    Arguments:
        block_reward: of the block, in tokens.
        deposits: deposit by prover.
        commit_count: by which the reward of the block is divided, at least 1; what it counts could not be read.
        submissions: how often each submitted its hash, 1 for who is left out; each time its deposit is added to the total.

    Raises:
        InvalidInput: a deposit is not positive, or a count no whole number of at least 1 of one of the provers.

    Example:
        >>> dict(rewards(12, {"a": 1, "b": 3}))
        {'a': Fraction(3, 1), 'b': Fraction(9, 1)}
        >>> dict(rewards(12, {"a": 1, "b": 3}, submissions={"a": 5}))
        {'a': Fraction(3, 2), 'b': Fraction(9, 2)}
    """
    if not deposits:
        raise InvalidInput("deposits must name at least one prover; got none.")
    amounts = {label: exact_amount(deposit, f"deposits.{label}", positive=True) for label, deposit in deposits.items()}
    if isinstance(commit_count, bool) or not isinstance(commit_count, int) or commit_count < 1:
        raise InvalidInput(f"commit_count must be a whole number of at least 1; got {shown(commit_count)}.")
    times = dict(submissions or {})
    for label, count in times.items():
        if label not in amounts or isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise InvalidInput(f"submissions.{label} must be a whole number of at least 1 for a prover; got {shown(count)}.")
    total = sum(amount * times.get(label, 1) for label, amount in amounts.items())
    share = exact_amount(block_reward, "block_reward") / commit_count
    return MappingProxyType({label: share * amount / total for label, amount in amounts.items()})


_code = published("Opside/Lumoz contracts of the two-step submission")

OPSIDE = Network(
    name="opside",
    title="Opside",
    summary="Provers commit to a hash of their proof, reveal it, and share the reward by their deposits.",
    designs=(
        Design(
            name="two_step",
            title="Opside two-step submission",
            rule=(
                "A prover submits keccak(keccak(proof), sender) within an epoch of the first hash and its proof within "
                "another. All that reveal a valid proof are paid deposit x (block reward / commitments) / total deposit. A "
                "wrong hash or proof, and a hash without a proof, are punished by fixed amounts; if nobody reveals, the "
                "window starts again."
            ),
            mechanism=TwoStepSubmission(),
            parameters=(
                _code("proofHashCommitEpoch", 32, "blocks"),
                _code("proofHashCommitEpoch in tests", 20, "blocks"),
                _code("proofCommitEpoch", 20, "blocks"),
                _code("minDeposit", "set by the operator"),
                _code("incorrectProofHashPunishAmount", "set by the operator"),
                _code("noProofPunishAmount", "set by the operator"),
                published("Opside announcements (read at second hand)")("gain in efficiency", "about 80", "%"),
                Parameter(name="cost of locking a deposit", value=Fraction(1, 128), unit="of it", source="none: an example",
                          evidence="assumed"),
            ),
            attacks=(
                Attack("Redundancy stays: everybody that committed proves."),
                Attack("Submitting a hash again adds its deposit to the total again and dilutes all rewards, its own too."),
            ),
            levers=(
                "Counting each prover's deposit once removes the dilution.",
                "Drawing one of those that committed to prove would remove the redundancy, and needs a bond.",
                "For a given count of commitments the reward is neutral to splitting a deposit: spread it by a concave weight "
                "only with an identity cost.",
            ),
            equilibrium=Case(
                mechanism=TwoStepSubmission(capital_rate=0.0078125),
                market=Contest(prize=12, costs={"alice": 1, "bob": 1, "carol": 1}),
                note="A reward of 12 to share, costs of a proof of 1, and 1/128 for locking one unit of deposit are assumed.",
            ),
        ),
    ),
    open_points=(
        "What the count of commitments counts, by which the reward of a block is divided, could not be read.",
        "The efficiency gain of about 80 % is an announcement, and cannot come from less proving.",
    ),
)
