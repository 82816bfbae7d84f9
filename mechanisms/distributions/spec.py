"""Distributions from tables: one entry per kind, every error naming the key at fault by its whole path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mechanisms.distributions.base import Distribution
from mechanisms.distributions.beta import Beta
from mechanisms.distributions.discrete import Discrete
from mechanisms.distributions.empirical import Empirical
from mechanisms.distributions.log_normal import LogNormal
from mechanisms.distributions.mixture import Mixture
from mechanisms.distributions.parameters import positive, shown
from mechanisms.distributions.piecewise_linear import PiecewiseLinear
from mechanisms.distributions.reflected import Reflected
from mechanisms.distributions.uniform import Uniform
from mechanisms.distributions.weibull import Weibull
from mechanisms.errors import InvalidInput

# Parameters of each kind of numbers in the order of its constructor; those in `DEFAULTED` may be left out.
NUMERIC: dict[str, tuple[Callable[..., Distribution], tuple[str, ...]]] = {
    "uniform": (Uniform, ("low", "high")),
    "beta": (Beta, ("a", "b", "low", "high")),
    "log_normal": (LogNormal, ("mu", "sigma", "low", "high")),
    "weibull": (Weibull, ("shape", "scale", "low", "high")),
    "piecewise_linear": (PiecewiseLinear, ("points", "cdf")),
    "empirical": (Empirical, ("points", "cdf", "density")),
    "discrete": (Discrete.of, ("values", "probabilities")),
}
DEFAULTED = {"beta": ("low", "high")}
NESTED = {"mixture": ("parts",), "reflected": ("of",)}
KINDS = (*NUMERIC, *NESTED)
# Deeper nesting than this is a mistake, and would exhaust the stack.
DEEPEST = 50


def distribution_from_spec(spec: object, where: str = "distribution", depth: int = 0) -> Distribution:
    """The distribution a table describes.

    Arguments:
        spec: mapping with `"kind"` and exactly the parameters of that kind.
        where: path of the table, for errors; may be empty.
        depth: how many tables this one lies in.

    Raises:
        InvalidInput: beginning with the path of the key that is wrong.
    """
    name = where or "distribution"
    if not isinstance(spec, Mapping):
        raise InvalidInput(
            f"{name} must be a table with a kind; got {shown(spec)}. The kinds: {', '.join(KINDS)}."
        )
    if depth > DEEPEST:
        raise InvalidInput(f"{name} must be nested at most {DEEPEST} deep; got more. Merge the mixtures.")
    if "kind" not in spec:
        raise InvalidInput(f"{_key(where, 'kind')} must be given; got none. Use one of {', '.join(KINDS)}.")
    kind = spec["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidInput(f"{_key(where, 'kind')} must be one of {', '.join(KINDS)}; got {shown(kind)}.")
    keys = NESTED[kind] if kind in NESTED else NUMERIC[kind][1]
    check_keys(spec, keys, DEFAULTED.get(kind, ()), where, kind)
    if kind == "reflected":
        return Reflected(distribution_from_spec(spec["of"], _key(where, "of"), depth + 1))
    if kind == "mixture":
        return _mixture(spec["parts"], where, depth)
    construct = NUMERIC[kind][0]
    try:
        return construct(**{key: spec[key] for key in keys if key in spec})
    except InvalidInput as error:
        raise InvalidInput(_key(where, str(error))) from None


def check_keys(
    spec: Mapping[str, object], keys: Sequence[str], defaulted: Sequence[str], where: str, kind: str
) -> None:
    """Refuses unknown keys, naming the permitted ones, and missing keys."""
    for key in spec:
        if key not in keys and (key != "kind" or kind == "part"):
            raise InvalidInput(
                f"{_key(where, str(key))} must not be given; got {shown(spec[key])}. "
                f"A {kind} takes {', '.join(keys)}."
            )
    for key in keys:
        if key not in spec and key not in defaulted:
            raise InvalidInput(
                f"{_key(where, key)} must be given; got no {key}. A {kind} needs {', '.join(keys)}."
            )


def _mixture(parts: object, where: str, depth: int) -> Mixture:
    path = _key(where, "parts")
    if not isinstance(parts, list | tuple):
        raise InvalidInput(
            f"{path} must be a list of tables; got {shown(parts)}. Each has a weight and a distribution."
        )
    made = []
    for index, part in enumerate(parts):
        place = f"{path}[{index}]"
        if not isinstance(part, Mapping):
            raise InvalidInput(f"{place} must be a table; got {shown(part)}. Give weight and distribution.")
        check_keys(part, ("weight", "distribution"), (), place, "part")
        weight = positive(part["weight"], f"{place}.weight")
        inner = distribution_from_spec(part["distribution"], f"{place}.distribution", depth + 1)
        made.append((weight, inner))
    try:
        return Mixture(made)
    except InvalidInput as error:
        raise InvalidInput(_key(where, str(error))) from None


def _key(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
