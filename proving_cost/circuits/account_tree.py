"""A tree of accounts outside any circuit: who owns what, and the batches of transfers that change it.

A leaf is the digest of (public key, balance, nonce), where the public key is the digest of a secret.  A transfer
carries an *authorisation*, the digest of (secret, sender, recipient, amount, nonce): only who knows the secret can
make it, it fits no other recipient or amount, and once the nonce has moved on it fits no more.  It is a keyed digest and
no signature, so who proves a batch must know the secrets of its senders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.fields import PrimeField
from proving_cost.kernels.sponge import Sponge, default_sponge

__all__ = ["AUTHORISATION", "Account", "AccountTree", "BATCH", "Digest", "KEY", "LEAF", "NODE", "Step", "Transfer"]

Digest = tuple[int, ...]

# Domain tags of the digests.
NODE, LEAF, KEY, AUTHORISATION, BATCH = 1, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class Account:
    """A leaf, with the secret that its owner keeps."""

    secret: Digest
    balance: int
    nonce: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An order to move an amount, with its authorisation; sender and recipient are positions in the tree."""

    sender: int
    recipient: int
    amount: int
    nonce: int
    authorisation: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One account as a transfer found it: the account, its Merkle path, and the root before."""

    account: Account
    public_key: Digest
    path: tuple[Digest, ...]
    root: Digest


class AccountTree:
    """Accounts in a binary Merkle tree.

    Arguments:
        field: Field of the digests; its default sponge hashes.
        accounts: At most 2^depth of them; empty leaves are the digest 0.
        depth: Levels of the tree, 1 or more.

    Raises:
        InvalidInput: More accounts than leaves, or a depth that is not positive.
    """

    def __init__(self, field: PrimeField, accounts: Sequence[Account], depth: int = 8) -> None:
        if not isinstance(depth, int) or isinstance(depth, bool) or not 1 <= depth <= 32:
            raise InvalidInput(f"depth: must be a whole number between 1 and 32; got {depth!r}.")
        if not 1 <= len(accounts) <= 1 << depth:
            raise InvalidInput(f"accounts: a tree of depth {depth} holds 1 to {1 << depth}; got {len(accounts)}.")
        self.field = field
        self.sponge: Sponge = default_sponge(field)
        self.depth = depth
        self.accounts = list(accounts)
        self._levels: list[dict[int, Digest]] = [{} for _ in range(depth + 1)]
        self._empty = [(0,) * self.sponge.digest]
        for _ in range(depth):
            self._empty.append(self.sponge.compress(self._empty[-1], self._empty[-1], tag=NODE))
        for i, account in enumerate(accounts):
            self._levels[0][i] = self._leaf(account)
        for level in range(depth):
            for i in {k >> 1 for k in self._levels[level]}:
                self._join(level, i)

    @classmethod
    def random(cls, rng: np.random.Generator, field: PrimeField, *, accounts: int = 16, depth: int = 8) -> AccountTree:
        """Accounts with random secrets and balances between 1000 and 2000."""
        digest = default_sponge(field).digest
        made = [
            Account(tuple(int(v) for v in field.random(rng, digest)), int(rng.integers(1000, 2000))) for _ in range(accounts)
        ]
        return cls(field, made, depth)

    @property
    def root(self) -> Digest:
        """The state root."""
        return self._node(self.depth, 0)

    def public_key(self, account: Account) -> Digest:
        """Digest of the account's secret."""
        return self.sponge.digest_one(list(account.secret), tag=KEY)

    def path(self, index: int) -> tuple[Digest, ...]:
        """Siblings from the leaf up."""
        return tuple(self._node(level, (index >> level) ^ 1) for level in range(self.depth))

    def order(self, sender: int, recipient: int, amount: int) -> Transfer:
        """A transfer, authorised by the sender as its account stands.

        Raises:
            InvalidInput: There is no such account.
        """
        account = self._account(sender)
        self._account(recipient)
        message = [*account.secret, sender, recipient, amount % self.field.modulus, account.nonce]
        return Transfer(
            sender=sender, recipient=recipient, amount=amount % self.field.modulus, nonce=account.nonce,
            authorisation=self.sponge.digest_one(message, tag=AUTHORISATION),
        )  # fmt: skip

    def step(self, index: int, account: Account) -> Step:
        """Replace an account; what it was, its path and the root before."""
        old = self._account(index)
        before = Step(account=old, public_key=self.public_key(old), path=self.path(index), root=self.root)
        self.accounts[index] = account
        self._levels[0][index] = self._leaf(account)
        for level in range(self.depth):
            self._join(level, index >> level + 1)
        return before

    def apply(self, transfers: Sequence[Transfer]) -> Iterator[tuple[Transfer, Step, Step]]:
        """Carry transfers out, in order, whether or not the rules allow them: a circuit is what judges.

        Returns:
            Each transfer with its sender's and its recipient's account as it was when its turn came.
        """
        p = self.field.modulus
        for transfer in transfers:
            payer = self._account(transfer.sender)
            paid = replace(payer, balance=(payer.balance - transfer.amount) % p, nonce=payer.nonce + 1)
            sender = self.step(transfer.sender, paid)
            payee = self._account(transfer.recipient)
            recipient = self.step(transfer.recipient, replace(payee, balance=(payee.balance + transfer.amount) % p))
            yield transfer, sender, recipient

    def _leaf(self, account: Account) -> Digest:
        return self.sponge.digest_one([*self.public_key(account), account.balance, account.nonce], tag=LEAF)

    def _account(self, index: int) -> Account:
        if not isinstance(index, int) or not 0 <= index < len(self.accounts):
            raise InvalidInput(f"account: must be one of 0 to {len(self.accounts) - 1}; got {index!r}.")
        return self.accounts[index]

    def _node(self, level: int, index: int) -> Digest:
        return self._levels[level].get(index, self._empty[level])

    def _join(self, level: int, parent: int) -> None:
        children = self._node(level, 2 * parent), self._node(level, 2 * parent + 1)
        self._levels[level + 1][parent] = self.sponge.compress(*children, tag=NODE)
