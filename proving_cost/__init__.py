"""What a proof costs: from proving logs, or from what a prover does, to cost distributions.

`read_log` reads a log, `summarise` models it (`Summary`), `Machine` prices an hour of hardware between owning
and renting, and `cost_distributions` multiplies the two into the costs of a procurement market.

The instrumented prover is in the sub-packages: `fields`, `ledger`, `kernels`, `groups`, `circuits` and `systems` prove and
count; `recipes` has the closed forms of real provers; `cost_model` prices a ledger.
"""

from proving_cost.claims import Claim
from proving_cost.costs import CostInterval, cost_distributions, seconds_distributions
from proving_cost.difficulty import BlockModel, model_blocks, rank_correlations
from proving_cost.hardware import Machine, Term, capital_recovery_factor
from proving_cost.log import ProvingLog, read_log
from proving_cost.price_table import Gpu, PriceTable, Quote
from proving_cost.replay import Replay, ReplaySet, Spread, replay_blocks
from proving_cost.seconds_fit import SecondsFit, fit_seconds
from proving_cost.selection import Failures, count_failures
from proving_cost.summary import PROBABILITIES, ProverSummary, Summary, summarise

__all__ = [
    "PROBABILITIES",
    "BlockModel",
    "Claim",
    "CostInterval",
    "Failures",
    "Gpu",
    "Machine",
    "PriceTable",
    "ProverSummary",
    "ProvingLog",
    "Quote",
    "Replay",
    "ReplaySet",
    "SecondsFit",
    "Spread",
    "Summary",
    "Term",
    "capital_recovery_factor",
    "cost_distributions",
    "count_failures",
    "fit_seconds",
    "model_blocks",
    "rank_correlations",
    "read_log",
    "replay_blocks",
    "seconds_distributions",
    "summarise",
]
