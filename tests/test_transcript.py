"""The transcript: what was said determines the challenges, nothing else does, and sizes alone determine the count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.fields import BABY_BEAR, BN254_FR, EXTENSION_FIELDS, GOLDILOCKS
from proving_cost.ledger import Ledger
from proving_cost.transcript import Transcript, sha256_blocks

MESSAGES = st.lists(
    st.tuples(st.text(max_size=3), st.one_of(st.binary(max_size=40), st.lists(st.integers(0, 2**64), max_size=4))), max_size=4
)


def challenge_after(messages, label="test"):
    transcript = Transcript(label)
    for name, data in messages:
        transcript.absorb(name, data)
    return transcript.challenge("c", BN254_FR)


@given(MESSAGES, MESSAGES)
@settings(deadline=None, max_examples=150)
def test_challenges_agree_exactly_if_the_messages_do(first, second):
    assert (challenge_after(first) == challenge_after(second)) == (first == second)


@pytest.mark.parametrize(
    "other",
    [
        [("a", b"xy"), ("b", b"z")],
        [("a", b"x"), ("b", b"yz")],
        [("ax", b"y"), ("b", b"z")],
        [("a", b"xyz")],
        [("a", b"xy"), ("b", b"z"), ("", b"")],
        [("a", [120, 121]), ("b", b"z")],
    ],
)
def test_messages_cannot_be_cut_elsewhere(other):
    first = [("a", b"xy"), ("b", b"z")]
    assert (challenge_after(first) == challenge_after(other)) == (first == other)


def test_label_and_previous_challenges_matter():
    assert challenge_after([], "one") != challenge_after([], "two")
    a, b = Transcript("t"), Transcript("t")
    assert a.challenge("c", GOLDILOCKS) == b.challenge("c", GOLDILOCKS)
    assert a.challenge("c", GOLDILOCKS) != a.challenge("c", GOLDILOCKS)
    assert a.index("i", 2**40) != b.index("i", 2**40)


@pytest.mark.parametrize("values", [[], [0], [5, 2**63 + 1, 0, 7]])
def test_an_array_says_what_the_list_says(values):
    shaped = np.array(values, dtype=np.uint64)
    objects = np.array(values, dtype=object)
    assert challenge_after([("v", values)]) == challenge_after([("v", shaped)]) == challenge_after([("v", objects)])


@pytest.mark.parametrize("field", [BABY_BEAR, GOLDILOCKS, BN254_FR, *EXTENSION_FIELDS.values()], ids=lambda f: f.name)
def test_challenges_are_elements(field):
    transcript = Transcript("t")
    for _ in range(50):
        c = transcript.challenge("c", field)
        if field.degree == 1:
            assert type(c) is int and 0 <= c < field.modulus
        else:
            assert c.shape == (field.degree,) and c.dtype == field.dtype and all(0 <= int(x) < field.base.modulus for x in c)


def test_indices_fill_their_range():
    transcript = Transcript("t")
    drawn = [transcript.index("i", 8) for _ in range(400)]
    assert set(drawn) == set(range(8))
    assert transcript.index("i", 1) == 0


@pytest.mark.parametrize(("length", "blocks"), [(0, 1), (55, 1), (56, 2), (63, 2), (64, 2), (119, 2), (120, 3)])
def test_blocks_of_sha256(length, blocks):
    assert sha256_blocks(length) == blocks


def test_the_count_depends_on_sizes_alone():
    ledgers = []
    for values in ([0, 1, 2], [2**253, 2**200, 1]):
        ledger = Ledger()
        transcript = Transcript("t", ledger)
        transcript.absorb("v", values)
        transcript.challenge("c", BN254_FR)
        transcript.index("i", 10)
        ledgers.append(ledger)
    assert ledgers[0] == ledgers[1]
    ((event, count),) = ledgers[0].events().items()
    assert event.instance == "sha256" and count > 3


@pytest.mark.parametrize("data", [[-1], [2**256], [1.5], [True], ["1"]])
def test_what_is_no_integer_is_refused(data):
    with pytest.raises(InvalidInput, match="message 'm' must hold integers"):
        Transcript("t").absorb("m", data)


@pytest.mark.parametrize("bound", [0, -1, 2**64 + 1, 1.0])
def test_bounds_are_checked(bound):
    with pytest.raises(InvalidInput, match="bound: must be an integer between 1 and 2"):
        Transcript("t").index("i", bound)
