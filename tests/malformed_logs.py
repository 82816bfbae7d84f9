"""Random malformed proving logs: a valid one, spoilt by one mutation."""

from __future__ import annotations

import random
from collections.abc import Callable

Random = random.Random
COLUMNS = ["block", "gas_used", "prover", "proving_time_ms"]
Rows = list[list[str]]


def log(rng: Random) -> Rows:
    """Header and rows of a valid log."""
    rows = [list(COLUMNS)]
    for block in range(20, 20 + rng.randint(2, 6)):
        gas = str(rng.randrange(10**8))
        for prover in ("a", "b", "c"):
            rows.append([str(block), gas, prover, rng.choice(["", "1.5e3", str(rng.randint(1, 10**6))])])
    return rows


def bad_cell(rng: Random, rows: Rows) -> None:
    row, column = rng.randrange(1, len(rows)), rng.randrange(4)
    wrong = ["nan", "inf", "-1", "0x10", "1,5", "1 000", "é\u0007", "1e400", "1_000", "١", "--", "1e", "∞"]
    wrong += [["", "1.0", "9" * 30], ["", "1.0", "9" * 30], [], ["0", "0.0", "1e12", "1e-400"]][column]
    if column == 2:
        wrong = ["", " ", "x" * 300, "a\u0007", "a\u202e", "\u200b"]
    rows[row][column] = rng.choice(wrong)


def wrong_width(rng: Random, rows: Rows) -> None:
    row = rng.randrange(1, len(rows))
    rows[row] = rng.choice([rows[row][:-1], [*rows[row], "1"], rows[row][:1], rows[row] * 2])


def wrong_header(rng: Random, rows: Rows) -> None:
    column = rng.randrange(4)
    rows[0][column] = rng.choice(["", COLUMNS[column].upper(), COLUMNS[column] + "s", COLUMNS[column - 1], "\u0007"])


def row_twice(rng: Random, rows: Rows) -> None:
    again = list(rng.choice(rows[1:]))
    again[3] = "77"
    rows.insert(rng.randrange(1, len(rows) + 1), again)


def two_gases(rng: Random, rows: Rows) -> None:
    row = rng.choice(rows[1:])
    row[1] = str(int(row[1]) + 1)


def no_rows(rng: Random, rows: Rows) -> None:
    del rows[rng.choice([0, 1]) :]


ROW_MUTATIONS: tuple[Callable[[Random, Rows], None], ...] = (
    bad_cell, wrong_width, wrong_header, row_twice, two_gases, no_rows,
)  # fmt: skip


def spoilt_text(rng: Random, text: str) -> bytes:
    data = text.encode()
    at = rng.randrange(len(data))
    return rng.choice(
        [
            data[:at] + rng.choice([b"\xff", b"\x00", b"\xc3\x28"]) + data[at:],
            data + b'99,1,"a,5\n',
            rng.randbytes(200),
            text.encode("utf-16"),
            text.replace(",", ";").encode(),
            text.replace(",", "\t").encode(),
            b"{}",
            b"\n\n",
        ]
    )


def malformed_log(seed: int) -> tuple[str, bytes]:
    """The name of a mutation, and a log that it spoilt."""
    rng = Random(10_000 + seed)
    mutate = rng.choice([*ROW_MUTATIONS, spoilt_text])
    rows = log(rng)
    if mutate is spoilt_text:
        return mutate.__name__, spoilt_text(rng, "\n".join(map(",".join, rows)) + "\n")
    mutate(rng, rows)  # type: ignore[arg-type]
    return mutate.__name__, ("\n".join(map(",".join, rows)) + "\n").encode()
