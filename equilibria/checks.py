"""`check`: verify a certificate from its text alone."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from equilibria.checking import Checked
from equilibria.checking import check as check_text
from equilibria.equilibrium import Certificate
from equilibria.solving import Progress
from mechanisms import InvalidInput


def check(certificate: Certificate | str | PathLike[str], *, progress: Progress | None = None) -> Checked:
    """Check a certificate with code that shares nothing with the solvers.

    Args:
        certificate: a `Certificate`, its JSON text, or the path (`pathlib.Path`) of a file that holds it.
        progress: called as `progress(what, share)` now and then.

    Returns:
        A record with `.valid`, `.message` and `.stated`. A file that was altered is not valid; one that was altered and given
        a new digest is valid only if what it then states is still true.

    Raises:
        InvalidInput: the file cannot be read.

    Example:
        >>> from mechanisms import FirstPrice, Procurement, Uniform
        >>> from equilibria import solve
        >>> certificate = solve(FirstPrice(0.5), Procurement(costs={"a": Uniform(0, 1), "b": Uniform(0, 1)})).certificate
        >>> check(certificate).valid, check(certificate.to_json().replace("0.5", "0.6", 1)).valid
        (True, False)
    """
    if isinstance(certificate, Certificate):
        text = certificate.text
    elif isinstance(certificate, PathLike):
        try:
            text = Path(certificate).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"the certificate {str(certificate)!r} cannot be read: {error}.") from None
    elif isinstance(certificate, str):
        text = certificate
    else:
        raise InvalidInput(f"certificate must be a Certificate, JSON text or a path; got {type(certificate).__name__}.")
    return check_text(text, None if progress is None else lambda share: progress("checking", share))
