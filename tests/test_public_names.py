"""The public names of the packages: adding or removing one is a decision, so it changes this file."""

from __future__ import annotations

import importlib

import pytest

PUBLIC = {
    "mechanisms": """
        AffiliatedValues AllPay Allocation AllocationOutcome AverageFee BaseFee BatchFee BatchOutcome
        Beta BlockSpace Bond BondAtStake Budgeted BurningSecondPrice CARA CRRA CentralProver
        CommitReveal CommonCost CommonDifficulty Confirmation Contest ContestRule CoreSelecting
        CostlyEntry CurvedShare CustomRule DaraStyle DesignatedProver Discrete Discriminatory
        Distribution DutchClock EIP1559 EffortContest Empirical Enclosure EqualShare Exchange
        ExchangeMechanism ExchangeOutcomes FeeController FeeMechanism FeeOutcomes FirstPrice
        FirstPriceExchange FirstPriceFee GeneralizedSecondPrice GradedSale HashRatePrice InvalidInput
        KDoubleAuction KthPrice LogNormal Lottery Market MarketError McAfee Mechanism MineralRights
        MissingExtra Mixture MovingAverage Optimal OrderBook Outcome PackageFirstPrice PackageSale
        PiecewiseLinear PostedFee PostedPrice PostedPriceExchange Prices PrizeContest Procurement
        Program ProoflikeA ProoflikeC ProportionalMining ProverOffer Race RankedMechanism Reflected
        Refused Request Restaking RiskAverse Sale SecondLowestPair SecondPriceFee SecretReserve
        SequentialEntry Service Settlement SideBySide SolverFailure SortedMechanism SplitAward Stability
        TaskOutcomes TodaStyle Tullock TwoStepSubmission UncertainPresence UndercutAuction UndercutFee
        Uniform UniformPrice VCGDoubleAuction Vickrey WarOfAttrition Weibull WeibullRace Workload
        market_from_spec mechanism_from_spec register settle side_by_side winner_program
    """,
    "mechanisms.distributions": """
        Beta Discrete Distribution Empirical LogNormal Mixture PiecewiseLinear Reflected Side Uniform
        Weibull
    """,
    "mechanisms.networks": """
        AZTEC Attack BOUNDLESS BREVIS CYSIC Case Design GEVULOT KALYPSO LAGRANGE MINA NETWORKS NIL
        Network OPSIDE POLYGON_ZKEVM Parameter SUCCINCT TAIKO ZKPOOL network
    """,
    "equilibria": """
        AffiliatedEnvelope AllPayPair AttritionPair Audit AwardCollocation BidLawNewton BondSize BudgetBalance CapacityReports
        CapacitySplits Censorship Certificate Coalitions Comparison ConcentrationCap ContestCollocation
        CoreShading Counterexample DSIC DeliveryGame DropOutNewton DualAveraging Efficiency EntryThreshold
        EnvelopeIntegral EnvyFreeness EpsilonIC Equilibrium FalseNames FictitiousPlay FiniteCheck
        FiniteMechanism HazardShooting Implementability IndifferenceNewton IndividualRationality
        Liveness MIC MinMaxRegret Monotonicity NetworkSecurity NoDeficit OffChainAgreements
        OptimalMechanism OptimalityGap PhasePath Play PriceCollocation Progress Property RegularCollocation SCP
        ShareFunctions Simulation SmoothedBestResponse SpectralCollocation Tuning UIC Verdict
        WeakMonotonicity active_provers audit best_lottery censorship check check_finite compare
        every_rule expected_censorship herfindahl honest_revenue implementable liveness long_run_entry
        nakamoto network_security optimal optimality_gap play simulate smallest_bond solve tune verify
        weakly_monotone withhold
    """,
    "equilibria.checking": """
        Checked FORMAT Rejected VERSION check sealed state
    """,
    "proving_cost": """
        BlockModel Claim CostInterval Failures Gpu Machine PROBABILITIES PriceTable ProverSummary
        ProvingLog Quote Replay ReplaySet SecondsFit Spread Summary Term capital_recovery_factor
        cost_distributions count_failures fit_seconds model_blocks rank_correlations read_log
        replay_blocks seconds_distributions summarise
    """,
    "proving_cost.circuits": """
        Account AccountTree Assertion Assignment Bits Circuit Expression Operation Permutation Product
        R1cs Rollup Transfer hash_chain random_hash_chain random_rollup
    """,
    "proving_cost.cost_model": """
        AggregationLaw CostBreakdown CostDistribution CostModel Device Line MeasurementFile Point
        Prediction ProofCost ProverGroup Ratio Settlement Timing Validation break_even_utilisation
        device_names find_device groth16_verification_gas known_timings owning_usd_per_hour
        parallel_cost parallel_seconds population_costs price published_timings ratio read_measurements
        read_published shipped_measurements validate
    """,
    "proving_cost.fields": """
        BABY_BEAR BLS12_381_FR BN254_FQ BN254_FR Counted EXTENSION_FIELDS Elements ExtensionField Field
        GOLDILOCKS KOALA_BEAR MERSENNE_31 OperationCounter PRIME_FIELDS PrimeField field_named
    """,
    "proving_cost.groups": """
        Bn254Curve Bn254Group Curve Group GroupName Point Points ShadowCurve ShadowGroup real_bn254
        shadow_bn254
    """,
    "proving_cost.ledger": """
        BatchInversion Bytes Event FieldOperation FriFold GroupOperation Hash Ledger Msm Ntt Operations
        Pairing Phase SumcheckRound
    """,
    "proving_cost.recipes": """
        ARKWORKS_GROTH16 Assumption GNARK_GROTH16 GNARK_PLONK GnarkPlonk Groth16Recipe HashChoice
        JaggedParameters PLONK_PAPER PlonkPaper RECIPES Recipe StarkParameters ZkvmRecipe
        aggregation_nodes cost_per_proof cost_per_proof_in_the_limit jagged_ledger recipe_named
        recursion stark_ledger
    """,
    "proving_cost.systems": """
        Keys ProofRun ProofSystem SYSTEMS proof_system prove_and_verify
    """,
    "workbench": """
        MarketFile TuneTable program
    """,
}


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module.__all__) == PUBLIC[package].split()
    for name in module.__all__:
        assert getattr(module, name) is not None
