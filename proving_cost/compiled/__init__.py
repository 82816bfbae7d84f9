"""Loops that numba compiles; every one has a reference on `galois` or Python integers beside its caller.

Nothing here checks its input or counts: callers do.
"""
