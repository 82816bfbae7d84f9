"""Taiko: the successive designs of its prover markets, from a race to a perpetual undercut auction with escrow."""

from __future__ import annotations

from fractions import Fraction

from mechanisms.bond import Bond
from mechanisms.contest_market import Contest
from mechanisms.distributions import Uniform
from mechanisms.fee_controllers.moving_average import MovingAverage
from mechanisms.fee_controllers.undercut_fee import UndercutFee
from mechanisms.markets import Procurement
from mechanisms.networks.records import Attack, Case, Design, Network, Parameter, published
from mechanisms.networks.taiko_rules import taiko_auction_bond, taiko_market_bond, taiko_pool_bond, taiko_review_bond
from mechanisms.rules.undercut_auction import UndercutAuction
from mechanisms.rules.weibull_race import WeibullRace

__all__ = ["TAIKO"]

_REPO = "taikoxyz/taiko-mono"
_alpha = published(_REPO, "b4c31cd856")
_alpha3 = published(f"{_REPO} LibTokenomics", "02552f2aa0")
_batch = published(f"{_REPO} LibAuction, pull request 13836", "8e6c281f9e")
_pool = published(f"{_REPO} ProverPool", "1eeba9d97e")
_hook = published(f"{_REPO} AssignmentHook", date="November 2023")
_pacaya = published(f"{_REPO}, Pacaya fork")
_shasta = published(f"{_REPO} LibBonds, Shasta fork")
_v1 = published(f"{_REPO} ProverMarket", "4de24bc908", "April 2025")
_auction = published(f"{_REPO} ProverAuction", "ee4300e44f", "January 2026")
_first = published(f"{_REPO} ProverMarket", "ac6e2d4944", "2026")
_hard = published(f"{_REPO} ProverMarket", "5d8f89c603", "2026")

_COSTS = Procurement({"alice": Uniform(1, 10), "bob": Uniform(1, 10)})
_NOTE = "A first fee of 100 and costs from 1 to 10 are assumed; bonds and terms are left out, and only bids are made."
_BAND = (
    Attack("The incumbent of cost c1 holds any fee below c2 / 0.95, c2 the next cost: no fee in this band is undercut."),
)
_CHURN = (
    Attack("The incumbent undercuts itself until the list of displaced provers is full, and nobody else can bid.", "published"),
    Attack("Two identities of one prover undercut each other in turn and keep rivals out.", "published"),
)


def _undercut(**terms: int | bool) -> Case:
    return Case(mechanism=UndercutAuction(100, **terms), market=_COSTS, note=_NOTE)  # type: ignore[arg-type]  # it checks them


TAIKO = Network(
    name="taiko",
    title="Taiko",
    summary="The richest public series of designs: race, auction for batches, weighted pool, assignment, undercut markets.",
    designs=(
        Design(
            name="alpha_race",
            title="Taiko Alpha-1 and Alpha-2: race",
            rule=(
                "The first valid proof is paid. The fee follows a moving average of what was paid; it is multiplied by a "
                "factor that grows with the time since the last proof, after a grace, and by one that grows as slots fill up."
            ),
            mechanism=WeibullRace(shape=4),
            controller=MovingAverage(Fraction(1, 1024), cap=Fraction(4)),
            parameters=(
                _alpha("weight of a payment in the average", Fraction(1, 1024)),
                _alpha("highest time multiplier", 400, "%"),
                _alpha("grace", 200, "% of the average proof time"),
                _alpha("longest proof time counted", 400, "% of the average"),
                _alpha("burned", 1, "%"),
                _alpha("deposit of the proposer", 25, "%"),
                _alpha("slotSmoothing", 16_789),
                _alpha("blocks", 2048),
                Parameter(name="shape of proving times", value=4, source="none: an example", evidence="assumed"),
            ),
            attacks=(
                Attack("Two addresses made most of the proofs; the others paid for gas and lost.", "published"),
            ),
            levers=("Noise in proving times, or a draw, spreads the wins; an assignment removes the redundancy.",),
            equilibrium=Case(
                mechanism=WeibullRace(shape=4),
                market=Contest(prize=10, costs={"alice": 1, "bob": 1}, speeds={"alice": "3/2", "bob": 1}),
                note="A fee of 10, costs of 1, speeds and the shape are assumed; multipliers are held fixed.",
            ),
        ),
        Design(
            name="alpha3_rewards",
            title="Taiko Alpha-3: rewards by proving time",
            rule=(
                "The reward of a proof is the accumulated block fees x its proof time / the sum of the times of unverified "
                "blocks. The block fee is exp(issued / (16 target)) / (16 target). There is a cooldown before verification."
            ),
            parameters=(_alpha3("cooldown", 1800, "s"),),
            attacks=(Attack("A reward that grows with its own proof time rewards waiting.", "published"),),
            levers=("A reward that falls with the proof time.",),
        ),
        Design(
            name="batch_auction",
            title="Taiko batch auction (not shipped)",
            rule=(
                "Batches of 100 blocks are auctioned for 120 s. A new bid is better if the product of its fee's score and of "
                "powers of the scores of deposit and proof window, against the old one's, is at least 1.10."
            ),
            parameters=(
                _batch("batch", 100, "blocks"),
                _batch("auction", 120, "s"),
                _batch("least improvement", Fraction(11, 10)),
                _batch("least deposit", 10, "x fee x gas"),
                _batch("longest window", 2, "x average"),
                _batch("highest fee", 5, "x average"),
                _batch("ring", 1209, "auctions"),
            ),
            attacks=(Attack("A bid with a larger deposit can win at a higher fee."),),
            levers=("A fixed deposit with a stated slash, and bids in the fee alone.",),
        ),
        Design(
            name="prover_pool",
            title="Taiko Alpha-4: prover pool",
            rule=(
                "The 32 largest stakers are in a pool. A prover is drawn for each block in the ratio of stake / reward^2, its "
                "reward for gas clamped to 75 to 125 % of the average fee. A miss is slashed by max(0.25 % stake / capacity, "
                "4 rewards); blocks without a prover are open to all for 150 % of the reward."
            ),
            bond=taiko_pool_bond(320_000, 32, 2),
            parameters=(
                _pool("size of the pool", 32, "provers"),
                _pool("least capacity", 32, "blocks"),
                _pool("least stake for a unit of capacity", 10_000, "TKO"),
                _pool("clamp of the reward", "75 to 125", "% of the average fee"),
                _pool("slash", "max(0.25 % stake / capacity, 4 x reward)"),
                _pool("exit", 7, "days"),
                _pool("reward of an open block", 150, "%"),
                _pool("window", "200 % of the average, from 10 to 90", "min"),
            ),
            attacks=(
                Attack("Below 75 % of the average nothing is gained by asking for less: rewards gather at the clamp."),
                Attack("The 32nd stake decides who is in: a larger staker that splits takes places from small ones."),
            ),
            levers=(
                "The exponent of the reward decides how much price competition there is: at 2, asking for 10 % less adds 23 % "
                "to one's weight.",
                "A slash that did not grow with the reward would let blocks fall open at 150 % on purpose; at 4 rewards it "
                "never pays.",
            ),
        ),
        Design(
            name="assignment_hook",
            title="Taiko assignment hook",
            rule=(
                "Proposer and prover agree off chain on a fee for each tier of proof, signed; the proposer pays up front and "
                "the prover locks a liveness bond. Proofs can be contested against a bond."
            ),
            parameters=(
                _hook("liveness bond", 125, "TKO"),
                _hook("SGX tier: validity / contest bond", "125 / 250", "TKO"),
                _hook("ZK tier: validity / contest bond", "250 / 1640", "TKO"),
                _hook("contest bond of the ZK tier", Fraction(105, 16), "x validity bond"),
                _pacaya("liveness bond", "125 + 5 a block, then 25 a batch", "TAIKO"),
                _pacaya("window", 2, "hours"),
            ),
            attacks=(Attack("Fees are agreed out of sight and few provers are asked.", "published"),),
            levers=("Escrow until the proof is there: paid up front, a prover that defaults keeps the fee and loses the bond.",),
        ),
        Design(
            name="shasta",
            title="Taiko Shasta",
            rule=(
                "Whitelisted provers without bonds on the main network; after five days anybody may prove. Of a bond that is "
                "slashed half goes to a payee and half is burned."
            ),
            bond=Bond(slash=Fraction(0), burned=Fraction(1, 2)),
            parameters=(
                _shasta("bonds on the main network", 0, "TAIKO"),
                _shasta("window", 4, "hours"),
                _shasta("permissionless after", 5, "days"),
                _shasta("burned", Fraction(1, 2), "of a slash"),
            ),
            attacks=(Attack("Without a bond nothing but the whitelist deters from not proving."),),
            levers=("A positive bond, before the whitelist goes.",),
        ),
        Design(
            name="prover_market_v1",
            title="Taiko prover market, first version",
            rule=(
                "A perpetual reverse auction for an exclusive slot: a new fee must be at most 95 % of the current one, or at "
                "most the current one if the incumbent's bond is below a threshold. Fees are at most twice a moving average "
                "of the first ten assignments and on. A prover whose bond falls below another threshold is evicted."
            ),
            mechanism=UndercutAuction(100),
            controller=MovingAverage(),
            parameters=(
                _v1("new fee", 95, "% of the current one, at most"),
                _v1("highest fee", 2, "x average"),
                _v1("weight of a payment in the average", Fraction(1, 100)),
                _v1("assignments before the average counts", 10),
                _v1("thresholds of the bond", "bidding > outbid > proving"),
            ),
            attacks=(*_BAND, Attack("The first bid is unbounded while the average is 0.", "published")),
            levers=("A hard bound on the first bid.", "A smaller step narrows the band and lengthens the descent."),
            deviations=_undercut(),
        ),
        Design(
            name="prover_auction",
            title="Taiko prover auction",
            rule=(
                "A bidder bonds twice the ejection threshold, which is above the liveness bond, and must undercut the fee by "
                "5 %. A miss is slashed by the liveness bond; a share of it goes to a recipient."
            ),
            mechanism=UndercutAuction(100),
            bond=taiko_auction_bond(25),
            controller=UndercutFee(),
            parameters=(
                _auction("least reduction", 500, "basis points"),
                _auction("bond", 2, "x ejection threshold"),
                _auction("rewardBps, for example", 6000, "basis points of a slash"),
            ),
            attacks=_BAND,
            levers=("The step is the band: 5 % lets the incumbent keep up to 5.3 % above the next cost.",),
            deviations=_undercut(),
        ),
        Design(
            name="prover_market_2026",
            title="Taiko prover market 2026, before its review",
            rule=(
                "Undercut by 5 %; up to eight displaced provers serve out. Fees are paid on assignment; an event of late "
                "proofs slashes the whole bond, half as a bounty and half burned. The bond doubles with each ejection."
            ),
            mechanism=UndercutAuction(100),
            bond=taiko_review_bond(30),
            controller=UndercutFee(),
            parameters=(
                _first("least reduction", 500, "basis points"),
                _first("MAX_DISPLACED", 8, "provers"),
                _first("degraded mode from", 7, "displaced"),
                _first("activation", 4, "hours"),
                Parameter(name="bond", value=30, source="none: an example", evidence="assumed"),
            ),
            attacks=(
                Attack(
                    "Paid on assignment with one slash an event: take N proposals and prove none, profitable if fees exceed "
                    "slash and proving cost.",
                    "published",
                ),
                Attack("Exactly, abandoning beats proving if N C > S, and entering to abandon pays if N F > S."),
                *_CHURN,
                Attack("Only the first term of a batch is exclusive and can be slashed.", "published"),
                Attack("A payee that rejects ether halts proposals.", "published"),
                Attack("The first bid is unbounded while the average is 0.", "published"),
                Attack("Who orders transactions at the boundary of terms takes what the other would get.", "published"),
                *_BAND,
            ),
            levers=("What the review asked for is the next design.",),
            deviations=_undercut(),
        ),
        Design(
            name="prover_market_hardened",
            title="Taiko prover market 2026, hardened",
            rule=(
                "As before, with escrow and payment on proof. Each assignment reserves max(base bond, fee x multiplier), and "
                "late proofs are slashed by the sum of what is reserved. Bids have a cooldown and terms a grace; first bids "
                "are capped."
            ),
            mechanism=UndercutAuction(100, cooldown=3600),
            bond=taiko_market_bond(25, 10, 4),
            controller=UndercutFee(),
            parameters=(
                _hard("least reduction", 500, "basis points"),
                _hard("reserved for an assignment", "max(base bond, fee x multiplier)"),
                _hard("cooldown of a bidder", 3600, "s"),
                _hard("grace", 300, "s"),
                _hard("first bid", "hard cap"),
                Parameter(name="base / fee / multiplier", value="25 / 10 / 4", source="none: an example", evidence="assumed"),
            ),
            attacks=_BAND,
            levers=(
                "The cooldown is per name: as many identities as there are slots, each with a bond, get around it.",
                "Descending from ten times the cost takes 45 bids of 5 %; a larger first step shortens it.",
            ),
            deviations=_undercut(cooldown=3600),
        ),
    ),
    open_points=(
        "Who gets a liveness bond that is lost under the assignment hook could not be read, so that design has no bond here.",
        "The scores by which the batch auction compared bids, and the slot multiplier of the race, are not configured: how "
        "they are normalised could not be read.",
        "Dates are of the commits as the history was read; several designs were never deployed.",
    ),
)
