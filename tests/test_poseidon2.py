"""Poseidon2: published vectors, equal bodies, exact counts, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import BABY_BEAR, BN254_FR, GOLDILOCKS, KOALA_BEAR, MERSENNE_31, OperationCounter
from proving_cost.kernels.poseidon2 import (
    INSTANCES,
    Poseidon2,
    permutation_operations,
    permute,
    permute_one,
    poseidon2,
    reference_permutation,
)
from proving_cost.ledger import Ledger

ALL = [pytest.param(poseidon2(rounds.field, t), id=f"{name}-{t}") for (name, t), rounds in INSTANCES.items()]

STATE_16 = [
    894848333, 1437655012, 1200606629, 1690012884, 71131202, 1749206695, 1717947831, 120589055,
    19776022, 42382981, 1831865506, 724844064, 171220207, 1299207443, 227047920, 1783754913,
]  # fmt: skip
STATE_24 = [
    886409618, 1327899896, 1902407911, 591953491, 648428576, 1844789031, 1198336108, 355597330,
    1799586834, 59617783, 790334801, 1968791836, 559272107, 31054313, 1042221543, 474748436,
    135686258, 263665994, 1962340735, 1741539604, 2026927696, 449439011, 1131357108, 50869465,
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Published:
    """A state and its image, as published."""

    instance: Poseidon2
    state: list[int]
    image: list[int]


# Sources: BN254: HorizenLabs/poseidon2, poseidon2.rs, module poseidon2_tests_bn256 (the authors' own); the others:
# Plonky3, tests of the default permutations in goldilocks/, baby-bear/ and koala-bear/src/poseidon2.rs.
PUBLISHED = [
    Published(
        poseidon2(BN254_FR, 3),
        [0, 1, 2],
        [
            0x0BB61D24DACA55EEBCB1929A82650F328134334DA98EA4F847F760054F4A3033,
            0x303B6F7C86D043BFCBCC80214F26A30277A15D3F74CA654992DEFE7FF8D03570,
            0x1ED25194542B12EEF8617361C3BA7C52E660B145994427CC86296242CF766EC8,
        ],
    ),
    Published(
        poseidon2(GOLDILOCKS, 8),
        list(range(8)),
        [
            0x020CF04A1B214D14, 0x84E14AAAEACAED25, 0x1AE0F640E81C7457, 0xA4D204CBAEB0D8A5,
            0x0CF637B627B3A7FF, 0x788D304D948B486B, 0x7327133EA1949AF4, 0xF415ABB924DA395B,
        ],
    ),
    Published(
        poseidon2(GOLDILOCKS, 12),
        list(range(12)),
        [
            0xF292AB67C0F14B03, 0x0A32F1B37656544C, 0x053C61AB895498DE, 0x02FF92E55B196FFB,
            0x58176E8F6F58CAB2, 0xB0AA1206E7AEC0F8, 0xE90C13F3DCE83CA4, 0xF4DA15333EDF39C2,
            0x23B701C053C2CA6C, 0xD233D593DCDFBF58, 0x4EFFA5F9516FB52E, 0x0AAF4489F1F40166,
        ],
    ),
    Published(
        poseidon2(BABY_BEAR, 16),
        STATE_16,
        [
            516096821, 90309867, 1101817252, 1660784290, 360715097, 1789519026, 1788910906, 563338433,
            319524748, 1741414159, 1650859320, 894311162, 1121347488, 1692793758, 1052633829, 1344246938,
        ],
    ),
    Published(
        poseidon2(BABY_BEAR, 24),
        STATE_24,
        [
            882297297, 1264077610, 512812497, 782602970, 867738552, 1251075457, 309180082, 340784773,
            524041877, 351272188, 404451680, 15001466, 322926653, 1773004150, 1718440818, 674682955,
            1154713225, 1719133502, 324232301, 1005243141, 443371079, 268735940, 770060019, 718377682,
        ],
    ),
    Published(
        poseidon2(KOALA_BEAR, 16),
        STATE_16,
        [
            1934285469, 604889435, 133449501, 1026180808, 1830659359, 176667110, 1391183747, 351743874,
            1238264085, 1292768839, 2023573270, 1201586780, 1360691759, 1230682461, 748270449, 651545025,
        ],
    ),
    Published(
        poseidon2(KOALA_BEAR, 24),
        STATE_24,
        [
            382801106, 82839311, 1503190615, 1987418517, 854076995, 1862291425, 262755189, 1050814217,
            722724562, 741265943, 1026879332, 754316749, 1966025564, 1518878196, 502200188, 1368172258,
            845459257, 1711434837, 724453836, 171032289, 655223446, 1098636135, 407832555, 1707498914,
        ],
    ),
]  # fmt: skip


def by_matrices(instance: Poseidon2, state: list[int]) -> list[int]:
    """The permutation by its definition: full matrices, powers of Python integers."""
    p, t = instance.field.modulus, instance.width
    inner = [[1 + (instance.internal_diagonal[i] if i == j else 0) for j in range(t)] for i in range(t)]

    def times(matrix: tuple[tuple[int, ...], ...] | list[list[int]], s: list[int]) -> list[int]:
        return [sum(a * x for a, x in zip(row, s, strict=True)) % p for row in matrix]

    half = instance.full_rounds // 2
    s = times(instance.external_matrix, state)
    for r in range(instance.full_rounds):
        if r == half:
            for c in instance.internal_constants:
                s = times(inner, [pow(s[0] + c, instance.alpha, p), *s[1:]])
        constants = instance.external_constants[r]
        s = times(instance.external_matrix, [pow(x + c, instance.alpha, p) for x, c in zip(s, constants, strict=True)])
    return s


@pytest.mark.parametrize("case", [pytest.param(c, id=c.instance.name) for c in PUBLISHED])
def test_every_instance_meets_a_published_vector(case: Published) -> None:
    assert permute_one(case.instance, case.state) == case.image
    assert by_matrices(case.instance, case.state) == case.image


def test_every_instance_has_a_published_vector() -> None:
    assert {c.instance.name for c in PUBLISHED} == {f"poseidon2/{f}/{t}" for f, t in INSTANCES}


@pytest.mark.parametrize("constant", ["external", "internal", "diagonal"])
def test_one_wrong_constant_misses_the_vector(constant: str) -> None:
    right = poseidon2(BN254_FR, 3)
    external, internal, diagonal = right.external_constants, right.internal_constants, right.internal_diagonal
    wrong = {
        "external": replace(right, external_constants=(*external[:-1], (external[-1][0] + 1, *external[-1][1:]))),
        "internal": replace(right, internal_constants=(*internal[:-1], internal[-1] + 1)),
        "diagonal": replace(right, internal_diagonal=(diagonal[0] + 1, *diagonal[1:])),
    }[constant]
    assert by_matrices(wrong, [0, 1, 2]) != PUBLISHED[0].image
    assert permute_one(wrong, [0, 1, 2]) != PUBLISHED[0].image


@pytest.mark.parametrize("instance", ALL)
def test_bodies_agree_and_count_alike(instance: Poseidon2) -> None:
    field = instance.field
    rng = np.random.default_rng(3)
    extremes = np.full((1, instance.width), field.modulus - 1, dtype=field.dtype)
    for n in (0, 1, 3, 8, 33):
        states = field.random(rng, (n, instance.width))
        if n:
            states[:1] = extremes
        ledgers = Ledger(), Ledger()
        fast = permute(Arithmetic(field, ledgers[0]), instance, states)
        slow = permute(Arithmetic(field, ledgers[1], "reference"), instance, states)
        assert fast.dtype == slow.dtype == field.dtype and fast.shape == (n, instance.width)
        assert fast.tolist() == slow.tolist()
        assert ledgers[0] == ledgers[1]
        assert ledgers[0].operations() == {key: n * k for key, k in permutation_operations(instance.name).items() if n}
    for row in states[:3].tolist():
        assert permute_one(instance, row) == by_matrices(instance, row)
    assert fast.tolist() == [permute_one(instance, row) for row in states.tolist()]


@pytest.mark.parametrize("instance", ALL)
def test_the_input_is_left_alone(instance: Poseidon2) -> None:
    states = instance.field.random(np.random.default_rng(4), (2, 2 * instance.width))[:, ::2]
    before = states.tolist()
    images = permute(Arithmetic(instance.field), instance, states)
    assert states.tolist() == before
    assert images.tolist() == [permute_one(instance, row) for row in before]


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_compiled_bodies_agree_with_the_definition(data: st.DataObject) -> None:
    instance = data.draw(st.sampled_from([c.instance for c in PUBLISHED]))
    p = instance.field.modulus
    edges = [v for v in (0, 1, p - 1, p // 2, 2**32 - 1, 2**32, 2**64 - 1) if v < p]
    element = st.one_of(st.sampled_from(edges), st.integers(0, p - 1))
    state = data.draw(st.lists(element, min_size=instance.width, max_size=instance.width))
    assert permute_one(instance, state) == by_matrices(instance, state)


@pytest.mark.parametrize("instance", ALL)
def test_the_closed_form_is_what_the_algorithm_does(instance: Poseidon2) -> None:
    tally = OperationCounter(instance.field)
    state = list(range(instance.width))
    images = reference_permutation(instance, tally.elements(state), lambda v: tally.elements([v])[0])
    assert [int(v) for v in images] == permute_one(instance, state)
    name = instance.field.name
    assert {(name, op): n for op, n in tally.counts.items()} == permutation_operations(instance.name)


def test_products_are_those_of_the_note() -> None:
    muls = {name: permutation_operations(f"poseidon2/{name}")[name.split("/")[0], "mul"] for name in (
        "babybear/16", "babybear/24", "koalabear/16", "koalabear/24", "goldilocks/8", "goldilocks/12", "bn254_fr/3",
    )}  # fmt: skip
    assert list(muls.values()) == [772, 1356, 616, 982, 520, 736, 408]


REFUSALS = [
    (lambda: poseidon2(GOLDILOCKS, 16), InvalidInput, "width: .*'goldilocks' 16.*goldilocks 8"),
    (lambda: poseidon2(MERSENNE_31, 16), InvalidInput, "width: .*mersenne31"),
    (lambda: permutation_operations("poseidon2/goldilocks/9"), InvalidInput, "instance: must be one of"),
    (lambda: permute_one(poseidon2(GOLDILOCKS, 8), [0] * 7), InvalidInput, "state: .*8 elements; got 7"),
    (
        lambda: permute(Arithmetic(GOLDILOCKS), poseidon2(GOLDILOCKS, 8), GOLDILOCKS.zeros((2, 12))),
        InvalidInput,
        r"states: .*\(n, 8\); got \(2, 12\)",
    ),
    (
        lambda: permute(Arithmetic(BABY_BEAR), poseidon2(GOLDILOCKS, 8), GOLDILOCKS.zeros((2, 8))),
        InvalidInput,
        "field: .*'goldilocks'; got 'babybear'",
    ),
]


@pytest.mark.parametrize(("wrong", "error", "message"), REFUSALS)
def test_refusals(wrong, error, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=message):
        wrong()
