"""Published timings: those of the pages, and files of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mechanisms.errors import InvalidInput
from proving_cost.cost_model.devices import find_device
from proving_cost.cost_model.published import USES, published_timings, read_published

SERIES = """
[[series]]
hardware = "RTX 4090"
subject = "msm/bn254/g1"
library = "icicle-cuda"
log2_n = [10, 21]
milliseconds = [2.5, 26.6]
source = "a page"
date = "2025-05"
use = "model"
"""


def test_published_timings_are_those_of_the_pages() -> None:
    found = {(t.hardware, t.subject, t.n): t.seconds for t in published_timings()}
    milliseconds = {  # at 2^21, as stated: MSM in G1, in G2, NTT; over BN254, over BLS12-381
        "RTX 3090": (42.2, 142.9, 1.53, 68.5, 316, 1.55),
        "RTX 3090 Ti": (35.9, 127.7, 1.36, 58.2, 293, 1.38),
        "RTX 4090": (26.6, 72.0, 0.750, 41.2, 112, 0.761),
    }
    names = [f"{kind.format(curve)}" for curve in ("bn254", "bls12_381") for kind in ("msm/{}/g1", "msm/{}/g2", "ntt/{}_fr")]
    for hardware, row in milliseconds.items():
        for name, value in zip(names, row, strict=True):
            assert found[hardware, name, 1 << 21] * 1000 == pytest.approx(value, rel=0.004), (hardware, name)
    assert found["RTX 4090", "msm/bn254/g1", 1 << 16] == pytest.approx(2.95e-3, rel=1e-3)
    assert found["m5.2xlarge", "msm/bn254/g1", 1 << 20] == pytest.approx(0.978, rel=1e-3)


def test_every_published_timing_is_of_a_known_machine_and_says_where_it_is_from() -> None:
    for use in USES:
        for one in published_timings(use):
            assert find_device(one.hardware).name == one.hardware
            assert one.source and one.library and one.date[:2] == "20" and one.regime == "published"
            assert 0 < one.range.lower <= one.seconds <= one.range.upper
    keys = [(t.hardware, t.subject, t.n, use) for use in ("model", "check") for t in published_timings(use)]
    assert len(keys) == len(set(keys))
    assert not {k[:3] for k in keys if k[3] == "model"} & {k[:3] for k in keys if k[3] == "check"}


def test_a_file_of_ones_own_and_its_ambiguity(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SERIES.replace('use = "model"', 'use = "model"\nlow_factor = 4.0'), "utf-8")
    small, large = read_published(path)
    assert (small.n, large.n, large.library, large.date) == (1024, 1 << 21, "icicle-cuda", "2025-05")
    assert large.seconds == pytest.approx(0.0133)  # the middle of 26.6 ms and a quarter of it, in logarithms
    assert tuple(large.range) == pytest.approx((0.95 * 0.0266 / 4, 1.05 * 0.0266))
    assert read_published(path, "check") == ()
    with pytest.raises(InvalidInput, match="use: must be one of model, check, comparison; got 'models'"):
        read_published(path, "models")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        *((f"{key} = ", f"{key}_ = ", f"series[0]: must have the key {key!r}") for key in
          ("hardware", "subject", "library", "log2_n", "milliseconds", "source", "date", "use")),
        ("use = ", "colour = 1\nuse = ", "series[0]: must have no key 'colour'"),
        ('"a page"', '""', "series[0].source: must be a non-empty text"),
        ('"2025-05"', "2025-05-01", "series[0].date: must be a non-empty text"),
        ('"2025-05"', '"May 2025"', "series[0].date: must be a year, a month or a day"),
        ('"2025-05"', '"2025-13"', "series[0].date: must be a year, a month or a day"),
        ('"model"', '"models"', "series[0].use: must be one of model, check, comparison"),
        ("[10, 21]", "[]", "series[0].log2_n: must be one or more growing whole numbers"),
        ("[10, 21]", "[21, 10]", "series[0].log2_n: must be"),
        ("[10, 21]", "[10, 10]", "series[0].log2_n: must be"),
        ("[10, 21]", "[10, 41]", "series[0].log2_n: must be"),
        ("[10, 21]", "[10, true]", "series[0].log2_n: must be"),
        ("[10, 21]", "10", "series[0].log2_n: must be"),
        ("[2.5, 26.6]", "[2.5]", "series[0].milliseconds: must be a positive number for each of log2_n"),
        ("[2.5, 26.6]", "[2.5, 0]", "series[0].milliseconds: must be"),
        ("[2.5, 26.6]", "[2.5, nan]", "series[0].milliseconds: must be"),
        ("[2.5, 26.6]", "[2.5, inf]", "series[0].milliseconds: must be"),
        ('use = "model"', 'use = "model"\nlow_factor = 0.5', "series[0].low_factor: must be a number, 1 or more"),
        ("msm/bn254/g1", "msm/bn254/g3", "series[0].subject: 'g3' must be one of g1, g2"),
        ("[[series]]", "[[timings]]", "must hold [[series]] only; got timings"),
        ("[[series]]", "[series]", "must hold [[series]] only"),
        ("[[series]]", "[[series]", "must be TOML"),
        ("[10, 21]", "[" + "9" * 5000 + "]", "must be TOML"),
    ],
)  # fmt: skip
def test_a_bad_published_file_is_refused_in_a_line_that_names_file_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SERIES
    path = tmp_path / "bad.toml"
    path.write_text(SERIES.replace(old, new), "utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_published(path)
    assert str(caught.value).startswith("bad.toml: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_series_for_another_use_is_checked_as_well(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(SERIES + SERIES.replace("msm/", "fft/").replace('"model"', '"comparison"'), "utf-8")
    with pytest.raises(InvalidInput, match=r"bad.toml: series\[1\].subject: must be one of"):
        read_published(path)
