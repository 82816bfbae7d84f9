"""What the model of a proving log claims, and on what ground: measured in the log, or assumed.

Every sentence that a figure rests on is listed with its regime and with the evidence the log gives for *or
against* it; an assumption that the log contradicts says so in its evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from proving_cost.difficulty import BlockModel, rank_correlations
from proving_cost.price_table import Regime
from proving_cost.selection import Failures

__all__ = ["Claim", "list_claims"]

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence, its regime (`measured` or `assumed` here) and the evidence."""

    claim: str
    regime: Regime
    evidence: str

    def __str__(self) -> str:
        return f"[{self.regime}] {self.claim}: {self.evidence}"


def list_claims(
    model: BlockModel, failures: Sequence[Failures], raw: Matrix, residual: Matrix, private: Matrix
) -> tuple[Claim, ...]:
    """The claims of a model, with numbers from its log."""
    log = model.log
    labels, m = log.provers, len(log.provers)
    explained = [fit.explained for fit in model.fits]
    failed = sum(f.failed for f in failures)
    attempts = sum(f.attempts for f in failures)
    heavier = [
        label for label, f in zip(labels, failures, strict=True)
        if (f.heavier or 0.0) > 0.5 and f.heavier_p_value is not None and f.heavier_p_value < 0.01
    ]  # fmt: skip
    claims = [
        Claim(
            claim="seconds = a + b * gas for each prover",
            regime="measured",
            evidence=f"the line explains {min(explained):.0%} to {max(explained):.0%} of the variance of log "
            "seconds",
        ),
        Claim(
            claim="seconds per gas mean nothing on near-empty blocks",
            regime="measured",
            evidence=_lightest(model),
        ),
        Claim(
            claim="times are of successes only; failures are selection",
            regime="measured",
            evidence=f"{failed} of {attempts} attempts failed; failures fall on heavier blocks (p < 0.01) "
            f"for {', '.join(heavier) if heavier else 'no prover'}",
        ),
    ]
    if m > 1:
        claims += [
            Claim(
                claim="beyond gas, a block's difficulty is common to all provers",
                regime="measured",
                evidence=f"one number a block takes {model.common_share:.0%} of the residual variance; "
                f"rank correlations {_range(raw)} in seconds per gas, {_range(residual)} after the line",
            ),
            Claim(
                claim="what remains is independent between provers",
                regime="assumed",
                evidence=f"rank correlations {_range(private)} remain ({_extreme(private, labels)}); about "
                f"{-1 / (m - 1):.2f} is put in by removing a mean of {m}, the rest is dependence the model "
                "ignores",
            ),
            Claim(
                claim="independence does not overstate how far apart the two cheapest provers are",
                regime="assumed",
                evidence=_leading_pair(model),
            ),
            Claim(
                claim="the private spread is not understated",
                regime="assumed",
                evidence=f"the difficulty is a mean over at most {m} provers, so a private standard "
                f"deviation is about {np.sqrt(1 - 1 / m):.2f} of the true one if all were equal; not "
                "corrected",
            ),
        ]
    claims += [
        Claim(
            claim="everybody knows a block's gas and difficulty before bidding",
            regime="assumed",
            evidence="the block is public, but its difficulty must be computed by executing it",
        ),
        Claim(
            claim="the private part has one law on every block",
            regime="assumed",
            evidence=f"rank correlation of the private part with gas: {_with_gas(model)}",
        ),
        Claim(
            claim="every prover pays the same for an hour of its machine",
            regime="assumed",
            evidence="the log gives times on one kind of machine and no prices",
        ),
    ]
    return tuple(claims)


def _pairs(matrix: Matrix) -> list[tuple[float, int, int]]:
    return [(matrix[i][k], i, k) for i in range(len(matrix)) for k in range(i)]


def _range(matrix: Matrix) -> str:
    values = [value for value, _, _ in _pairs(matrix)]
    return f"{min(values):.2f} to {max(values):.2f}"


def _extreme(matrix: Matrix, labels: tuple[str, ...]) -> str:
    value, i, k = max(_pairs(matrix), key=lambda pair: abs(pair[0]))
    return f"largest in size {value:.2f}, {labels[k]} with {labels[i]}"


def _leading_pair(model: BlockModel) -> str:
    """Spread of the two fastest provers' log ratio, in the log and under independence."""
    order = np.argsort([float(np.mean(fit.seconds(model.log.gas))) for fit in model.fits], kind="stable")
    i, k = int(order[0]), int(order[1])
    x, y = model.private[:, i], model.private[:, k]
    both = ~np.isnan(x) & ~np.isnan(y)
    if not both.any():
        return "the two cheapest provers share no block"
    measured = float(np.std((x - y)[both]))
    independent = float(np.hypot(np.std(x[both]), np.std(y[both])))
    return (
        f"the log ratio of the times of {model.log.provers[i]} and {model.log.provers[k]} has standard "
        "deviation "
        f"{measured:.3f} beyond gas; independent private parts give {independent:.3f}"
    )


def _with_gas(model: BlockModel) -> str:
    columns = [
        rank_correlations(np.stack([model.private[:, j], model.log.gas], axis=1))[0][1]
        for j in range(len(model.log.provers))
    ]
    return f"{min(columns):.2f} to {max(columns):.2f}"


def _lightest(model: BlockModel) -> str:
    log = model.log
    lightest = int(np.argmin(log.gas))
    if log.gas[lightest] <= 0:
        return f"block {log.blocks[lightest]} has no gas, so its seconds per gas are infinite"
    rates = log.seconds / np.where(log.gas > 0, log.gas, np.nan)[:, None]
    inflation = rates[lightest] / np.nanmedian(rates, axis=0)
    known = inflation[~np.isnan(inflation)]
    if not known.size:
        return f"the lightest block, {log.blocks[lightest]}, was proved by nobody"
    return (
        f"block {log.blocks[lightest]} ({log.gas[lightest] / 1e6:.2f} Mgas) has up to "
        f"{float(known.max()):.0f} times "
        f"a prover's median seconds per gas; the intercept a explains it"
    )
