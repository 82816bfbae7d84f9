"""Sphinx configuration; `make docs` treats warnings as errors."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent / "benchmarks" / "results.txt"

# Sphinx finds an extension of one's own by the import path; there is no other way to name a folder.
sys.path.insert(0, str(HERE / "_extensions"))

project = "prover-markets"
author = "The prover-markets authors"
copyright = "the prover-markets authors"
version = release = installed_version("prover-markets")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "myst_parser",
    "myst_docstrings",
]
exclude_patterns = ["_build", "_extensions"]
html_theme = "furo"
html_title = "prover-markets"

default_role = "code"
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
napoleon_use_ivar = True  # an "Attributes:" section then describes fields without documenting them twice
napoleon_use_rtype = False


def insert_benchmarks(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the table that `make bench` printed, if there is one, where the page asks for it."""
    if docname == "benchmarks":
        table = TABLE.read_text("utf-8").rstrip() if TABLE.is_file() else "not yet measured"
        source[0] = source[0].replace("<!-- table -->", f"```text\n{table}\n```")


def setup(app: Sphinx) -> None:
    app.connect("source-read", insert_benchmarks)
