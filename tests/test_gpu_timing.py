"""Times and energy of one kernel under a clock and a counter that only kernels move, and the chains of the calibration."""

from __future__ import annotations

import numpy as np
import pytest
from gpu_cases import WATTS, Card, Copy, Counter

from mechanisms.errors import InvalidInput
from proving_cost.gpu import host_build
from proving_cost.gpu.backend import Backend
from proving_cost.gpu.calibration import expected
from proving_cost.gpu.energy import joules_of_a_call
from proving_cost.gpu.timing import FEWEST, MOST, time_kernel

pytestmark = pytest.mark.skipif(host_build.compiler() is None, reason="there is no C++ compiler")


def prepared(card: Backend) -> Copy:
    return Copy(card, np.random.default_rng(2), 16)


def test_energy_is_that_of_a_window_between_steps_of_the_counter() -> None:
    card = Card()
    copy = prepared(card)
    found = joules_of_a_call(card, copy, Counter(card), 1e-3, clock=card.clock)
    assert found == pytest.approx(WATTS * 1e-3, rel=0.03)
    assert card.now >= 0.5 and set(copy.seen) == {0, 1, 2}
    assert joules_of_a_call(card, copy, Counter(card, stuck=True), 1e-3, window=0.05, clock=card.clock) is None


def test_timing_warms_up_goes_round_the_inputs_and_stops() -> None:
    card = Card()
    copy = prepared(card)
    reading = time_kernel(card, copy, 0.0, clock=card.clock)
    assert reading.repetitions == FEWEST and copy.seen == [0, 1, *(i % 3 for i in range(FEWEST))]
    assert time_kernel(card, copy, 1e9, clock=card.clock).repetitions == MOST
    copy.sets = 0
    with pytest.raises(InvalidInput, match="sets: must be 1 or more"):
        time_kernel(card, copy, 0.0)


@pytest.mark.parametrize("kernel", ["imad", "imad_wide", "iadd3"])
def test_a_chain_on_the_host_is_that_of_the_kernel(kernel: str) -> None:
    card = Card()
    out = card.empty(256, np.uint64 if kernel == "imad_wide" else np.uint32)
    words = [np.uint32(0x2545F491)] + ([np.uint32(0x3C6EF373)] if kernel == "imad" else [])
    card.launch("calibration", kernel, 1, 256, (out, *words, np.uint32(2)))
    assert [int(out[i]) for i in (0, 5, 255)] == [expected(kernel, i, 2) for i in (0, 5, 255)]
    assert len(set(out.tolist())) == 256
