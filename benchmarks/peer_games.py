"""The discretised auction for general solvers of finite games: run by `benchmarks.peers` in an interpreter that has them.

Costs are the middles of T equal cells of [0, 1], bids lie on two staggered grids of A points up to 1, and a pure strategy is a
monotone map from types to bids, so the game is a bimatrix over a few hundred strategies. What a solver returns is summed up by
the law of its bids. Needs numpy, and whichever of `pygambit`, `quantecon` and `nashpy` there are. Prints one JSON object a line.
"""

from __future__ import annotations

import itertools
import json
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np

SIZES = ((3, 5), (4, 6), (5, 8))
LIMIT = 60.0
"""Seconds after which a solver is not given a larger game."""

Solver = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def bimatrix(types: int, actions: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """Bids of both agents, pure strategies (rows of places of bids), and both payoff matrices."""
    costs = (np.arange(types) + 0.5) / types
    step = 0.5 / actions
    bids = [0.5 + step * (np.arange(actions) + 0.5), 0.5 + step * (np.arange(actions) + 1.0)]
    pure = np.array(list(itertools.combinations_with_replacement(range(actions), types)))
    payoffs = []
    for own, rival in ((0, 1), (1, 0)):
        wins = (bids[rival][None, :] > bids[own][:, None]).astype(float)  # own bid, rival bid
        law = np.array([np.bincount(row, minlength=actions) for row in pure]) / types
        chance = wins @ law.T  # own bid, rival strategy
        margin = bids[own][:, None] - costs  # own bid, type
        gain = np.stack([(margin[row, np.arange(types)][:, None] * chance[row]).mean(axis=0) for row in pure])
        payoffs.append(gain if own == 0 else gain.T)
    return bids, pure, payoffs[0], payoffs[1]


def solvers() -> Iterator[tuple[str, Solver]]:
    """What is installed here."""
    try:
        import pygambit

        def gambit(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            game = pygambit.Game.from_arrays(a, b)
            profile = pygambit.nash.lcp_solve(game, rational=False, stop_after=1).equilibria[0]
            laws = [np.array([float(profile[s]) for s in player.strategies]) for player in game.players]
            return laws[0], laws[1]

        yield f"Gambit {pygambit.__version__} lcp", gambit
    except ImportError:
        pass
    try:
        import quantecon

        def quant(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            game = quantecon.game_theory.NormalFormGame
            player = quantecon.game_theory.Player
            first, second = quantecon.game_theory.lemke_howson(game([player(a), player(b.T.copy())]))
            return np.asarray(first), np.asarray(second)

        yield f"QuantEcon {quantecon.__version__} Lemke-Howson", quant
    except ImportError:
        pass
    try:
        import nashpy

        def nash(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            first, second = nashpy.Game(a, b).lemke_howson(initial_dropped_label=0)
            return np.asarray(first), np.asarray(second)

        yield f"Nashpy {nashpy.__version__} Lemke-Howson", nash
    except ImportError:
        pass


def main() -> None:
    """One line for each solver and size."""
    warnings.simplefilter("ignore")
    for name, solver in solvers():
        for types, actions in SIZES:
            bids, pure, a, b = bimatrix(types, actions)
            start = time.process_time()
            try:
                mixed = solver(a, b)
            except (RuntimeError, ValueError, IndexError):
                continue
            seconds = time.process_time() - start
            count = np.array([np.bincount(row, minlength=actions) for row in pure]) / types
            if all(np.isfinite(law).all() and abs(law.sum() - 1.0) < 1e-6 and len(law) == len(pure) for law in mixed):
                laws = [(law @ count).tolist() for law in mixed]
                print(
                    json.dumps(
                        {
                            "solver": name, "setting": f"{types} types, {actions} bids", "seconds": seconds,
                            "laws": laws, "bids": [own.tolist() for own in bids],
                        }
                    ),
                    flush=True,
                )  # fmt: skip
            if seconds > LIMIT:
                break


if __name__ == "__main__":
    main()
