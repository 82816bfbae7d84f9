"""Files named on the command line: their text, or one sentence about what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from mechanisms.errors import InvalidInput

MARKET_BYTES = 4_000_000  # a market with a hundred thousand samples has half of it
CERTIFICATE_BYTES = 64_000_000  # a thousand times the usual


def shown_name(path: Path) -> str:
    """A file name fit for one line of an error."""
    return printable(str(path), 100)


def printable(text: str, longest: int = 60) -> str:
    """A text with everything that is not printable escaped, cut to a length."""
    escaped = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
    return escaped if len(escaped) <= longest else escaped[: longest - 3] + "..."


def read_text(path: Path, what: str, most_bytes: int) -> str:
    """The text of a file in UTF-8 (a byte-order mark is dropped).

    Arguments:
        path: the file.
        what: what the file must be, for errors: `"a market file"`.
        most_bytes: largest size accepted.

    Raises:
        InvalidInput: it cannot be read, is empty, too large or not text.
    """
    name = shown_name(path)
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except IsADirectoryError:
        raise InvalidInput(f"{name}: {what} must be a file; got a directory. Name the file in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable file name"
        raise InvalidInput(f"{name}: {what} must be a readable file; got {reason!r}. Check the path.") from None
    if len(data) > most_bytes:
        raise InvalidInput(
            f"{name}: {what} must have at most {most_bytes // 1_000_000} MB; got more. Check that it is the right file."
        )
    if not data.strip():
        raise InvalidInput(f"{name}: {what} must not be empty; got no text. Check that it was written completely.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            f"{name}:{line}: {what} must be UTF-8 text; got the byte 0x{data[error.start]:02x}. Save it as UTF-8."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidInput(f"{name}:{line}: {what} must be text; got a NUL byte. Save it as UTF-8.")
    return text


def writable(path: Path, option: str, taken: tuple[Path, ...]) -> None:
    """Refuses, before anything is computed, a file that cannot be written.

    Arguments:
        path: the file to write; one that exists is replaced.
        option: the option that names it, for errors.
        taken: files of the same command, which must not be written over.

    Raises:
        InvalidInput: naming the option.
    """
    name = shown_name(path)
    if path.is_dir():
        raise InvalidInput(f"{option} must name a file; got the directory {name}. Add a file name.")
    if not path.parent.is_dir():
        raise InvalidInput(f"{option} must name a file in a folder that exists; got {name}. Make the folder first.")
    if path.resolve() in [other.resolve() for other in taken]:
        raise InvalidInput(f"{option} must not name another file of this command; got {name}. Choose another name.")


def write(path: Path, data: bytes, option: str) -> None:
    """Writes a whole file.

    Raises:
        InvalidInput: the system refuses, and why.
    """
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InvalidInput(
            f"{option} must name a file that can be written; got {shown_name(path)}: {error.strerror}. Choose another."
        ) from None
