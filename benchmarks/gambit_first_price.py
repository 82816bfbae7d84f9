"""Gambit on the first-price auction of two uniform costs, cut into a grid; run by an interpreter that can import it.

The project depends on no Gambit; `python -m benchmarks.peers --gambit PYTHON` calls this file with that interpreter and reads a
JSON line for each size: the number of costs and bids, seconds, and what a cost of the *continuous* game gains at most by any bid
against the strategies found, each bid being made by all costs of its cell. Sizes double until one takes longer than allowed.
"""

import json
import sys
import time
from fractions import Fraction

import pygambit

PATIENCE = 5.0
"""Seconds after which no larger size is tried."""


def game(size):
    """The Bayesian game in extensive form: `size` costs at the middles of cells of [0, 1], as many bids from 1/2 to 1."""
    costs = [Fraction(2 * k + 1, 2 * size) for k in range(size)]
    bids = [Fraction(1, 2) + Fraction(j, 2 * (size - 1)) for j in range(size)]
    tree = pygambit.Game.new_tree(players=["a", "b"])
    labels = [str(k) for k in range(size)]
    tree.append_move(tree.root, tree.players.chance, labels)
    for first in tree.root.children:
        tree.append_move(first, tree.players.chance, labels)
    for first in tree.root.children:
        tree.append_move(list(first.children), "a", labels)
    for k in range(size):
        tree.append_move([node for first in tree.root.children for node in list(first.children)[k].children], "b", labels)
    outcomes = {}
    for i, first in enumerate(tree.root.children):
        for k, second in enumerate(first.children):
            for j, third in enumerate(second.children):
                for m, end in enumerate(third.children):
                    a, b = bids[j] - costs[i], bids[m] - costs[k]
                    pay = (a, Fraction(0)) if j < m else (Fraction(0), b) if m < j else (a / 2, b / 2)
                    if pay not in outcomes:
                        outcomes[pay] = tree.add_outcome(f"o{len(outcomes)}", [float(x) for x in pay])
                    tree.set_outcome(end, outcomes[pay])
    return tree, [float(bid) for bid in bids]


def regret(chances, bids):
    """The most that any cost gains over its cell's lottery over bids, by any bid: utilities are linear in the cost on a cell."""
    size = len(bids)
    played = [sum(row[j] for row in chances) / size for j in range(size)]
    above = [sum(played[j + 1 :]) for j in range(size)]
    tied = [above[j] + played[j] / 2 for j in range(size)]
    undercut = [above[j] + played[j] for j in range(size)]  # the limit from below: the chance of winning just under a bid
    worst = 0.0
    for cell, row in enumerate(chances):
        for cost in (cell / size, (cell + 1) / size):
            own = sum(p * (bids[j] - cost) * tied[j] for j, p in enumerate(row))
            best = max(0.0, *((bids[j] - cost) * undercut[j] for j in range(size)))
            worst = max(worst, best - own)
    return worst


def main():
    """Print a JSON line for each size."""
    size, seconds = 4, 0.0
    while seconds < PATIENCE:
        tree, bids = game(size)
        start = time.process_time()
        found = pygambit.nash.lcp_solve(tree, rational=False).equilibria[0]
        seconds = time.process_time() - start
        [player] = [player for player in tree.players if player.label == "a"]
        chances = [[float(found[action]) for action in spot.actions] for spot in player.infosets]
        row = {"version": pygambit.__version__, "size": size, "seconds": seconds, "epsilon": regret(chances, bids)}
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()
        size += 2 if size < 8 else 4


if __name__ == "__main__":
    main()
