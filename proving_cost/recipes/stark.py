r"""A STARK with FRI in the manner of Plonky3, from its parameters.

With $n$ rows, blowup $B$, $D = nB$, $w$ columns in the base field, $a$ in the extension of degree $d$, $p$
preprocessed, constraints of degree $g$, rate $r$ of the leaf hash:

| phase | events |
|---|---|
| trace | $w$ iNTT($n$), $w$ coset NTT($D$); $D\lceil w/r\rceil$ leaf permutations, $D-1$ compressions |
| auxiliary | the same with $ad$ columns (none if $a = 0$) |
| quotient | on $qn$ points ($q = 2^{\lceil\lg(g-1)\rceil}$): constraints; then $qd$ columns committed as above |
| DEEP | at $k$ points: evaluations on $n$, a batch inversion of $D$, combination of all columns on $D$ |
| FRI | each layer of size $s$, arity $k$: $\frac sk\lceil kd/r\rceil$ leaf permutations, $\frac sk - 1$ compressions, a fold |
| queries | grinding: $2^\text{bits}$ hashes expected for each nonce; the proof's bytes |

The preprocessed columns are committed in the set-up and enter DEEP only.  An empty commitment costs nothing.
Mersenne-31 has no radix-2 NTT: its *circle* NTT of the same size has as many butterflies, and is recorded as
`Ntt` with field `mersenne31`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mechanisms.errors import InvalidInput
from proving_cost.fields import MERSENNE_31, PRIME_FIELDS
from proving_cost.ledger import Ledger
from proving_cost.recipes.extension_cost import ExtensionCost
from proving_cost.recipes.fri_proof_size import Paths, Symbols, fri_proof_bytes
from proving_cost.recipes.recipe import check_count, check_size

__all__ = ["HashChoice", "StarkParameters", "commit_columns", "domain_bits", "fri_layers", "grind", "merkle", "stark_ledger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HashChoice:
    """The hash of a Merkle tree.

    Arguments:
        leaf: Instance that absorbs leaves, e.g. `"poseidon2/babybear/16"` or `"blake2s"`.
        rate: Base-field elements absorbed by one permutation or block.
        compress: Instance that joins two digests.
        digest_bits: Bits of a digest.
    """

    leaf: str
    rate: int
    compress: str
    digest_bits: int

    def __post_init__(self) -> None:
        check_count("leaf_rate", self.rate, 1)
        check_count("digest_bits", self.digest_bits, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class StarkParameters:
    """Parameters of a STARK.

    Arguments:
        field: Name of the base field.
        degree: Degree of the extension that challenges come from.
        rows: Rows n at which the parameters were published; `folds` fit this size.
        columns: Base-field columns committed while proving.
        auxiliary: Extension columns committed after the first challenge.
        preprocessed: Columns committed in the set-up.
        batch: Polynomials in the FRI batch as published (may count a column once for each opening).
        constraints: Number of constraints.
        constraint_degree: Their largest degree g.
        blowup: B, a power of two.
        openings: Out-of-domain points k at which columns are opened.
        queries: FRI queries.
        folds: Arity of each fold, powers of two.
        grinding: Bits of the nonces of the query phase, of each fold, and of DEEP.
        hash: The Merkle hash.
    """

    field: str
    degree: int
    rows: int
    columns: int
    auxiliary: int = 0
    preprocessed: int = 0
    batch: int
    constraints: int
    constraint_degree: int
    blowup: int
    openings: int
    queries: int
    folds: tuple[int, ...]
    grinding: tuple[int, int, int]
    hash: HashChoice

    def __post_init__(self) -> None:
        if self.field not in PRIME_FIELDS:
            raise InvalidInput(f"field: must be one of {', '.join(PRIME_FIELDS)}; got {self.field!r}.")
        for name in ("degree", "columns", "batch", "openings", "queries"):
            check_count(name, getattr(self, name), 1)
        for name in ("auxiliary", "preprocessed", "constraints"):
            check_count(name, getattr(self, name), 0)
        check_count("constraint_degree", self.constraint_degree, 2)
        for name, values in (("blowup", (self.blowup,)), ("folds", self.folds)):
            if not values or any(type(v) is not int or v < 2 or v & (v - 1) for v in values):
                raise InvalidInput(f"{name}: must be powers of two, 2 or more; got {values}.")
        if len(self.grinding) != 3 or any(type(v) is not int or not 0 <= v <= 64 for v in self.grinding):
            raise InvalidInput(f"grinding: must be three numbers of bits from 0 to 64; got {self.grinding}.")
        if self.chunks > self.blowup:
            raise InvalidInput(
                f"blowup: must be at least {self.chunks} for constraints of degree {self.constraint_degree}; got {self.blowup}."
            )
        self.check_rows(self.rows)

    @property
    def chunks(self) -> int:
        """Parts q of the quotient: the power of two that is at least g − 1."""
        return 1 << (self.constraint_degree - 2).bit_length()

    @property
    def extension(self) -> ExtensionCost:
        """The field of challenges."""
        return ExtensionCost(self.field, self.degree)

    def check_rows(self, rows: int) -> int:
        """The number of rows, if the field has a domain for it.

        Raises:
            InvalidInput: It has none, or the rows are not a power of two.
        """
        highest = domain_bits(self.field) - (self.blowup.bit_length() - 1)
        return check_size(rows, "rows", lowest=4, highest_bits=highest, domain=f"{self.field} at blowup {self.blowup}")

    def at(self, rows: int) -> StarkParameters:
        """The same with another number of rows; folds are left out, or the last one repeated, to end alike."""
        self.check_rows(rows)
        end = self.rows.bit_length() - sum(k.bit_length() - 1 for k in self.folds)
        gone = max(1, rows.bit_length() - end)
        folds: list[int] = []
        for k in (*self.folds, *(self.folds[-1],) * gone):
            if gone > 0:
                folds.append(min(k, 1 << gone))
                gone -= k.bit_length() - 1
        return replace(self, rows=rows, folds=tuple(folds))

    def proof_bytes(self, symbols: Symbols = "extension", paths: Paths = "pruned", trees: int = 1) -> int:
        """Expected bytes of a proof (see `fri_proof_size`)."""
        return fri_proof_bytes(
            rows=self.rows, blowup=self.blowup, batch=self.batch, queries=self.queries, folds=self.folds,
            base_bits=PRIME_FIELDS[self.field].bits, degree=self.degree, digest_bits=self.hash.digest_bits,
            symbols=symbols, paths=paths, trees=trees,
        )  # fmt: skip


def domain_bits(field: str) -> int:
    """lg of the largest evaluation domain: the 2-adicity; for Mersenne-31 that of the circle, of p + 1 = 2^31."""
    return 31 if field == MERSENNE_31.name else PRIME_FIELDS[field].two_adicity


def commit_columns(ledger: Ledger, field: str, n: int, domain: int, columns: int, tree: HashChoice) -> None:
    """Extend columns from n to the domain and put the rows in a Merkle tree."""
    if columns:
        ledger.ntt(field, n, batch=columns, inverse=True)
        ledger.ntt(field, domain, batch=columns, coset=True)
        merkle(ledger, domain, columns, tree)


def merkle(ledger: Ledger, leaves: int, elements: int, tree: HashChoice) -> None:
    """A tree over leaves of so many base-field elements."""
    ledger.hash(tree.leaf, leaves * -(-elements // tree.rate))
    ledger.hash(tree.compress, leaves - 1)


def fri_layers(ledger: Ledger, extension: ExtensionCost, domain: int, folds: Sequence[int], tree: HashChoice) -> None:
    """Commit to and fold each layer."""
    for arity in folds:
        merkle(ledger, domain // arity, arity * extension.degree, tree)
        extension.fold(ledger, domain, arity)
        domain //= arity
    if domain > 1:
        ledger.ntt(extension.base, domain, batch=extension.degree, coset=True, inverse=True)


def grind(ledger: Ledger, tree: HashChoice, bits: int, nonces: int = 1) -> None:
    """Search for nonces; 2^bits hashes each on average."""
    if bits:
        ledger.hash(tree.compress, nonces << bits)


def stark_ledger(parameters: StarkParameters) -> Ledger:
    """What the prover does, by phase; see the module's table.

    Notes:
        Of the constraints only number and degree are known: each is charged (degree − 1) products and as many
        additions in the base field, and a combination with one challenge, on every point.
    """
    s, ext, tree = parameters, parameters.extension, parameters.hash
    n, domain, d = s.rows, s.rows * s.blowup, s.degree
    committed = s.columns + s.auxiliary * d + s.chunks * d
    ledger = Ledger()
    with ledger.phase("trace"):
        commit_columns(ledger, s.field, n, domain, s.columns, tree)
    if s.auxiliary:
        with ledger.phase("auxiliary"):
            ext.batch_inversion(ledger, n * s.auxiliary)
            ext.mul(ledger, n * s.auxiliary)
            ext.add(ledger, 2 * n * s.auxiliary)
            commit_columns(ledger, s.field, n, domain, s.auxiliary * d, tree)
    with ledger.phase("quotient"):
        points = n * s.chunks
        ledger.field(s.field, "mul", points * s.constraints * (s.constraint_degree - 1))
        ledger.field(s.field, "add", points * s.constraints * (s.constraint_degree - 1))
        ext.scale(ledger, points * s.constraints)
        ext.scale(ledger, points)  # by the inverse of the vanishing polynomial, in the base field
        commit_columns(ledger, s.field, n, domain, s.chunks * d, tree)
    with ledger.phase("DEEP"):
        width = committed + s.preprocessed
        ext.scale(ledger, n * width * s.openings)
        for _ in range(s.openings):
            ext.batch_inversion(ledger, domain)
        ext.scale(ledger, domain * width)
        ext.mul(ledger, domain * s.openings)
        ext.add(ledger, domain * s.openings)
    with ledger.phase("FRI"):
        fri_layers(ledger, ext, domain, s.folds, tree)
    with ledger.phase("queries"):
        grind(ledger, tree, s.grinding[0])
        grind(ledger, tree, s.grinding[1], len(s.folds))
        grind(ledger, tree, s.grinding[2])
        ledger.bytes("proof", s.proof_bytes())
    return ledger
