r"""A rollup batch: T transfers between accounts of a Merkle tree, from one state root to another.

Public are the old root, the new root, and the digest of the batch (the orders as they would be published, chained).
For each transfer the circuit says, in this order:

1. the amount is below $2^B$;
2. the sender's secret makes its public key, and the authorisation is the digest of (secret, sender, recipient,
   amount, nonce);
3. the sender's account (key, balance, nonce) is in the tree under the current root;
4. the balance less the amount is in $[0, 2^B)$; the account with it, and nonce + 1, gives the next root by the
   same Merkle path;
5. the recipient's account is in the tree under that root; its balance plus the amount is below $2^B$, and gives
   the next root;
6. the order is absorbed into the digest of the batch.

So a wrong balance, an authorisation by another secret or for another order, and an order carried out twice have no
satisfying witness.  Balances in the old tree are taken to be in $[0, 2^B)$; a batch keeps them there.

An authorisation is a keyed digest and no signature: whoever proves the batch is told the secret, and could authorise other
orders with it.  Nor does it name the tree: the same account in another tree would take it.

Work grows by $4D + O(1)$ permutations a transfer, D the depth of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.circuits.account_tree import AUTHORISATION, BATCH, KEY, LEAF, NODE, AccountTree, Step, Transfer
from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.hashing import digest, merkle_root
from proving_cost.circuits.operations import Expression
from proving_cost.fields import PrimeField
from proving_cost.kernels.sponge import default_sponge

__all__ = ["Rollup", "random_rollup"]

Digest = list[Expression]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """The shape of a batch.

    Arguments:
        field: Field of the circuit.
        transfers: Transfers a batch, 1 or more.
        depth: Levels of the state tree, 8 or more unless for a test; at most 32, and fewer than the field has bits.
        balance_bits: Bits of a balance and of an amount.

    Raises:
        InvalidInput: A parameter is out of range, or balances do not fit the field.
    """

    field: PrimeField
    transfers: int
    depth: int = 8
    balance_bits: int = 40

    def __post_init__(self) -> None:
        deepest = min(32, self.field.bits - 1)
        for name, low, high in (("transfers", 1, 1 << 20), ("depth", 1, deepest), ("balance_bits", 1, self.field.bits - 2)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise InvalidInput(f"{name}: must be a whole number between {low} and {high}; got {value!r}.")

    def circuit(self) -> Circuit:
        """The circuit; inputs come from `inputs`."""
        circuit = Circuit(self.field)
        lanes = range(default_sponge(self.field).digest)
        old, new, batch = ([circuit.public(f"{name}[{i}]") for i in lanes] for name in ("old root", "new root", "batch"))
        root, chain = old, [circuit.constant(0)] * len(lanes)
        for k in range(self.transfers):
            with circuit.scope(f"transfer {k}"):
                root, chain = self._transfer(circuit, f"transfer {k}", root, chain)
        for name, found, given in (("new root", root, new), ("digest of the batch", chain, batch)):
            _same(circuit, found, given, name)
        return circuit

    def inputs(self, tree: AccountTree, transfers: Sequence[Transfer]) -> dict[str, int]:
        """Inputs of the circuit for these orders; the tree is changed by them, whatever they are.

        Raises:
            InvalidInput: The tree is of another field or depth, or the number of transfers is not the batch's.
        """
        if tree.field != self.field or tree.depth != self.depth:
            raise InvalidInput(
                f"tree: must be over {self.field.name} with depth {self.depth}; got {tree.field.name} and {tree.depth}."
            )
        if len(transfers) != self.transfers:
            raise InvalidInput(f"transfers: the batch holds {self.transfers}; got {len(transfers)}.")
        found = dict(_lanes("old root", tree.root))
        chain: tuple[int, ...] = (0,) * tree.sponge.digest
        for k, (order, sender, recipient) in enumerate(tree.apply(transfers)):
            here = f"transfer {k}"
            found |= {f"{here} amount": order.amount}
            found |= _lanes(f"{here} authorisation", order.authorisation)
            found |= _lanes(f"{here} secret", sender.account.secret)
            found |= self._account(f"{here} sender", order.sender, sender)
            found |= _lanes(f"{here} recipient key", recipient.public_key)
            found |= self._account(f"{here} recipient", order.recipient, recipient)
            words = [*chain, order.sender, order.recipient, order.amount, sender.account.nonce, *order.authorisation]
            chain = tree.sponge.digest_one(words, tag=BATCH)
        return found | _lanes("new root", tree.root) | _lanes("batch", chain)

    def _account(self, name: str, index: int, step: Step) -> dict[str, int]:
        found = {f"{name} index": index, f"{name} balance": step.account.balance, f"{name} nonce": step.account.nonce}
        for level, sibling in enumerate(step.path):
            found |= _lanes(f"{name} sibling {level}", sibling)
        return found

    def _transfer(self, circuit: Circuit, here: str, root: Digest, chain: Digest) -> tuple[Digest, Digest]:
        amount = circuit.secret(f"{here} amount")
        circuit.bits(amount, self.balance_bits, "the amount is in range")
        authorisation = _secrets(circuit, f"{here} authorisation")
        secret = _secrets(circuit, f"{here} secret")
        key = digest(circuit, secret, KEY, "public key")
        sender, recipient = (_Account(circuit, self.depth, f"{here} {who}") for who in ("sender", "recipient"))
        order = [sender.index, recipient.index, amount, sender.nonce]
        signed = digest(circuit, [*secret, *order], AUTHORISATION, "authorisation")
        _same(circuit, signed, authorisation, "the authorisation is of this order by this secret")
        _same(circuit, sender.root(key, sender.balance, sender.nonce), root, "the sender's account is in the tree")
        left = sender.balance - amount
        circuit.bits(left, self.balance_bits, "the sender's balance covers the amount")
        root = sender.root(key, left, sender.nonce + 1)
        payee = _secrets(circuit, f"{here} recipient key")
        before = recipient.root(payee, recipient.balance, recipient.nonce)
        _same(circuit, before, root, "the recipient's account is in the tree")
        total = recipient.balance + amount
        circuit.bits(total, self.balance_bits, "the recipient's balance is in range")
        root = recipient.root(payee, total, recipient.nonce)
        return root, digest(circuit, [*chain, *order, *authorisation], BATCH, "digest of the batch")


class _Account:
    """An account inside the circuit: its numbers, and the root that any leaf in its place would give."""

    def __init__(self, circuit: Circuit, depth: int, name: str) -> None:
        self.circuit, self.name = circuit, name
        self.index, self.balance, self.nonce = (circuit.secret(f"{name} {what}") for what in ("index", "balance", "nonce"))
        self.path = [_secrets(circuit, f"{name} sibling {level}") for level in range(depth)]
        self.bits = circuit.bits(self.index, depth, "the index is in range")

    def root(self, key: Digest, balance: Expression, nonce: Expression) -> Digest:
        leaf = digest(self.circuit, [*key, balance, nonce], LEAF, "leaf")
        return merkle_root(self.circuit, leaf, self.bits, self.path, NODE, "Merkle path")


def random_rollup(
    rng: np.random.Generator, field: PrimeField, transfers: int, *, depth: int = 8, balance_bits: int = 40
) -> tuple[Circuit, Mapping[str, int]]:
    """A batch of valid random transfers: the circuit with inputs that satisfy it."""
    rollup = Rollup(field=field, transfers=transfers, depth=depth, balance_bits=balance_bits)
    tree = AccountTree.random(rng, field, accounts=min(16, 1 << depth), depth=depth)
    inputs = rollup.inputs(tree, list(_orders(rng, tree, transfers)))
    return rollup.circuit(), inputs


def _orders(rng: np.random.Generator, tree: AccountTree, transfers: int) -> Iterator[Transfer]:
    """Valid orders, authorised one after another on a copy of the tree."""
    later = AccountTree(tree.field, tree.accounts, tree.depth)
    for _ in range(transfers):
        sender, recipient = (int(i) for i in rng.integers(0, len(later.accounts), 2))
        order = later.order(sender, recipient, int(rng.integers(0, later.accounts[sender].balance + 1)))
        for _done in later.apply([order]):
            pass
        yield order


def _secrets(circuit: Circuit, name: str) -> Digest:
    return [circuit.secret(f"{name}[{i}]") for i in range(default_sponge(circuit.field).digest)]


def _same(circuit: Circuit, found: Sequence[Expression], given: Sequence[Expression], name: str) -> None:
    for i, (a, b) in enumerate(zip(found, given, strict=True)):
        circuit.equal(a, b, name if len(found) == 1 else f"{name} [{i}]")


def _lanes(name: str, digest: Sequence[int]) -> dict[str, int]:
    return {f"{name}[{i}]": v for i, v in enumerate(digest)}
