"""What the pages of networks compute beside equilibria and audits: short programs, by network."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["EXAMPLES"]

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "boundless": (
            (
                "The price over time, the defaults for a program of 100 megacycles, and who ends up with what for a price of "
                "8 and the collateral of 20.",
                """
from mechanisms import settle
from mechanisms.networks.boundless import Offer, default_offer

offer = Offer(min_price=100, max_price=1000, ramp=600, lock=2500, timeout=5000)
print([offer.price_at(t) for t in (0, 1, 300, 600, 601, 2500, 2501)], [offer.time_at_price(p) for p in (100, 101, 550, 1000)])
usual = default_offer(100)
print("start", usual.start, "ramp", usual.ramp, "lock", usual.lock, "timeout", usual.timeout, "collateral", usual.collateral)
for outcome in ("on_time", "rescued", "late", "abandoned", "unlocked"):
    s = settle(usual.bond, outcome, 8)
    print(f"{outcome:10}", *(f"{name} {getattr(s, name)}" for name in ("client", "locker", "rescuer", "burned", "treasury")))
""",
            ),
            (
                "What a locker does, by backward induction over all costs, and the collateral that makes a rescue of cost C "
                "pay, in multiples of C, for a rescuer that is first with probability 1/2 and for a sure one.",
                """
from fractions import Fraction
from equilibria import DeliveryGame, play
from equilibria.collateral.rescuing import collateral_for_rescue

found = play(DeliveryGame(bond=usual.bond, price=Fraction(8)))
print("delivers up to", found.threshold, "lateness costs", found.lateness_penalty, "abandoning costs", found.abandonment_penalty)
print([(one.kind, str(one.gain)) for one in found.findings])
print([str(collateral_for_rescue(usual.bond, 1, win=p)) for p in ("1/2", 1)])
""",
            ),
        ),
        "brevis": (
            (
                "The best bid of a prover of cost 0 against one truthful rival that is absent with probability q, and its "
                "gain; and what a winner does where nothing is slashed.",
                """
from fractions import Fraction
from equilibria import DeliveryGame, play
from mechanisms.networks.brevis import brevis_bond, lone_bid, lone_gain

print([(q, str(lone_bid(0, q)), str(lone_gain(0, q))) for q in ("1/10", "1/5", "1/2")])
for bond in (brevis_bond(1000), brevis_bond(1000, 500, 3600)):
    print(bond.deterring, [one.kind for one in play(DeliveryGame(bond=bond, price=Fraction(8))).findings])
""",
            ),
        ),
        "taiko": (
            (
                "Bids of 5 % from ten times the cost down to it, the fees that an incumbent of cost 1 holds against one of "
                "6/5, the lottery of the pool at equal stakes, and the slash of the pool.",
                """
from mechanisms.networks.taiko_rules import pool_chances, taiko_market_bond, taiko_pool_bond, taiko_review_bond
from mechanisms import UndercutFee

rule = UndercutFee()
print(rule.bids_to_reach(10, 1), [str(end) for end in rule.band(1, "6/5")])
print({label: str(chance) for label, chance in pool_chances({"a": 1, "b": 1}, {"a": 100, "b": 50}, 100).items()})
print([str(taiko_pool_bond(320_000, 32, reward).slash) for reward in (2, 10)])
""",
            ),
            (
                "Pay on assignment with one slash of 30 for the event, at a fee of 3 and N assignments, against the hardened "
                "terms.",
                """
from fractions import Fraction
from equilibria import DeliveryGame, play

for terms in (taiko_review_bond(30), taiko_market_bond(25, 3, 2)):
    for n in (10, 11, 12):
        game = DeliveryGame(bond=terms, price=Fraction(3), assignments=n, late_work=None)
        print(terms.payment, n, [(one.kind, str(one.gain)) for one in play(game).findings])
""",
            ),
        ),
        "aztec": (
            (
                "Break-even coverage, epochs to make up for one miss, epochs from nothing to the largest score, before and "
                "after; and the share of full pay that a prover of some coverage earns in the long run.",
                """
from equilibria.activity_scores import long_run_share
from mechanisms import EqualShare

for rule in (EqualShare.aztec(), EqualShare.aztec_azip5()):
    miss, all_of_it = rule.epochs_to_recover(), rule.epochs_to_recover(rule.largest)
    print(f"{float(rule.break_even_coverage):.2%} {float(miss):.1f} {float(all_of_it)}")
for coverage in (0.99, 0.95, 0.90, 0.80, 0.78):
    old, new = (long_run_share(rule, coverage) for rule in (EqualShare.aztec(), EqualShare.aztec_azip5()))
    print(f"{coverage:.2f} {old:.3f} {new:.3f}")
""",
            ),
        ),
        "polygon_zkevm": (
            (
                "The largest steps of the fee, up and down, and the response of the signal above which it would swing.",
                """
from mechanisms import BatchFee

fee = BatchFee()
print([round(float(fee.step(1, signal)), 6) for signal in (12, -12, 40)])
print(f"{fee.stability(1).threshold.midpoint:.1f}", fee.stability(1).status)
""",
            ),
        ),
        "opside": (
            (
                "Rewards by deposits, and when one prover submits its hash five times.",
                """
from mechanisms.networks.opside import rewards

for times in ({}, {"a": 5}):
    print({label: str(reward) for label, reward in rewards(12, {"a": 1, "b": 3}, submissions=times).items()})
""",
            ),
        ),
        "nil": (
            (
                "Who gets a request of price 6 and time 100, and what is at stake for an order of 7.",
                """
from mechanisms.networks.nil import Proposal, best_proposal, commission, nil_bond, orders_allowed

book = {"a": Proposal(5, 60), "b": Proposal(4, 90), "c": Proposal(4, 80, rating=1), "d": Proposal(3, 500)}
print(best_proposal(6, 100, book), commission(1000), nil_bond(7).slash, orders_allowed(70))
""",
            ),
        ),
        "kalypso": (
            (
                "A defaulter that is beaten to its own slash with probability 3/10: what it gains by asking, and what a "
                "default costs.",
                """
from fractions import Fraction
from equilibria import DeliveryGame, play
from mechanisms.networks.kalypso import expected_slash, kalypso_bond

own = play(DeliveryGame(bond=kalypso_bond(), price=Fraction(8), late_work=None, others_first=Fraction(3, 10)))
print([(one.kind, str(one.gain)) for one in own.findings], "abandons above", own.threshold, "slash", expected_slash("3/10"))
""",
            ),
        ),
        "gevulot": (
            (
                "Chances to be drawn, two of four where one proved in the last round, and the highest fee of three provers.",
                """
from mechanisms.networks.gevulot import highest_fee, selection_chances

print({label: str(chance) for label, chance in selection_chances(["a", "b", "c", "d"], ["a"], 2).items()})
print(highest_fee(3, 1000, "1/100", 2))
""",
            ),
        ),
        "zkpool": (
            (
                "The price at the average hash rate of 99 when all, half and none of it is there; and the elasticity of "
                "supply from which the price swings.",
                """
from mechanisms import HashRatePrice

rule = HashRatePrice(weight="1/10")
print([round(float(rule.price(99, rate)), 4) for rate in (99, 49.5, 0)])
for elasticity in ("1/2", 2):
    found = rule.stability_at(99, elasticity)
    print(elasticity, found.status, f"{float(found.threshold):.4f}")
""",
            ),
        ),
        "mina": (
            (
                "Whose proof of a job is kept, and what two slots of work cost a block producer.",
                """
from mechanisms.networks.mina import fees_of_block, kept_work

print(kept_work({"a": "1/1000", "b": "1/1000", "c": "1/500"}, {"a": b"b", "b": b"a", "c": b"0"}))
print(fees_of_block(["1/1000", "1/500", 5], 2))
""",
            ),
        ),
        "succinct": (
            (
                "The most that a request costs with the limits of the quickstart, for three billion units.",
                """
from mechanisms.networks.succinct import request_cost

print(float(request_cost("0.2", 2, 3)), "PROVE")
""",
            ),
        ),
    }
)
"""By network: what is computed, and the program that prints it. Programs of a network run one after another."""
