"""Reading proving logs: what is accepted, what is counted, and what is refused in one line."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from mechanisms.errors import InvalidInput
from proving_cost import read_log

HEADER = "block,gas_used,prover,proving_time_ms\n"
GOOD = HEADER + "7,21000000,a,1500\n7,21000000,b,\n8,0,a,2000.5\n9,5,b,1e3\n"


def write(folder: Path, text: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_log(path)
    message = str(caught.value)
    assert "\n" not in message and message
    return message


def test_reads_times_failures_and_absences(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, GOOD))
    assert log.blocks == (7, 8, 9)
    assert log.provers == ("a", "b")
    assert log.gas.tolist() == [21e6, 0.0, 5.0]
    np.testing.assert_array_equal(log.seconds, [[1.5, np.nan], [2.0005, np.nan], [np.nan, 1.0]])
    assert log.failed.tolist() == [[False, True], [False, False], [False, False]]
    assert log.attempted.tolist() == [[True, True], [True, False], [False, True]]
    assert (log.failures("a"), log.failures("b"), log.rows) == (0, 1, 4)
    assert "1 failures" in repr(log) and len(str(log).splitlines()) == 4


def test_arrays_cannot_be_written(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, GOOD))
    with pytest.raises(ValueError, match="read-only"):
        log.seconds[0, 0] = 1.0


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        GOOD + "\n\n",
        GOOD.replace(",a,", ',"a",'),
        GOOD.replace(",", " , "),
        "size,prover,proving_time_ms,block,gas_used,note\n"
        '1,a,1500,7,21000000,"x,y"\n1,b,,7,21000000,\n,a,2000.5,8,0,"two\nlines"\n,b,1e3,9,5,\n',
    ],
    ids=[
        "bom",
        "crlf",
        "cr",
        "no-last-newline",
        "blank-lines",
        "quoted",
        "spaces",
        "order-and-extra-columns",
    ],
)
def test_harmless_forms_read_alike(tmp_path: Path, text: str) -> None:
    plain, other = read_log(write(tmp_path, GOOD)), read_log(write(tmp_path, text, "other.csv"))
    assert (plain.blocks, plain.provers, plain.rows) == (other.blocks, other.provers, other.rows)
    np.testing.assert_array_equal(plain.seconds, other.seconds)
    np.testing.assert_array_equal(plain.failed, other.failed)


@pytest.mark.parametrize(
    ("row", "column", "got"),
    [
        ("x,1,a,5", "block", "'x'"),
        ("-1,1,a,5", "block", "'-1'"),
        ("1.5,1,a,5", "block", "'1.5'"),
        ("1_0,1,a,5", "block", "'1_0'"),
        ("\u0663,1,a,5", "block", "'\u0663'"),
        ("9999999999999999999,1,a,5", "block", "'9999999999999999999'"),
        ("1,,a,5", "gas_used", "''"),
        ("1,1e6,a,5", "gas_used", "'1e6'"),
        ("1,1,,5", "prover", "''"),
        ("1,1,a\tb,5", "prover", "'a\\tb'"),
        ("1,1,a,0", "proving_time_ms", "'0'"),
        ("1,1,a,-3", "proving_time_ms", "'-3'"),
        ("1,1,a,nan", "proving_time_ms", "'nan'"),
        ("1,1,a,inf", "proving_time_ms", "'inf'"),
        ("1,1,a,1e999", "proving_time_ms", "'1e999'"),
        ("1,1,a,5s", "proving_time_ms", "'5s'"),
        ("1,1,a,1_000", "proving_time_ms", "'1_000'"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(tmp_path: Path, row: str, column: str, got: str) -> None:
    message = refusal(write(tmp_path, HEADER + "3,4,ok,5\n" + row + "\n"))
    assert f"line 3, column {column}:" in message
    assert f"got {got}" in message


def test_line_numbers_count_lines_inside_quotes_and_blank_ones(tmp_path: Path) -> None:
    text = 'note,block,gas_used,prover,proving_time_ms\n"two\nlines",1,1,a,5\n\n,2,1,a,bad\n'
    assert "line 5, column proving_time_ms" in refusal(write(tmp_path, text))


def test_a_repeated_pair_is_named(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, HEADER + "1,1,a,5\n2,1,a,5\n1,1,a,6\n"))
    assert "line 4" in message and "block 1" in message and "'a'" in message and "line 2" in message


def test_two_gas_figures_for_a_block_are_named(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, HEADER + "1,10,a,5\n1,11,b,5\n"))
    assert (
        "line 3, column gas_used" in message
        and "block 1" in message
        and "11" in message
        and "line 2 says 10" in message
    )


@pytest.mark.parametrize("column", ["block", "gas_used", "prover", "proving_time_ms"])
def test_a_missing_or_doubled_column_is_named(tmp_path: Path, column: str) -> None:
    assert f"'{column}'" in refusal(write(tmp_path, GOOD.replace(column, "other", 1)))
    assert f"'{column}' once" in refusal(write(tmp_path, GOOD.replace("block", f"{column},block", 1)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b"\n\n", "empty file"),
        (HEADER.encode(), "got none"),
        (HEADER.encode() + b"1,2,3\n", "line 2 must have 4 fields"),
        (HEADER.encode() + b"1,2,a,4,5\n", "line 2 must have 4 fields"),
        (HEADER.encode() + b'1,2,"a,4\n', "line 2 must be a CSV row"),
        (HEADER.encode() + b'1,2,"a"b,4\n', "line 2 must be a CSV row"),
        (HEADER.encode() + b"1,2,\xff\xfe,4\n", "line 2 must be UTF-8 text; got the byte 0xff"),
        (HEADER.encode() + b"1,2,a,4\n1,2,b\x00,4\n", "line 3 must be text; got a NUL byte"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "0x89"),
        (HEADER.encode() + b"1,2," + b"a" * 200_000 + b",4\n", "line 2"),
    ],
)
def test_files_that_are_no_log(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refusal(write(tmp_path, content))


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    assert "got a directory" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "absent.csv")
    assert "must be a readable file" in refusal(Path("a\0b"))
    assert "must be a readable file" in refusal(tmp_path / ("x" * 5000))
    assert "'two\\nlines.csv'" in refusal(tmp_path / "two\nlines.csv")


def malformed(rng: random.Random) -> bytes:
    """A log of ten good rows with one thing wrong."""
    rows = [
        [str(block), str(block * 1000), prover, str(rng.randint(1, 10**6))]
        for block in range(5)
        for prover in "ab"
    ]
    header = HEADER.strip().split(",")
    i, kind = rng.randrange(10), rng.randrange(10)
    if kind == 0:
        rows[i][rng.choice([0, 1, 3])] = rng.choice(
            ["x", "-1", "--", "1,5", "0x10", "1 2", "\u00bd", "NaN", "1e", "'5'"]
        )
    elif kind == 1:
        rows[i].pop(rng.randrange(4))
    elif kind == 2:
        rows.append(list(rng.choice(rows)))
    elif kind == 3:
        rows[i][1] = str(int(rows[i][1]) + 1)
    elif kind == 4:
        header[rng.randrange(4)] = rng.choice(["", "gas", "time", "\u0431\u043b\u043e\u043a"])
    elif kind == 5:
        rows[i][rng.choice([0, 1, 2])] = rng.choice(["", "  "])
    elif kind == 6:
        rows[i][3] = rng.choice(["0", "-0", "-1", "1e13", "inf", "-inf", "0.0", "+-1", "None"])
    elif kind == 7:
        rows[i][rng.randrange(4)] += (
            rng.choice(['"', '",', "\0", ",", "\u2028"]) if rng.random() < 0.9 else "\x07"
        )
        rows[i][0] = '"' + rows[i][0]
    text = "\n".join(",".join(row) for row in [header, *rows]) + "\n"
    data = bytearray(text.encode())
    if kind == 8:
        data[rng.randrange(len(data))] = rng.choice([0, 0xFF, 0xC0, 0xFE])
    elif kind == 9:
        return bytes(rng.randbytes(rng.randint(1, 400)))
    return bytes(data)


@pytest.mark.parametrize("seed", range(100))
def test_random_malformed_logs_give_one_line(tmp_path: Path, seed: int) -> None:
    refusal(write(tmp_path, malformed(random.Random(seed))))
