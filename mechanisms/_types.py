"""The array convention, stated once.

Arrays are `numpy.float64`. Axes are ordered `(*batch, agents)`: the last axis runs over the provers of a
market in the market's own label order, everything before it is a batch (profiles drawn, costs of a grid).

- `FloatArray`: any shape; functions of one real variable act entry by entry and keep the shape. A scalar
  in gives a scalar (`numpy.float64`) out, which has the interface of an array without axes.
- `Profiles`: `Float[ndarray, "*batch provers"]`, one report per prover.
- `RealInput`: what such functions accept: a number, a sequence of numbers or an array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Profiles: TypeAlias = NDArray[np.float64]
RealInput: TypeAlias = float | Sequence[float] | NDArray[np.float64]
