"""Reads bids: one profile by label, or many as an array. Everything wrong with them is said here."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any

import numpy as np

from mechanisms._types import Profiles
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.markets import Market, shown_labels
from mechanisms.statement import Number

__all__ = ["as_float", "read_bids", "read_profiles"]


def read_bids(market: Market, bids: Mapping[str, Any]) -> tuple[list[Any], Number]:
    """One report per prover in market order, all of one number type, and that type."""
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement or a Sale; got {shown(market)}.")
    if not isinstance(bids, Mapping) or set(bids) != set(market.labels):
        got = list(bids) if isinstance(bids, Mapping) else bids
        raise InvalidInput(
            f"bids must be a mapping with one bid for each of {shown_labels(market)}; got {shown(got)}."
        )
    reports = [_report(label, bids[label]) for label in market.labels]
    if any(isinstance(report, float) for report in reports):
        return [as_float(label, bid) for label, bid in zip(market.labels, reports, strict=True)], float
    return reports, Fraction


def _report(label: str, bid: Any) -> Any:
    """A bid as a Fraction or a float; other ordered scalars as they are."""
    if isinstance(bid, Decimal) and bid.is_finite():
        return Fraction(bid)
    if isinstance(bid, Real) and not isinstance(bid, bool):
        if isinstance(bid, Integral):
            return Fraction(int(bid))
        if isinstance(bid, Rational):
            return Fraction(bid)
        if math.isfinite(bid):
            return float(bid)
    elif _is_ordered_field_element(bid):
        return bid
    raise InvalidInput(
        f"bids.{label} must be a finite number; got {shown(bid)}. A bid that loses is still one."
    )


def as_float(label: str, report: Any) -> float:
    """A bid as a double, which it must fit."""
    try:
        return float(report)
    except (TypeError, OverflowError):
        raise InvalidInput(
            f"bids.{label} must fit a float, as another bid is one; got {shown(report)}. Use one number type."
        ) from None


def _is_ordered_field_element(bid: Any) -> bool:
    """Whether it may be a scalar of some other field: it can be added, multiplied and negated."""
    if isinstance(bid, bool | np.bool | Decimal | complex | np.ndarray | Collection):
        return False
    return all(hasattr(bid, name) for name in ("__neg__", "__add__", "__mul__"))


def read_profiles(market: Market, bids: Profiles) -> Profiles:
    """Reports as doubles, checked in one pass that stays cheap beside the evaluation."""
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement or a Sale; got {shown(market)}.")
    try:
        given = np.asarray(bids)
    except ValueError:
        given = np.asarray(None)
    if given.dtype.kind not in "iuf":
        raise InvalidInput(f"bids must be an array of numbers; got dtype {given.dtype}. Use float64.")
    provers = len(market.labels)
    if given.ndim == 0 or given.shape[-1] != provers:
        raise InvalidInput(
            f"bids must have {provers} entries on the last axis, one per prover; got shape {given.shape}. "
            "Order the axes (*batch, provers)."
        )
    profiles: Profiles = np.asarray(given, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        suspicious = not np.isfinite(profiles.sum())
    if suspicious and not np.isfinite(profiles).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(profiles))[0])
        raise InvalidInput(
            f"bids{list(place)} must be a finite number; got {float(profiles[place])!r} for "
            f"{market.labels[place[-1]]!r}. A bid that loses is still one."
        )
    return profiles
