r"""Attitudes to risk: the utility of a profit, by agent.

An agent that wins with profit $x\ge0$ has utility $U(x)$, one that does not win $U(0)=0$; $U$ increases and is concave. What
matters to a bidder is the *fear of ruin* $m(x)=U(x)/U'(x)\ge x$ (Aumann and Kurz 1977): risk neutrality is $m(x)=x$.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput

__all__ = ["CARA", "CRRA", "Attitude", "attitude_from_spec"]


@dataclass(frozen=True, slots=True)
class Attitude(ABC):
    """The utility of a profit; abstract, its subclasses are final."""

    kind: ClassVar[str]

    @abstractmethod
    def utility(self, profit: ArrayLike) -> NDArray[np.float64]:
        """The utility of an array of profits, zero or more."""

    @abstractmethod
    def marginal(self, profit: ArrayLike) -> NDArray[np.float64]:
        """The marginal utility of an array of profits, above zero."""

    @property
    @abstractmethod
    def shape(self) -> tuple[float, float]:
        r"""$(s, a)$ with $m(x)=s\,(e^{ax}-1)/a$, which is $s\,x$ where $a=0$."""

    @final
    def fear_of_ruin(self, profit: ArrayLike) -> NDArray[np.float64]:
        """Utility over marginal utility, of an array of profits."""
        x = np.asarray(profit, dtype=np.float64)
        scale, rate = self.shape
        return np.asarray(scale * x if rate == 0.0 else scale * np.expm1(rate * x) / rate)

    @final
    def spec(self) -> dict[str, object]:
        """The attitude as plain JSON values; `attitude_from_spec` reads it back."""
        return {"kind": self.kind} | {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


@final
@dataclass(frozen=True, slots=True)
class CRRA(Attitude):
    r"""Constant relative risk aversion: $U(x)=x^{1-r}/(1-r)$.

    Arguments:
        aversion: $r$, at least 0 (risk neutral) and below 1 (at 1 a sure loss of everything would be unbearable).

    Raises:
        InvalidInput: the aversion is outside [0, 1).

    Example:
        >>> float(CRRA(0.5).utility(0.25)), float(CRRA(0.5).fear_of_ruin(0.25))
        (1.0, 0.5)
    """

    kind = "crra"

    aversion: float

    def __post_init__(self) -> None:
        value = finite(self.aversion, "aversion")
        if not 0.0 <= value < 1.0:
            raise InvalidInput(f"aversion must be at least 0 and below 1; got {value!r}. CRRA(0) is risk neutral.")
        object.__setattr__(self, "aversion", value)

    def utility(self, profit: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(np.asarray(profit, dtype=np.float64) ** (1.0 - self.aversion) / (1.0 - self.aversion))

    def marginal(self, profit: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(np.asarray(profit, dtype=np.float64) ** -self.aversion)

    @property
    def shape(self) -> tuple[float, float]:
        return 1.0 / (1.0 - self.aversion), 0.0


@final
@dataclass(frozen=True, slots=True)
class CARA(Attitude):
    r"""Constant absolute risk aversion: $U(x)=(1-e^{-ax})/a$.

    Arguments:
        aversion: $a$, above 0, per unit of money.

    Raises:
        InvalidInput: the aversion is not a positive number.

    Example:
        >>> round(float(CARA(2).utility(0.5)), 6)
        0.31606
    """

    kind = "cara"

    aversion: float

    def __post_init__(self) -> None:
        value = finite(self.aversion, "aversion")
        if not value > 0.0:
            raise InvalidInput(f"aversion must be positive; got {value!r}. CRRA(0) is risk neutral.")
        object.__setattr__(self, "aversion", value)

    def utility(self, profit: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(-np.expm1(-self.aversion * np.asarray(profit, dtype=np.float64)) / self.aversion)

    def marginal(self, profit: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(np.exp(-self.aversion * np.asarray(profit, dtype=np.float64)))

    @property
    def shape(self) -> tuple[float, float]:
        return 1.0, self.aversion


def attitude_from_spec(spec: object, where: str) -> Attitude:
    """The attitude that a table of a file describes: `kind` ("crra" or "cara") and `aversion`.

    Raises:
        InvalidInput: naming the key, what it must be and what it was.
    """
    kinds: dict[object, type[CRRA] | type[CARA]] = {"crra": CRRA, "cara": CARA}
    if not isinstance(spec, Mapping):
        raise InvalidInput(f"{where} must be a table; got {shown(spec)}. Give kind and aversion.")
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise InvalidInput(f"{where}.kind must be 'crra' or 'cara'; got {shown(kind)}. Name one.")
    for key in spec:
        if key not in ("kind", "aversion"):
            raise InvalidInput(f"{where}.{key} is not a key of {kind}; it must be kind or aversion. Drop it.")
    if "aversion" not in spec:
        raise InvalidInput(f"{where}.aversion must be given; got nothing. Add it.")
    try:
        return kinds[kind](spec["aversion"])
    except InvalidInput as error:
        raise InvalidInput(f"{where}.{error}") from None
