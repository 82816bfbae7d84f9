"""A command group that ends in one line on standard error and a status, whatever goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

INVALID, BAD_INPUT, UNKNOWN = 1, 2, 3
INTERRUPTED, BROKEN_PIPE = 130, 141  # as a shell reports the signals


class OneLineErrors(click.Group):
    """A group whose commands return their exit status (None for 0) and raise `MarketError` or click's errors."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs a command and ends the process with its status."""
        try:
            status = super().main(
                args, prog_name, complete_var, standalone_mode=False, windows_expand_args=windows_expand_args, **extra
            )
        except click.UsageError as error:
            place = error.ctx.command_path if error.ctx else "prover-markets"
            status = _say(f"{error.format_message()} Try '{place} --help'.", BAD_INPUT)
        except click.ClickException as error:
            status = _say(error.format_message(), BAD_INPUT)
        except click.Abort:
            status = _say("interrupted", INTERRUPTED)
        except OSError as error:
            status = _say(f"the result could not be written: {error.strerror or error}", BAD_INPUT)
        sys.exit(status or 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command, turning the errors of the project into their status."""
        from mechanisms.errors import MarketError, SolverFailure

        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
            return status
        except MarketError as error:
            return _say(str(error), UNKNOWN if isinstance(error, SolverFailure) else BAD_INPUT)
        except KeyboardInterrupt:
            return _say("interrupted", INTERRUPTED)
        except BrokenPipeError:  # nobody reads on, as after `| head`
            _swallow(sys.stdout)
            return BROKEN_PIPE


def _say(message: str, status: int) -> int:
    from workbench.reading import printable

    text = " ".join(message.split())
    click.echo(f"prover-markets: {printable(text, 1000)}", err=True)
    return status


def _swallow(stream: Any) -> None:
    """Points a closed stream at nothing, so that the interpreter's last flush is quiet too."""
    try:
        target = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, target)
    os.close(nothing)
