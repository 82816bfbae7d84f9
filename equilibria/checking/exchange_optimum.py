r"""Exchanges with finitely many types: the stated levels and price prove the optimum, in rational arithmetic only.

Everybody is in the orientation of a sale; with $\bar w$ the stated levels, confirmed to bound $Wv-Rh$ as in `finite_optimum`, no
truthful mechanism in which nobody loses has more of $(W-R)\cdot$ gains $+R\cdot$ profit than

$$ E\max_q\sum_{i\text{ trades}}\bar w_i = \int_{-\infty}^{\infty}
   E\min\big(\#\{\text{users}: \bar w\ge s\},\,\#\{\text{provers}: \bar w\ge -s\}\big)\,ds . $$

For gains without a deficit, $W=1+\mu$ and $R=\mu$ with the stated price $\mu\ge0$. The stated rules are truthful in dominant
strategies if their levels never fall; their gains and payments are summed from their own trades. The file is right if the lottery
between them runs no deficit and reaches the bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.finite_agents import Agent, Terms, rational, rationals, read_law
from equilibria.checking.finite_optimum import confirm_levels

Side = list[tuple[str, Agent]]
Levels = Mapping[str, list[Fraction]]


def exchange_optimum(tree: Mapping[str, object]) -> tuple[Fraction, Fraction, str]:
    """Bounds of the optimum, which agree, and the sentence about it.

    Raises:
        Rejected: the levels prove no bound, or the lottery does not reach it.
    """
    market = mapping(field(tree, "market", "certificate"), "market")
    only(market, ("kind", "users", "provers"), "market")
    if market.get("kind") != "exchange":
        raise Rejected("market.kind must be 'exchange'")
    sides = [_side(market, "users"), _side(market, "provers")]
    if len({label for side in sides for label, _ in side}) != len(sides[0]) + len(sides[1]):
        raise Rejected("labels must differ")
    objective = string(field(tree, "objective", "certificate"), "objective")
    asked = mapping(field(tree, "subject_to", "certificate"), "subject_to")
    only(asked, ("named",), "subject_to")
    named = field(asked, "named", "subject_to")
    if not isinstance(named, list):
        raise Rejected("subject_to.named must be a list")
    names = {string(name, "subject_to.named") for name in named}
    budget = bool(names & {"no_deficit", "budget_balance"})
    if not names <= {"dsic", "bic", "ex_post_ir", "interim_ir", "no_deficit", "budget_balance"}:
        raise Rejected("subject_to.named holds a constraint that the checker does not know here")
    if "budget_balance" in names and names & {"dsic", "ex_post_ir"}:
        raise Rejected("a budget that balances in every profile is proved for truth in expectation only")
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    only(mechanism, ("price", "levels", "rules"), "mechanism")
    price = rational(field(mechanism, "price", "mechanism"), "mechanism.price")
    if objective not in ("welfare", "revenue") or price < 0 or (price > 0 and not (budget and objective == "welfare")):
        raise Rejected("objective must be 'welfare' or 'revenue', and mechanism.price what a deficit costs, if none is allowed")
    profit_only = objective == "revenue"
    terms = Terms(1 + price, Fraction(1) if profit_only else price, None, 1)
    levels = _levels(field(mechanism, "levels", "mechanism"), sides, terms, "mechanism.levels")
    bound = _best(sides, levels)
    rules = field(mechanism, "rules", "mechanism")
    if not isinstance(rules, list) or not rules:
        raise Rejected("mechanism.rules must be a list of rules")
    total = gains = profit = Fraction(0)
    for k, node in enumerate(rules):
        where = f"mechanism.rules[{k}]"
        rule = mapping(node, where)
        only(rule, ("chance", "levels"), where)
        chance = rational(field(rule, "chance", where), f"{where}.chance")
        if chance < 0:
            raise Rejected(f"{where}.chance must not be negative")
        own = _reached(sides, _levels(field(rule, "levels", where), sides, None, f"{where}.levels"))
        total, gains, profit = total + chance, gains + chance * own[0], profit + chance * own[1]
    if total != 1:
        raise Rejected("the chances of mechanism.rules must sum to 1")
    if budget and profit < 0:
        raise Rejected("the lottery between the rules runs a deficit")
    reached = profit if profit_only else gains
    if reached != bound:
        raise Rejected(f"the rules reach {float(reached)!r}, but the levels only prove {float(bound)!r}")
    what = "keeps more than" if profit_only else "has larger gains from trade than"
    return bound, bound, f"no truthful mechanism {'without a deficit ' if budget else ''}{what} exactly {bound}"


def _side(market: Mapping[str, object], name: str) -> Side:
    laws = mapping(field(market, name, "market"), f"market.{name}")
    if not laws:
        raise Rejected(f"market.{name} is empty")
    side = []
    for label, node in laws.items():
        values, chances = read_law(node, f"market.{name}.{label}")
        if name == "provers":
            values, chances = [-value for value in reversed(values)], chances[::-1]
        side.append((label, Agent(values, chances, 1)))
    return side


def _levels(node: object, sides: Sequence[Side], terms: Terms | None, where: str) -> Levels:
    """Levels in the orientation of a sale: proved to bound the terms, or only to never fall."""
    stated = mapping(node, where)
    only(stated, [label for side in sides for label, _ in side], where)
    levels = {}
    for turned, side in enumerate(sides):
        for label, agent in side:
            own = rationals(field(stated, label, where), f"{where}.{label}")
            if turned:
                own = [-level for level in reversed(own)]
            if len(own) != len(agent.types) or any(before > after for before, after in pairwise(own)):
                raise Rejected(f"{where}.{label} must have one entry for each type, not worse for better types")
            if terms is not None:
                confirm_levels(agent, own, terms, label)
            levels[label] = own
    return levels


def _at_least(agent: Agent, levels: Sequence[Fraction], least: Fraction, also_equal: bool = True) -> Fraction:
    total = Fraction(0)
    for chance, level in zip(agent.chances, levels, strict=True):
        if level > least or (also_equal and level == least):
            total += chance
    return total


def _counts(chances: Sequence[Fraction]) -> dict[int, Fraction]:
    """Probabilities of how many of some independent events happen."""
    odds = {0: Fraction(1)}
    for chance in chances:
        grown: dict[int, Fraction] = {}
        for number, weight in odds.items():
            grown[number] = grown.get(number, Fraction(0)) + weight * (1 - chance)
            grown[number + 1] = grown.get(number + 1, Fraction(0)) + weight * chance
        odds = grown
    return odds


def _best(sides: Sequence[Side], levels: Levels) -> Fraction:
    """The expected sum of the levels of those who trade, at its best, by integration over levels."""
    places = {level for label, _ in sides[0] for level in levels[label]} | {-w for label, _ in sides[1] for w in levels[label]}
    total = Fraction(0)
    for before, level in pairwise(sorted(places)):  # users of at least `level`, provers whose cost is at most `before`
        buy = _counts([_at_least(agent, levels[label], level) for label, agent in sides[0]])
        sell = _counts([_at_least(agent, levels[label], -before) for label, agent in sides[1]])
        total += (level - before) * sum(p * q * min(a, b) for a, p in buy.items() for b, q in sell.items())
    return total


def _reached(sides: Sequence[Side], levels: Levels) -> tuple[Fraction, Fraction]:
    """Expected gains and profit of a rule, from its trades and the types at which they begin."""
    gains = profit = Fraction(0)
    for mine, theirs in (sides, sides[::-1]):
        for i, (label, agent) in enumerate(mine):
            before, tail = Fraction(0), Fraction(1)
            for t, chance, level in zip(agent.types, agent.chances, levels[label], strict=True):
                rivals = [(j, other, levels[name]) for j, (name, other) in enumerate(mine) if j != i]
                ahead = _counts([_at_least(other, own, level, j < i) for j, other, own in rivals])
                willing = _counts([_at_least(other, levels[name], -level) for name, other in theirs])
                won = sum((p * q for r, p in ahead.items() for s, q in willing.items() if s > r), Fraction(0))
                gains += chance * t * won
                profit += (won - before) * t * tail
                before, tail = won, tail - chance
    return gains, profit
