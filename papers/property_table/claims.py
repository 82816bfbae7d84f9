"""The published claims about the mechanisms of the field, as data, each beside what computes our verdict.

Markets are the smallest in which the claim says something: two or three agents a side, uniform on [0, 1] or [0, 16].
"""

from __future__ import annotations

from fractions import Fraction

from equilibria import CapacityReports, CapacitySplits, Coalitions, DeliveryGame, FalseNames
from mechanisms import (
    Bond,
    CommitReveal,
    Contest,
    CurvedShare,
    DaraStyle,
    DutchClock,
    EqualShare,
    Exchange,
    FirstPrice,
    KDoubleAuction,
    Lottery,
    McAfee,
    OrderBook,
    PostedPriceExchange,
    Procurement,
    ProoflikeA,
    ProportionalMining,
    TodaStyle,
    TwoStepSubmission,
    UndercutAuction,
    Uniform,
    VCGDoubleAuction,
    Vickrey,
    WeibullRace,
)
from papers.property_table.cell import Cell
from papers.property_table.verdicts import (
    audited,
    contested,
    curved_payment,
    curved_truth,
    dissipated,
    lottery,
    lottery_liveness,
    noted,
    overspending,
    proof,
    racing,
    runner_up,
    smallest_share,
    splitting,
)

__all__ = ["CELLS", "IMPOSSIBLE"]

UNIT, WIDE = Uniform(0, 1), Uniform(0, 16)
PAIR = Procurement(dict.fromkeys("ab", UNIT), value=1)
THREE = Procurement(dict.fromkeys("abc", UNIT), value=1)
SINGLE = Exchange(dict.fromkeys("uv", UNIT), dict.fromkeys("ab", UNIT))
SIZES = Exchange(dict.fromkeys("uvw", WIDE), dict.fromkeys("ab", WIDE), capacities={"a": 2})
LONE, FIXED, BARE = CommitReveal(1, lone="own_bid"), CommitReveal(1, lone="reserve"), ProoflikeA()
POSTED, LESS = PostedPriceExchange(0.5), CapacityReports("under", costs="true")
CLOCK = DutchClock(0.125, 0.75, 8, 16)
ONLINE = TodaStyle(0.5, {"u": (0, 1), "v": (1, 1), "a": (1, 1)}, patience=1)

CATALOGUE = "test_catalogue_proofs.py::test_a_rule_of_the_catalogue"
HELD_BACK = "test_capacity_properties.py::test_holding_capacity_back_pays"
SPLIT = "test_capacity_properties.py::test_splitting_a_prover_pays"
LONE_TEST = "test_audit.py::test_deployed_commit_reveal_has_every_deviation_of_a_lone_revealer"
BOTH_REVEAL = "test_audit_attacks.py::test_second_price_is_truthful_where_both_reveal"
SYSTEM = "the layer around the auction (fixed capacities, sealed bids, slashing) is no rule of reports"
NOT_READ = "the rule was not published in full; ours of that name is a reconstruction, and what it does is shown below"
BUDGET, COLLUSION = "budget", "collusion"

V1, CORE, LAYER, BOOKS = "Prooφ v1", "Prooφ v5, core", "Prooφ v5 with its system", "=nil;, Kalypso (order books)"
FIRST_VERSION = "the first version is known from a summary; average_fee is our strawman of it, and it is not truthful"

EXCHANGES = (
    Cell(V1, "user IC", "BIC", "C, X", FIRST_VERSION),
    Cell(V1, "prover IC", "IC without false names", "C, X", FIRST_VERSION),
    Cell(V1, "Sybil-proof", "fails", "C, X", FIRST_VERSION),
    Cell(V1, COLLUSION, "off-chain agreements do not pay; partial collusion does", "C, X", FIRST_VERSION),
    Cell(CORE, "user IC", "DSIC", "C, D", proof(BARE, SINGLE, "dsic"), CATALOGUE, slow=True),
    Cell(CORE, "prover IC", "DSIC", "C, D", proof(BARE, SIZES, "dsic"), CATALOGUE),
    Cell(CORE, "capacity truthful", "fails", "D", proof(BARE, SIZES, LESS), HELD_BACK, slow=True),
    Cell(CORE, "IR", "holds", "D", proof(BARE, SINGLE, "individual_rationality"), CATALOGUE),
    Cell(CORE, BUDGET, "weakly balanced", "C, D", proof(BARE, SINGLE, "no_deficit"), CATALOGUE),
    Cell(CORE, "Sybil-proof", "fails", "D", proof(BARE, SIZES, CapacitySplits()), SPLIT, slow=True),
    Cell(
        CORE, COLLUSION, "fails for two provers", "D", runner_up,
        test="test_truthful_exchanges.py::test_two_provers_gain_together",
    ),
    Cell(
        CORE, "efficiency", "tends to 1 as the market grows", "D", smallest_share((4, 16, 64)),
        test="test_property_table.py::test_the_bare_exchange_loses_at_most_one_trade",
    ),
    *(
        Cell(LAYER, aspect, published, "C, 2", SYSTEM)
        for aspect, published in (
            ("user IC", "holds"), ("prover IC", "holds"), ("capacity truthful", "by slashing and fixed capacities"),
            ("Sybil-proof", "mitigated"), (COLLUSION, "by sealed bids"),
        )
    ),
    Cell("VCG", "user IC", "DSIC", "M", proof(VCGDoubleAuction(), SINGLE, "dsic"), CATALOGUE, slow=True),
    Cell("VCG", BUDGET, "deficit", "M", proof(VCGDoubleAuction(), SINGLE, "no_deficit"), CATALOGUE),
    Cell("VCG", "IR", "holds", "M", proof(VCGDoubleAuction(), SINGLE, "individual_rationality"), CATALOGUE),
    Cell("VCG", "Sybil-proof", "fails", "M", proof(VCGDoubleAuction(), SIZES, CapacitySplits()), slow=True),
    Cell("VCG", "Sybil-proof, single proofs", "fails", "M", proof(VCGDoubleAuction(), SINGLE, FalseNames(2)), slow=True),
    Cell("VCG", COLLUSION, "fails", "M", proof(VCGDoubleAuction(), SINGLE, Coalitions(2)), slow=True),
    Cell("VCG", "efficiency", "1", "M", proof(VCGDoubleAuction(), SINGLE, "efficiency")),
    Cell("McAfee", "user IC", "DSIC", "M", proof(McAfee(), SINGLE, "dsic"), CATALOGUE, slow=True),
    Cell("McAfee", BUDGET, "weakly balanced", "M", proof(McAfee(), SINGLE, "no_deficit"), CATALOGUE),
    Cell("McAfee", "IR", "holds", "M", proof(McAfee(), SINGLE, "individual_rationality"), CATALOGUE),
    Cell("McAfee", COLLUSION, "fails", "M", proof(McAfee(), SINGLE, Coalitions(2)), slow=True),
    Cell("McAfee", "efficiency", "one trade less", "M", proof(McAfee(), SINGLE, "efficiency"), slow=True),
    Cell("posted price", "user IC", "DSIC", "M", proof(POSTED, SINGLE, "dsic"), CATALOGUE, slow=True),
    Cell("posted price", BUDGET, "balanced", "M", proof(POSTED, SINGLE, "budget_balance")),
    Cell("posted price", "Sybil-proof", "if not rationed", "M", proof(POSTED, SINGLE, FalseNames(2)), slow=True),
    Cell("posted price", COLLUSION, "resistant", "M", proof(POSTED, SINGLE, Coalitions(2))),
    Cell("posted price", "efficiency", "low", "M", proof(POSTED, SINGLE, "efficiency")),
    Cell("DARA", "user and prover IC", "truthful", "C, X", NOT_READ),
    Cell("DARA", BUDGET, "weakly balanced", "C, X", NOT_READ),
    Cell("DARA", COLLUSION, "weakly group-strategyproof", "C, X", NOT_READ),
    Cell("DARA-style (reconstructed)", "user and prover IC", "-", "-", proof(DaraStyle(), SINGLE, "dsic"), CATALOGUE),
    Cell("DARA-style (reconstructed)", BUDGET, "-", "-", proof(DaraStyle(), SINGLE, "no_deficit"), CATALOGUE),
    Cell("DARA-style (reconstructed)", COLLUSION, "-", "-", proof(DaraStyle(), SINGLE, Coalitions(2)), slow=True),
    Cell("TODA", "user and prover IC", "truthful", "C, 2", NOT_READ),
    Cell("TODA", BUDGET, "balanced", "C, 2", NOT_READ),
    Cell("TODA-style (reconstructed)", "user and prover IC", "-", "-", proof(ONLINE, SINGLE, "dsic"), CATALOGUE),
    Cell("TODA-style (reconstructed)", BUDGET, "-", "-", proof(ONLINE, SINGLE, "no_deficit"), CATALOGUE),
    Cell(BOOKS, "prover IC", "fails", "S", proof(OrderBook(), SINGLE, "dsic"), CATALOGUE),
    Cell(BOOKS, "IR", "holds", "S", proof(OrderBook(), SINGLE, "individual_rationality"), CATALOGUE),
    Cell(BOOKS, BUDGET, "holds", "S", proof(OrderBook(), SINGLE, "no_deficit"), CATALOGUE),
    Cell("k-double auction", "user and prover IC", "-", "-", proof(KDoubleAuction(), SINGLE, "dsic"), CATALOGUE),
)  # fmt: skip

BREVIS, VICKREY, LIVE = "Brevis, deployed", "second price with reserve (the fix)", "Succinct, live"
TAIKO = "Taiko market of 2026"

AUCTIONS = (
    Cell(BREVIS, "prover IC", "DSIC with a rival for certain", "D, S", proof(LONE, PAIR, "dsic"), BOTH_REVEAL),
    Cell(BREVIS, "prover IC", "fails where one may be alone", "D, S", audited(LONE, PAIR, "cost"), LONE_TEST),
    Cell(BREVIS, "IR", "holds", "S", proof(LONE, PAIR, "individual_rationality"), CATALOGUE),
    Cell(BREVIS, "Sybil-proof", "fails where one may be alone", "D, S", audited(LONE, PAIR, "identities"), LONE_TEST, slow=True),
    Cell(
        BREVIS, COLLUSION, "fails for winner and runner-up", "D, S", proof(LONE, PAIR, Coalitions(2)),
        test="test_audit_attacks.py::test_winner_and_runner_up_raise_the_price",
    ),
    Cell(VICKREY, "prover IC", "DSIC", "M", proof(FIXED, PAIR, "dsic"), CATALOGUE),
    Cell(VICKREY, "Sybil-proof", "for one item", "X", proof(Vickrey(1), THREE, FalseNames(2))),
    Cell(VICKREY, COLLUSION, "fails for winner and runner-up", "M", proof(Vickrey(1), PAIR, Coalitions(2))),
    Cell(VICKREY, "efficiency", "1 above the reserve", "M", proof(Vickrey(1), THREE, "efficiency")),
    Cell(LIVE, "prover IC", "fails, pays the bid", "S", proof(FirstPrice(1), PAIR, "dsic"), CATALOGUE),
    Cell(LIVE, "IR", "holds", "S", proof(FirstPrice(1), PAIR, "individual_rationality"), CATALOGUE),
    Cell("Boundless", "prover IC", "fails, as a first price", "S", proof(CLOCK, PAIR, "dsic"), CATALOGUE),
    Cell("Boundless", COLLUSION, "a single prover waits", "S", audited(DutchClock(0, 1, 10, 20), PAIR, "timing")),
    Cell("Boundless", "liveness", "half of the collateral burned, the rest for a rescuer", "S", audited(
        Vickrey(1), PAIR, "late_rescue",
        delivery=DeliveryGame(bond=Bond(slash=Fraction(50), burned=Fraction(1, 2), recipient="rescuer"), price=Fraction(8)),
    ), "test_audit_attacks.py::test_late_self_rescue_pays_half_the_collateral"),
    Cell(LIVE, COLLUSION, "trusts the auctioneer", "S", "bids are secret by assumption; the auctioneer is not modelled"),
    Cell(TAIKO, "liveness", "slash and backstop", "S", "see the page on collateral: the bond that deters is computed there"),
    Cell(TAIKO, "prover IC", "fails, 5 % band", "S", audited(UndercutAuction(100), PAIR, "self_outbid")),
    Cell(TAIKO, "Sybil-proof", "fails by ping-pong", "S", audited(UndercutAuction(100), PAIR, "ping_pong"), slow=True),
    Cell(
        TAIKO, "Sybil-proof", "the cooldown of one hour mends it", "S",
        audited(UndercutAuction(100, cooldown=3600), PAIR, "ping_pong"),
    ),
)  # fmt: skip

AZTEC = "Aztec, equal share with score"
NETWORK = "it is about who is drawn and punished, which no rule here says from reports"
COSTS = Contest(10, {"a": 1, "b": 2, "c": 3})
ALIKE = Contest(10, dict.fromkeys("abc", 1))
STAKED = Contest(10, dict.fromkeys("abc", 1), stakes={"a": 60, "b": 600, "c": 600})
TWO_STEPS = TwoStepSubmission(capital_rate=Fraction(1, 10))
NAMES = "test_contest_audit.py::test_names_that_never_pay_are_certified"
COUNTED = "test_contest_audit.py::test_where_names_are_counted_a_second_one_pays"
WASHED = "test_contest_audit.py::test_work_for_nobody_pays_what_the_rule_pays"
CONTESTS = (
    Cell(
        "Succinct contest", "Sybil-proof", "neutral at α = 1 only", "D, 2",
        splitting((Fraction(1, 2), Fraction(1), Fraction(2))),
        test="test_known_contests.py::test_splitting_a_bid_pays_below_one_only",
    ),
    Cell(
        "PoVW", "Sybil-proof", "linear in work, capped by stake", "S",
        noted(audited(ProportionalMining(15), STAKED, "identities"), "the stake is divided too"), NAMES,
    ),
    Cell("PoVW", COLLUSION, "wash work", "S", audited(ProportionalMining(15), STAKED, "wash_work"), WASHED),
    Cell(
        "Taiko pool", "Sybil-proof", "linear in stake", "S",
        noted(audited(ProportionalMining(), COSTS, "identities"), "a draw in the ratio of stakes, rewards and places aside"),
        NAMES,
    ),
    Cell(
        "Opside two-step", "Sybil-proof", "neutral in the deposit", "S",
        noted(audited(TWO_STEPS, ALIKE, "identities"), "a further name makes a further proof"),
        NAMES,
    ),
    Cell(
        "race (Polygon, Taiko α)", "Sybil-proof", "neutral", "D, S",
        noted(audited(WeibullRace(1), COSTS, "identities"), "exponential times"), NAMES,
    ),
    Cell(
        "race (Polygon, Taiko α)", "efficiency", "n proofs for one", "D, S", racing(5),
        test="test_known_contests.py::test_what_racing_burns_beside_an_auction",
    ),
    Cell("Succinct contest", "prover IC", "fails", "2", "provers choose efforts, and report no cost"),
    Cell(
        "Succinct contest", "efficiency", "below 1 for finite α", "D, 2", contested((1, 2)),
        "test_property_table.py::test_a_contest_is_won_by_the_dearer_prover_at_times",
    ),
    Cell("Taiko pool", "capacity truthful", "by bonds", "S", NETWORK),
    Cell(
        AZTEC, "Sybil-proof", "fails; the score mitigates", "S",
        noted(audited(EqualShare(), ALIKE, "identities"), "at equal scores"), COUNTED,
    ),
    Cell(AZTEC, "efficiency", "dissipates the pot", "S", dissipated(12, 5), slow=True),
    Cell(
        "lottery", "efficiency", "V - 1 - ln V", "D, X", lottery(10), "test_property_table.py::test_the_best_lottery",
    ),
    Cell("lottery", "liveness", "1 - 1/V", "D, X", lottery_liveness(10), "test_property_table.py::test_the_best_lottery"),
    Cell("lottery", "Sybil-proof", "fails", "X", audited(Lottery(), ALIKE, "identities"), COUNTED),
    Cell("designated prover and fallback", "efficiency", "of order log C times the faulty share", "C, X", NETWORK),
    Cell(
        "GNR α", "prover IC", "DSIC", "C, D", curved_truth(Fraction(2)),
        test="test_property_table.py::test_curved_shares_are_truthful",
    ),
    Cell("GNR α", BUDGET, "pays at most α/(α-1) of the cost, for many", "C, X", curved_payment(16)),
    Cell("GNR α", "Sybil-proof", "fails", "C, X", audited(CurvedShare(2), ALIKE, "identities"), COUNTED),
    Cell(
        "GNR α", "Sybil-proof, Tullock variant", "holds", "C, X",
        noted(audited(CurvedShare(1, "tullock"), COSTS, "identities"), "α = 1"), NAMES,
    ),
    Cell(
        "GNR α", "efficiency", "(1 + √n)/2 at α = 2", "D, X", overspending(4),
        test="test_property_table.py::test_the_worst_costs_of_curved_shares",
    ),
)  # fmt: skip

CELLS: tuple[Cell, ...] = (*EXCHANGES, *AUCTIONS, *CONTESTS)
"""All that the page shows, in its order."""

IMPOSSIBLE = (
    ("efficient, truthful, individually rational and balanced trade", "Myerson and Satterthwaite"),
    ("a fee market that is truthful, resists a miner with one user, and pays the miner", "Chung and Shi"),
    ("a rule that is truthful, Sybil-proof, symmetric and non-wasteful, and charges more than the second price", "Pan et al."),
)
"""What no rule can do; `docs/impossibilities.md` has the proofs."""

CITED = (
    ("discrete fees do not help a fee market", "Gafni and Yaish"),
    ("only proportional rewards are not affected by splitting and merging", "Chen, Papadimitriou, Roughgarden"),
)
"""Impossibilities that are published and have no proof here."""
