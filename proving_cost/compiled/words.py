"""Arithmetic on 64-bit words with carries, which neither numpy nor plain numba offers.

A product in full is one machine instruction, and a sum of four words one chain of additions with carry.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

WORD = ir.IntType(64)
SIGNED = ir.IntType(320)  # a word above the four, so that a difference has a sign
FOUR = types.UniTuple(types.uint64, 4)


@intrinsic
def multiply_add(typing_context, a, b, c, d):
    """a*b + c + d of four `uint64` as (low word, high word); it cannot overflow."""
    word = types.uint64

    def generate(context, builder, signature, arguments):
        wide = ir.IntType(128)
        a, b, c, d = (builder.zext(v, wide) for v in arguments)
        total = builder.add(builder.add(builder.mul(a, b), c), d)
        low = builder.trunc(total, WORD)
        high = builder.trunc(builder.lshr(total, ir.Constant(wide, 64)), WORD)
        return context.make_tuple(builder, signature.return_type, (low, high))

    return types.UniTuple(word, 2)(word, word, word, word), generate


@intrinsic
def add_below(typing_context, a, b, bound):
    """a + b, less `bound` if that leaves it at 0 or above; of four words each, the lowest first."""

    def generate(context, builder, signature, arguments):
        a, b, bound = (_joined(builder, v) for v in arguments)
        total = builder.add(a, b)
        less = builder.sub(total, bound)
        negative = builder.icmp_signed("<", less, ir.Constant(SIGNED, 0))
        return _split(context, builder, builder.select(negative, total, less))

    return FOUR(FOUR, FOUR, FOUR), generate


@intrinsic
def sub_below(typing_context, a, b, bound):
    """a - b, and `bound` more if that is below 0."""

    def generate(context, builder, signature, arguments):
        a, b, bound = (_joined(builder, v) for v in arguments)
        less = builder.sub(a, b)
        zero = ir.Constant(SIGNED, 0)
        negative = builder.icmp_signed("<", less, zero)
        return _split(context, builder, builder.add(less, builder.select(negative, bound, zero)))

    return FOUR(FOUR, FOUR, FOUR), generate


def _joined(builder, words):
    total = ir.Constant(SIGNED, 0)
    for i in range(4):
        word = builder.zext(builder.extract_value(words, i), SIGNED)
        total = builder.or_(total, builder.shl(word, ir.Constant(SIGNED, 64 * i)))
    return total


def _split(context, builder, value):
    words = [builder.trunc(builder.lshr(value, ir.Constant(SIGNED, 64 * i)), WORD) for i in range(4)]
    return context.make_tuple(builder, FOUR, words)
