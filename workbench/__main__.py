"""`python -m workbench`, the same as `prover-markets`."""

from __future__ import annotations

import io
import sys
import warnings


def main() -> None:
    """Run the command line on the arguments of this process, and end it with the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a label may hold what the terminal cannot show
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # standard error holds one line when something is wrong; -W shows them
    from workbench.commands import program

    program.main(prog_name="prover-markets")


if __name__ == "__main__":
    main()
