"""Every error the project raises on purpose.

```
ValueError
└── MarketError        the message is the sentence to show; nothing else needs printing
    ├── InvalidInput   a parameter or a file is wrong: what, where, must be, got, try
    ├── Refused        a combination without mathematical meaning, or outside the scope, and why
    ├── MissingExtra   an optional dependency is absent: one line with the install command
    └── SolverFailure  no answer within the limits that were set (exit status 3)
```

The command line turns any of them into one line on standard error and never shows a traceback.
"""

from __future__ import annotations


class MarketError(ValueError):
    """Root of the hierarchy; its message is one sentence that may be shown as it is."""


class InvalidInput(MarketError):
    """A parameter or a file entry is not what it must be.

    The message follows one grammar, *what, where, must be, got, try*, and begins with the name of the
    parameter at fault, so that a reader of files can put the path of the table in front of it.
    """


class Refused(MarketError):
    """The request is well formed but has no mathematical meaning here, or lies outside the scope."""


class MissingExtra(MarketError):
    """An optional dependency is not installed."""


class SolverFailure(MarketError):
    """A solver found no answer within its limits; nothing is claimed about the problem."""
