"""Products of 64-bit words in full: one machine instruction, which neither numpy nor plain numba offers."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def multiply_add(typing_context, a, b, c, d):
    """a*b + c + d of four `uint64` as (low word, high word); it cannot overflow."""
    word = types.uint64

    def generate(context, builder, signature, arguments):
        wide = ir.IntType(128)
        a, b, c, d = (builder.zext(v, wide) for v in arguments)
        total = builder.add(builder.add(builder.mul(a, b), c), d)
        low = builder.trunc(total, ir.IntType(64))
        high = builder.trunc(builder.lshr(total, ir.Constant(wide, 64)), ir.IntType(64))
        return context.make_tuple(builder, signature.return_type, (low, high))

    return types.UniTuple(word, 2)(word, word, word, word), generate
