r"""A contestant under two names: certified never to pay, or the best split with its gain.

Where scores are efforts to a power of at least 1, and where deposits are shared, `equilibria.checking.contest_names` has the
proof that two names never earn more than one with the sum of their efforts. Otherwise splits are tried at the equilibrium: two
halves of a machine; equal efforts, the best total by a search ($x^\alpha+y^\alpha$ is greatest at $x=y$ for $\alpha<1$); equal
reports of a cost; a second entry with the same proof, where entries are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, final

from equilibria.auditing.contest_found import Move, best_move
from equilibria.auditing.contest_payoffs import Range, keeps, played, reason_against, solved, with_name
from equilibria.auditing.findings import Finding
from equilibria.auditing.kinds import Kind
from equilibria.auditing.lottery_odds import chances, earned, surplus
from equilibria.auditing.wording import short
from equilibria.equilibrium import Certificate
from mechanisms import Contest, CurvedShare, DesignatedProver, EqualShare, Lottery

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["SplitEffort"]

SHADES = tuple(Fraction(k, 8) for k in range(4, 25))
"""Reports under two names, as multiples of the report under one."""

HALVINGS = 40


@final
class SplitEffort(Kind):
    """A contestant takes part under two names, at the cost of one."""

    name = "identities"

    def inapplicable(self, subject: Subject) -> str | None:
        return reason_against(subject.mechanism, subject.market)

    def look(self, subject: Subject) -> Finding:
        market, rule = subject.market, subject.mechanism
        assert isinstance(market, Contest)
        if (proved := _proof(subject)) is not None:
            return proved
        if isinstance(rule, Lottery):
            return best_move(self.name, subject, _entries(subject), "second entries with the proof of the first")
        if isinstance(rule, EqualShare):
            searched = f"second entries with the proof of the first; {_with_a_proof_each(subject)}"
            return best_move(self.name, subject, _same_proof(subject), searched, "exhaustive grid")
        if isinstance(rule, DesignatedProver) or market.speeds is not None:
            what = "second names, the machine halved" if market.speeds is not None else "second names, a proof when called"
            return best_move(self.name, subject, _halves(subject), what)
        if isinstance(rule, CurvedShare) and rule.payment != "tullock":
            return best_move(self.name, subject, _same_report(subject), "equal reports under two names")
        return best_move(self.name, subject, _equal_efforts(subject), "splits in two equal efforts, the sum kept or the best")


def _proof(subject: Subject) -> Finding | None:
    from equilibria.checking import FORMAT, VERSION, Rejected, sealed
    from equilibria.checking.contest_names import SENTENCES, SUBJECT, splitting
    from equilibria.known_costs.solving import market_text, rule_text

    assert isinstance(subject.market, Contest)
    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "subject": SUBJECT,
        "market": market_text(subject.market),
        "mechanism": rule_text(subject.mechanism),
    }
    try:
        what = splitting(document)
    except Rejected:
        return None
    document["states"] = {"splitting": what}
    word = "neutral" if what == "neutral" else "never pays"
    return Finding(
        kind="identities",
        status="absent",
        how="proof",
        message=f"splitting {'is ' if word == 'neutral' else ''}{word}: {SENTENCES[what]}",
        certificate=Certificate(sealed(document)),
    )


def _entries(subject: Subject) -> Iterator[Move]:
    """In a lottery: submitting under two names against rivals who submit by chance."""
    market, rule = subject.market, subject.mechanism
    assert isinstance(market, Contest) and market.known is not None
    efforts = played(rule, market)
    for label, cost in zip(market.labels, market.known, strict=True):
        chance = chances(rule, market, label)
        prize = earned(market, 2, len(market.labels) - 1, chance)
        gain = Range(prize.low - cost, prize.high - cost) - surplus(rule, market, label)
        reports = {**efforts, label: Fraction(1), with_name(market, label)[1]: Fraction(1)}
        yield Move(gain, reports, (
            f"contestant {label}, cost {short(cost)}, submits one proof under 2 names against rivals who submit with "
            f"chance {short(efforts[label])}, in expectation"
        ))  # fmt: skip


def _same_proof(subject: Subject) -> Iterator[Move]:
    """Equal shares: a further entry of one who proves, without a further cost."""
    market, rule = subject.market, subject.mechanism
    assert isinstance(market, Contest) and market.known is not None
    efforts = played(rule, market)
    for label, cost in zip(market.labels, market.known, strict=True):
        wide, name = with_name(market, label)
        reports = {**efforts, label: Fraction(1), name: Fraction(1)}
        after, before = keeps(rule, wide, reports, (label, name)), keeps(rule, market, efforts, (label,))
        gain = Range(after.low + cost, after.high + cost) - before
        yield Move(gain, reports, (
            f"contestant {label}, cost {short(cost)}, enters one proof under 2 names"
        ))  # fmt: skip


def _with_a_proof_each(subject: Subject) -> str:
    """Whether the second entry pays even if it takes a second proof."""
    market = subject.market
    assert isinstance(market, Contest) and market.known is not None
    gains = [move.gain.low - cost for move, cost in zip(_same_proof(subject), market.known, strict=True)]
    best = max(gains)
    return f"with a second proof for it the best gains {short(best)}" if best > 0 else "with a second proof for it none gains"


def _halves(subject: Subject) -> Iterator[Move]:
    """Two names, each of which takes part."""
    market, rule = subject.market, subject.mechanism
    assert isinstance(market, Contest)
    efforts = played(rule, market)
    for label in market.labels:
        wide, name = with_name(market, label)
        reports = {**efforts, label: Fraction(1), name: Fraction(1)}
        gain = keeps(rule, wide, reports, (label, name)) - keeps(rule, market, efforts, (label,))
        how = "races with half of its machine under each of 2 names" if market.speeds is not None else "stands by under 2 names"
        yield Move(gain, reports, f"contestant {label} {how}")


def _same_report(subject: Subject) -> Iterator[Move]:
    """Curved shares: one report, or a multiple of it, under two names."""
    market, rule = subject.market, subject.mechanism
    assert isinstance(market, Contest)
    efforts = played(rule, market)
    for label in _different(subject):
        wide, name = with_name(market, label)
        before = keeps(rule, market, efforts, (label,))
        for shade in SHADES:
            report = efforts[label] * shade
            reports = {**efforts, label: report, name: report}
            yield Move(keeps(rule, wide, reports, (label, name)) - before, reports, (
                f"contestant {label}, who would report {short(efforts[label])}, reports {short(report)} under each of 2 names"
            ))  # fmt: skip


def _equal_efforts(subject: Subject) -> Iterator[Move]:
    """An exponent below 1: two halves of one's effort, and of the best sum."""
    market, rule = subject.market, subject.mechanism
    assert isinstance(market, Contest)
    efforts = played(rule, market)
    for label in _different(subject):
        wide, name = with_name(market, label)
        before = keeps(rule, market, efforts, (label,))

        def split(
            half: Fraction, wide: Contest = wide, label: str = label, name: str = name
        ) -> tuple[Range, dict[str, Fraction]]:
            reports = {**efforts, label: half, name: half}
            return keeps(rule, wide, reports, (label, name)), reports

        for half in (efforts[label] / 2, _best(lambda half: split(half)[0].low, efforts[label])):
            after, reports = split(half)
            yield Move(after - before, reports, (
                f"contestant {label}, who would make the effort {short(efforts[label])}, makes {short(half)} "
                "under each of 2 names"
            ))  # fmt: skip


def _best(value: object, effort: Fraction) -> Fraction:
    """About where a concave function of an effort is greatest, by thirds, up to twice the effort."""
    assert callable(value)
    low, high = Fraction(0), 2 * effort
    for _ in range(HALVINGS):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        low, high = (first, high) if value(first) < value(second) else (low, second)
        low, high = Fraction(float(low)), Fraction(float(high))
    return (low + high) / 2


def _different(subject: Subject) -> list[str]:
    """One contestant of each pair of cost and effort, of those that take part."""
    market = subject.market
    assert isinstance(market, Contest) and market.known is not None
    efforts = solved(subject.mechanism, market).efforts
    kept: dict[tuple[Fraction, str], str] = {}
    for label, cost in zip(market.labels, market.known, strict=True):
        if played(subject.mechanism, market)[label]:
            kept.setdefault((cost, str(efforts[label])), label)
    return list(kept.values())
