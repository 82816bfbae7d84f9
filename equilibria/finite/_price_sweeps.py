"""Loops over tables of values that numba compiles; the same source runs on 64-bit words and on doubles that hold integers.

`rows[places[k]]` holds what type `types[k]` values every option at. `prices` are by option; `before[b]` is the option whose price
bounds that of option b (-1: only the value of the types that get b does), `through[b]` the type by which it does, and `steps[b]`
the length of that edge. Nothing here can overflow: callers bound every sum first.
"""

from __future__ import annotations

import math

import numba as nb


@nb.njit(cache=True, fastmath={"nnan", "nsz"})
def sweep(rows, places, types, assigned, prices, before, through, steps):
    """Lower prices until no type of these rows prefers another option to its own; the number of prices that fell."""
    fallen = 0
    options = rows.shape[1]
    for k in range(len(places)):
        row = rows[places[k]]
        own = assigned[types[k]]
        best = row[0] - prices[0]
        for a in range(1, options):
            surplus = row[a] - prices[a]
            best = surplus if surplus > best else best
        price = row[own] - best
        if price < prices[own]:
            for a in range(options):
                if row[a] - prices[a] == best:
                    before[own] = a
                    steps[own] = row[own] - row[a]
                    break
            through[own] = types[k]
            prices[own] = price
            fallen += 1
    return fallen


@nb.njit(cache=True)
def settle(prices, before, steps, path, state):
    """Bring prices down along the edges used; an option on a cycle of them, or -1 if they form a forest.

    `path` and `state` are scratch of one integer an option.
    """
    state[:] = 0
    for start in range(len(prices)):
        length, node = 0, start
        while node >= 0 and state[node] == 0:
            state[node] = 1
            path[length] = node
            length += 1
            node = before[node]
        if node >= 0 and state[node] == 1:
            return node
        for k in range(length - 1, -1, -1):
            b = path[k]
            if before[b] >= 0:
                prices[b] = prices[before[b]] + steps[b]
            state[b] = 2
    return -1


@nb.njit(cache=True, fastmath={"nnan", "nsz"})
def shortest_steps(rows, places, types, assigned, lengths):
    """Lower `lengths[b, a]` to the least that a type which gets option b loses by option a, in money of value."""
    for k in range(len(places)):
        row = rows[places[k]]
        own = assigned[types[k]]
        line = lengths[own]
        value = row[own]
        for a in range(rows.shape[1]):
            loss = value - row[a]
            line[a] = loss if loss < line[a] else line[a]


@nb.njit(cache=True)
def worst_pair(lengths):
    """The least sum of the two steps between two options, and these; by blocks, since one of the two is read by columns."""
    options, size = lengths.shape[0], 64
    least, first, second = lengths[0, 0], 0, 0
    for i in range(0, options, size):
        for j in range(i, options, size):
            for b in range(i, min(i + size, options)):
                for a in range(max(j, b + 1), min(j + size, options)):
                    total = lengths[b, a] + lengths[a, b]
                    if total < least:
                        least, first, second = total, b, a
    return least, first, second


@nb.njit(cache=True)
def finest_power(doubles):
    """The least power of two (as its exponent, at least 0) that makes these doubles integers; and their greatest magnitude.

    The exponent is -1 where one of them is not finite.
    """
    power, scale, greatest = 0, 1.0, 0.0
    for x in doubles:
        if not math.isfinite(x):
            return -1, x
        greatest = max(greatest, abs(x))
        scaled = x * scale
        if scaled != math.floor(scaled):
            mantissa, exponent = math.frexp(x)
            bits = 0
            while mantissa != math.floor(mantissa):
                mantissa *= 2.0
                bits += 1
            power = max(power, bits - exponent)
            scale = 2.0 ** min(power, 1000)  # a larger scale could overflow; finer entries then take the slow way each time
    return power, greatest
