"""Kernels for a GPU, written once: CuPy compiles them for a card, a C++ compiler for an emulation on the host."""
