r"""A proving log in a page: what a market needs of it, without the log.

For each prover: the line $a + b g$, the private spread, and the *seconds at the reference block* - median
gas, average difficulty -

$$ s_i(p) = (a_i + b_i\,\bar g)\, e^{q_i(p)}, \qquad q_i(p) \text{ the } p\text{-quantile of } e_{ij}, $$

at 41 equally spaced probabilities from 0.5 % to 99.5 %.  The tails beyond are cut off: the trimmed mass (1 %,
and the share of observations it really holds) is reported, and a distribution made from the quantiles has
exactly this support. For the blocks: quantiles of the public difficulty.  For honesty: rank correlations
before and after removing what is common, failures as selection, and a list of claims, each `measured` or
`assumed`.  And the replay, free of prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.claims import Claim, list_claims
from proving_cost.difficulty import model_blocks, rank_correlations
from proving_cost.replay import Replay, replay_blocks
from proving_cost.seconds_fit import MGAS
from proving_cost.selection import Failures, count_failures

if TYPE_CHECKING:
    from proving_cost.log import ProvingLog

__all__ = ["PROBABILITIES", "Correlations", "Difficulty", "LogFacts", "ProverSummary", "Summary", "summarise"]

TRIM = 0.005
QUANTILES = 41
PROBABILITIES: tuple[float, ...] = tuple(
    round(TRIM + (1 - 2 * TRIM) * k / (QUANTILES - 1), 12) for k in range(QUANTILES)
)
Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProverSummary:
    """One prover of a log.

    Arguments:
        a_seconds: Fixed seconds of a block of average difficulty.
        b_seconds_per_mgas: Seconds for each million of gas.
        n: Proofs used.
        explained: Share of the variance of log seconds that the line explains.
        residual_sd: Standard deviation of the log residual from the line (common difficulty included).
        private_sd: The same after the common difficulty is removed.
        seconds: Quantiles of seconds at the reference block, at `PROBABILITIES`, strictly increasing.
        mean_seconds: Mean of seconds at the reference block, tails included.
        trimmed_share: Share of the observations outside the support kept.
        failures: Failures as selection.
    """

    a_seconds: float
    b_seconds_per_mgas: float
    n: int
    explained: float
    residual_sd: float
    private_sd: float
    seconds: tuple[float, ...]
    mean_seconds: float
    trimmed_share: float
    failures: Failures


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """Which log a summary is of.

    Arguments:
        source: Where the log comes from, in words; may be empty.
        sha256: Digest of the file.
        rows: Data rows.
        first_block: Lowest block number.
        last_block: Highest block number.
        blocks: Number of blocks.
        gas_median: Median gas of the blocks: the gas of the reference block.
        gas_quantiles: Gas at probabilities 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.
    """

    source: str
    sha256: str
    rows: int
    first_block: int
    last_block: int
    blocks: int
    gas_median: float
    gas_quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """The public difficulty of blocks, as a logarithm of mean zero.

    Arguments:
        blocks: Blocks whose difficulty is known (two provers or more proved them; all of them with one
            prover).
        sd: Standard deviation.
        common_share: Share of the variance of the residuals that it takes.
        quantiles: Quantiles at `PROBABILITIES`, nondecreasing; exp of them multiplies every prover's seconds.
    """

    blocks: int
    sd: float
    common_share: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations:
    """Spearman's rank correlations between provers, in the order of `Summary.provers`.

    Arguments:
        seconds_per_gas: Of raw seconds per gas (blocks with gas): gas, difficulty and intercept all mixed in.
        residual: Of the residuals from the lines: common difficulty and private part.
        private: Of what is left; about -1/(m-1) is put in by the split.
    """

    seconds_per_gas: Matrix
    residual: Matrix
    private: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A proving log in a page; `str()` prints it, `to_json` and `from_json` keep it."""

    log: LogFacts
    provers: dict[str, ProverSummary]
    difficulty: Difficulty
    correlations: Correlations
    claims: tuple[Claim, ...]
    replay: Replay

    @classmethod
    def from_json(cls, text: str, where: str = "summary") -> Summary:
        """Read a summary; every error names the key.

        Arguments:
            text: The JSON text.
            where: Name of the file, for errors.

        Raises:
            InvalidInput: What is wrong, at which key.
        """
        from proving_cost.summary_json import read_summary

        return read_summary(text, where)

    @classmethod
    def from_file(cls, path: str | Path) -> Summary:
        """Read a summary from a file.

        Raises:
            InvalidInput: The file cannot be read, or a key is wrong.
        """
        path = Path(path)
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            raise InvalidInput(
                f"{path.name}: must be JSON in UTF-8; got other bytes. Derive the summary again."
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a usable file name"
            raise InvalidInput(
                f"{path.name!r}: must be a readable file; got {reason!r}. Check the path."
            ) from None
        return cls.from_json(text, path.name)

    def to_json(self) -> str:
        """The summary as JSON text, numbers to 10 significant digits; the same log gives the same text."""
        from proving_cost.summary_json import write_summary

        return write_summary(self)

    def __repr__(self) -> str:
        return f"Summary({self.log.blocks} blocks, {len(self.provers)} provers)"

    def __str__(self) -> str:
        from proving_cost.summary_table import summary_table

        return summary_table(self)


def summarise(log: ProvingLog, *, source: str = "", competitive_share: float = 0.01) -> Summary:
    """Model a log and keep what a market needs of it.

    Arguments:
        log: The log.
        source: Where it comes from, in words.
        competitive_share: Least share of blocks won that makes a prover competitive in the replay, in [0, 1].

    Raises:
        InvalidInput: A prover has too few proofs, no shared blocks, or times that do not vary.
    """
    if not 0 <= competitive_share <= 1:
        raise InvalidInput(
            f"summarise: competitive_share must lie in [0, 1]; got {competitive_share!r}. Try 0.01 (one "
            "block in 100)."
        )
    model = model_blocks(log)
    gas_median = float(np.median(log.gas))
    failures = count_failures(model)
    provers = {}
    for j, label in enumerate(log.provers):
        private = model.private[:, j]
        private = private[~np.isnan(private)]
        at_reference = float(model.fits[j].seconds(np.array([gas_median]))[0])
        quantiles = np.quantile(private, PROBABILITIES)
        if not np.all(np.diff(quantiles) > 1e-8):
            raise InvalidInput(
                f"proving log: the times of prover {label!r} must vary between blocks beyond gas and "
                "difficulty; "
                f"got equal quantiles from {private.size} proofs. Use measured times, and more blocks."
            )
        fit = model.fits[j]
        provers[label] = ProverSummary(
            a_seconds=fit.a_seconds,
            b_seconds_per_mgas=fit.b_seconds_per_mgas,
            n=int(private.size),
            explained=fit.explained,
            residual_sd=fit.residual_sd,
            private_sd=float(np.std(private)),
            seconds=tuple(float(at_reference * np.exp(q)) for q in quantiles),
            mean_seconds=float(at_reference * np.mean(np.exp(private))),
            trimmed_share=float(np.mean((private < quantiles[0]) | (private > quantiles[-1]))),
            failures=failures[j],
        )
    known = model.difficulty[~np.isnan(model.difficulty)]
    rates = log.seconds / np.where(log.gas > 0, log.gas / MGAS, np.nan)[:, None]
    correlations = Correlations(
        seconds_per_gas=rank_correlations(rates),
        residual=rank_correlations(model.residual),
        private=rank_correlations(model.private),
    )
    return Summary(
        log=LogFacts(
            source=source,
            sha256=log.sha256,
            rows=log.rows,
            first_block=log.blocks[0],
            last_block=log.blocks[-1],
            blocks=len(log.blocks),
            gas_median=gas_median,
            gas_quantiles=tuple(float(q) for q in np.quantile(log.gas, (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1))),
        ),
        provers=provers,
        difficulty=Difficulty(
            blocks=int(known.size),
            sd=float(np.std(known)),
            common_share=model.common_share,
            quantiles=tuple(float(q) for q in np.quantile(known, PROBABILITIES)),
        ),
        correlations=correlations,
        claims=list_claims(
            model, failures, correlations.seconds_per_gas, correlations.residual, correlations.private
        ),
        replay=replay_blocks(model, competitive_share),
    )
