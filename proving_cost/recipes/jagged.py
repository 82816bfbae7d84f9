r"""A multilinear STARK with a jagged commitment, in the manner of SP1 Hypercube.

Tables of different heights are packed into one *dense* array of $b$ columns of length $N$.  The prover

1. commits: $b$ NTTs of $ND$-fold length (Reed-Solomon; values are taken as coefficients, so no inverse NTT), leaves
   of $b$ elements, a Merkle tree;
2. proves lookups by LogUp-GKR: a tree of fractions with $F$ leaves, $3(F-1)$ products to build it, then a sumcheck
   of degree 3 on every layer;
3. proves the constraints by a zerocheck of degree $g + 1$ over the rows;
4. reduces evaluations of the tables to one of the dense array (*jagged* sumcheck, products of two tables of
   $Nb$ entries);
5. opens by Basefold: the columns are combined, then FRI folds by two, each with a round of sumcheck.

How to read the numbers: all of 2 to 4 is an *approximation* in shape and size.  The published parameters give
widths and lengths, not how many rows of each table are used: cells in use are taken as $Nb$, so an average row
count is $Nb/w$ for $w$ columns.  Widths, lengths, queries, folds and grinding are published.
"""

from __future__ import annotations

from dataclasses import dataclass

from mechanisms.errors import InvalidInput
from proving_cost.fields import PRIME_FIELDS
from proving_cost.ledger import Ledger
from proving_cost.recipes.extension_cost import ExtensionCost
from proving_cost.recipes.fri_proof_size import Paths, Symbols, fri_proof_bytes
from proving_cost.recipes.recipe import check_count, check_size
from proving_cost.recipes.stark import HashChoice, domain_bits, fri_layers, grind, merkle

__all__ = ["JaggedParameters", "jagged_ledger"]

SUMCHECK_DEGREE = 2  # of the jagged reduction


@dataclass(frozen=True, slots=True, kw_only=True)
class JaggedParameters:
    """Parameters of a jagged STARK.

    Arguments:
        field: Name of the base field.
        degree: Degree of the extension.
        rows: Length N of a dense column.
        dense_columns: b.
        columns: Columns w of all tables.
        constraints: Number of constraints.
        constraint_degree: Their largest degree g.
        lookups: Lookup terms of a row, over all tables.
        blowup: Of the code.
        queries: FRI queries.
        grinding: Bits of the nonces of the query phase, of batching, and of lookups.
        hash: The Merkle hash.
    """

    field: str
    degree: int
    rows: int
    dense_columns: int
    columns: int
    constraints: int
    constraint_degree: int
    lookups: int
    blowup: int
    queries: int
    grinding: tuple[int, int, int]
    hash: HashChoice

    def __post_init__(self) -> None:
        if not ExtensionCost(self.field, self.degree).known:
            raise InvalidInput(f"field: no sumcheck events for {self.field}^{self.degree}; use an extension of this package.")
        for name in ("dense_columns", "columns", "constraints", "constraint_degree", "lookups", "queries"):
            check_count(name, getattr(self, name), 1)
        check_size(self.blowup, "blowup", lowest=2, highest_bits=10, domain="any code")
        if len(self.grinding) != 3 or any(type(v) is not int or not 0 <= v <= 64 for v in self.grinding):
            raise InvalidInput(f"grinding: must be three numbers of bits from 0 to 64; got {self.grinding}.")
        self.check_rows(self.rows)

    def check_rows(self, rows: int) -> int:
        """The length of a dense column, if the field has a domain for it."""
        highest = domain_bits(self.field) - (self.blowup.bit_length() - 1)
        return check_size(rows, "rows", lowest=4, highest_bits=highest, domain=f"{self.field} at blowup {self.blowup}")

    @property
    def folds(self) -> tuple[int, ...]:
        """By two, down to a constant."""
        return (2,) * (self.rows.bit_length() - 1)

    @property
    def variables(self) -> int:
        """Variables of the dense array: lg N + ⌈lg b⌉."""
        return self.rows.bit_length() - 1 + (self.dense_columns - 1).bit_length()

    def proof_bytes(self, symbols: Symbols = "extension", paths: Paths = "pruned", trees: int = 1) -> int:
        """FRI on the dense array, and the two sumchecks of the reduction: degree + 1 values a round and a claim."""
        bits = PRIME_FIELDS[self.field].bits
        rounds = self.variables + 2 * self.variables + 2
        return fri_proof_bytes(
            rows=self.rows, blowup=self.blowup, batch=self.dense_columns, queries=self.queries, folds=self.folds,
            base_bits=bits, degree=self.degree, digest_bits=self.hash.digest_bits, symbols=symbols, paths=paths, trees=trees,
        ) + -(-((SUMCHECK_DEGREE + 1) * rounds + 2) * bits * self.degree // 8)  # fmt: skip


def jagged_ledger(parameters: JaggedParameters) -> Ledger:
    """What the prover does, by phase; approximate, see the module."""
    s, tree = parameters, parameters.hash
    ext = ExtensionCost(s.field, s.degree)
    cells, domain = s.rows * s.dense_columns, s.rows * s.blowup
    rows_used = -(-cells // s.columns)
    ledger = Ledger()
    with ledger.phase("commit"):
        ledger.ntt(s.field, domain, batch=s.dense_columns)
        merkle(ledger, domain, s.dense_columns, tree)
    with ledger.phase("lookups"):
        fractions = 1 << (rows_used * s.lookups - 1).bit_length()
        ext.mul(ledger, 3 * (fractions - 1))
        ext.add(ledger, fractions - 1)
        for layer in range(1, fractions.bit_length() - 1):
            ext.sumcheck(ledger, layer, factors=3)
        grind(ledger, tree, s.grinding[2])
    with ledger.phase("zerocheck"):
        # degree + 1 values a pair of rows; the first round in the base field, the others sum to as many rows
        ledger.field(s.field, "mul", rows_used * s.constraints * s.constraint_degree)
        ledger.field(s.field, "add", rows_used * s.constraints * s.constraint_degree)
        ext.mul(ledger, rows_used * (s.constraints * s.constraint_degree + s.columns))
        ext.add(ledger, rows_used * (s.constraints * s.constraint_degree + 2 * s.columns))
    with ledger.phase("jagged"):
        ext.sumcheck(ledger, s.variables, factors=2)
    with ledger.phase("basefold"):
        ext.scale(ledger, domain * s.dense_columns)
        ext.sumcheck(ledger, s.rows.bit_length() - 1, factors=2)
        fri_layers(ledger, ext, domain, s.folds, tree)
        grind(ledger, tree, s.grinding[1])
    with ledger.phase("queries"):
        grind(ledger, tree, s.grinding[0])
        ledger.bytes("proof", s.proof_bytes())
    return ledger
