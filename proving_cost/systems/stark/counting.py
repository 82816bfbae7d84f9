"""What proving counts, from the numbers of rows and columns alone."""

from __future__ import annotations

import functools

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.air_rows import WIDTH, WIRED
from proving_cost.circuits.columns import Column
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.kernels.poseidon2 import Poseidon2
from proving_cost.ledger import Ledger
from proving_cost.systems.stark import fri
from proving_cost.systems.stark.combinations import count_inner, count_powers
from proving_cost.systems.stark.constraints import COPY_COLUMNS, GROUPS, factors
from proving_cost.systems.stark.conversation import Conversation
from proving_cost.systems.stark.fri import FriParameters
from proving_cost.systems.stark.keys import CHUNKS, COLUMNS, PREPROCESSED, Domain
from proving_cost.systems.stark.prover import columns_of, compose, identities, pair
from proving_cost.systems.stark.scalars import EXTENSION, Scalar
from proving_cost.systems.stark.tables import count_extension, count_interpolation
from proving_cost.systems.stark.trees import DIGEST

__all__ = ["closed_form", "operations_per_point", "operations_per_row"]


def closed_form(rows: int, instance: Poseidon2, parameters: FriParameters, conversation: Conversation, ledger: Ledger) -> None:
    """Record what a proof about a table of so many rows records."""
    size = rows * parameters.blowup
    with ledger.phase("trace"):
        count_interpolation(ledger, WIDTH, rows)
        count_extension(ledger, WIDTH, size)
    _exchange(conversation, "trace", "beta", "gamma")
    with ledger.phase("copies"):
        _add(ledger, operations_per_row(), rows)
        ledger.batch_inversion(EXTENSION.name, rows * COPY_COLUMNS)
        ledger.field(EXTENSION.name, "mul", 2 * rows * COPY_COLUMNS)
        count_interpolation(ledger, 2 * COPY_COLUMNS, rows)
        count_extension(ledger, 2 * COPY_COLUMNS, size)
    _exchange(conversation, "copies", "alpha")
    with ledger.phase("quotient"):
        count_interpolation(ledger, 1, rows)
        ledger.ntt(GOLDILOCKS.name, size, 1, coset=True)
        _add(ledger, operations_per_point(instance), size)
        ledger.field(GOLDILOCKS.name, "mul", 2 * size)
        ledger.ntt(GOLDILOCKS.name, size, 2, coset=True, inverse=True)
        count_extension(ledger, 2 * CHUNKS, size)
    _exchange(conversation, "quotient", "z")
    with ledger.phase("openings"):
        count_powers(ledger, 2 * rows)
        count_inner(ledger, (sum(COLUMNS) + 2) * rows)
    conversation.say("values at z", EXTENSION.zeros(sum(COLUMNS)))
    conversation.say("values at wz", EXTENSION.zeros(2))
    conversation.ask("lambda")
    with ledger.phase("deep"):
        ledger.field(EXTENSION.name, "add", 5 * size)
        ledger.field(EXTENSION.name, "mul", 2 * size)
        ledger.batch_inversion(EXTENSION.name, 2 * size)
        count_inner(ledger, (sum(COLUMNS) + 2) * size)
    with ledger.phase("fri"):
        fri.count(ledger, size, parameters, conversation)


@functools.cache
def operations_per_point(instance: Poseidon2) -> Ledger:
    """Field operations of all constraints at one point: the formulas, evaluated once."""
    ledger = Ledger()
    one = np.ones(1, dtype=np.uint64)
    domain = Domain(1, one, one, one)
    challenge = Scalar(1, 1)
    compose(
        Arithmetic(GOLDILOCKS, ledger), instance, domain, _ones(PREPROCESSED), _ones(WIDTH), _ones(2 * COPY_COLUMNS), one,
        (challenge, challenge, challenge),
    )  # fmt: skip
    return ledger


@functools.cache
def operations_per_row() -> Ledger:
    """Field operations of the copy columns' factors in one row."""
    ledger = Ledger()
    arith = Arithmetic(GOLDILOCKS, ledger)
    cells, challenge = columns_of(arith, _ones(WIRED + 1)), Scalar(1, 1)
    for group in GROUPS:
        factors(cells, Column(arith, cells[0].data), cells, group, pair(challenge), pair(challenge), identities(challenge))
    return ledger


def _ones(columns: int) -> Elements:
    return np.ones((columns, 1), dtype=np.uint64)


def _add(ledger: Ledger, part: Ledger, times: int) -> None:
    for event, k in part.events().items():
        ledger.record(event, k * times)


def _exchange(conversation: Conversation, label: str, *challenges: str) -> None:
    conversation.say(label, (0,) * DIGEST)
    for challenge in challenges:
        conversation.ask(challenge)
