"""One property a file; `registry.py` lists them by name."""
