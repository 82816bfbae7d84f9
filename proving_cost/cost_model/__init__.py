"""What a ledger costs on a machine: seconds, joules and US dollars, term by term and with intervals."""

from proving_cost.cost_model.breakdown import CostBreakdown, Line
from proving_cost.cost_model.devices import Device, device_names, find_device
from proving_cost.cost_model.measurements import MeasurementFile, Point, read_measurements, shipped_measurements
from proving_cost.cost_model.population import CostDistribution, ProverGroup, population_costs
from proving_cost.cost_model.predict import Prediction
from proving_cost.cost_model.proof_cost import ProofCost, price
from proving_cost.cost_model.published import published_timings, read_published
from proving_cost.cost_model.scaling_laws import (
    AggregationLaw,
    Ratio,
    break_even_utilisation,
    owning_usd_per_hour,
    parallel_cost,
    parallel_seconds,
    ratio,
)
from proving_cost.cost_model.seconds import CostModel, known_timings
from proving_cost.cost_model.settlement import Settlement, groth16_verification_gas
from proving_cost.cost_model.timings import Timing
from proving_cost.cost_model.validation import Validation, validate

__all__ = [
    "AggregationLaw",
    "CostBreakdown",
    "CostDistribution",
    "CostModel",
    "Device",
    "Line",
    "MeasurementFile",
    "Point",
    "Prediction",
    "ProofCost",
    "ProverGroup",
    "Ratio",
    "Settlement",
    "Timing",
    "Validation",
    "break_even_utilisation",
    "device_names",
    "find_device",
    "groth16_verification_gas",
    "known_timings",
    "owning_usd_per_hour",
    "parallel_cost",
    "parallel_seconds",
    "population_costs",
    "price",
    "published_timings",
    "ratio",
    "read_measurements",
    "read_published",
    "shipped_measurements",
    "validate",
]
