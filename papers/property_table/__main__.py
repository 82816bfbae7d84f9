"""The table of published properties beside our verdicts: `python -m papers.property_table` writes docs/property_table.md.

It takes about a minute, from the root of the repository.
"""

from __future__ import annotations

import sys

from papers.property_table.page import PAGE, page_of


def main() -> int:
    """Write the page."""
    PAGE.write_text(page_of(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
