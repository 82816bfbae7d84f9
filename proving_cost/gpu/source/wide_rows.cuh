// Rows of a schoolbook product: every other limb of one factor times one word of the other, added to eight limbs.
//
// On a GPU each row is one block of PTX, so that its carries run through one chain of wide multiply-adds and no carry
// is kept from one row to the next. On the host the same rows are written with 64-bit words; tests run the PTX text
// on Python integers and compare the two.
#pragma once

#include "platform.cuh"

namespace rows {

// sum = (x[0], x[2], x[4], x[6]) * y
HD void first(u32* sum, const u32* x, u32 y) {
    UNROLL
    for (int i = 0; i < 8; i += 2) {
        u64 t = multiply_wide(x[i], y);
        sum[i] = static_cast<u32>(t);
        sum[i + 1] = static_cast<u32>(t >> 32);
    }
}

#ifndef __CUDA_ARCH__

// one step of a chain: sum[0..1] += x * y + carry
HD void step(u32& low, u32& high, u32 x, u32 y, u32& carry) {
    u64 t = multiply_wide(x, y);  // at most (2^32 - 1)^2, so that its upper word plus one does not overflow
    u64 lower = static_cast<u64>(low) + static_cast<u32>(t) + carry;
    u64 upper = static_cast<u64>(high) + (t >> 32) + (lower >> 32);
    low = static_cast<u32>(lower);
    high = static_cast<u32>(upper);
    carry = static_cast<u32>(upper >> 32);
}

#endif

// sum += (x[0], x[2], x[4], x[6]) * y, which must not overflow
HD void add(u32* sum, const u32* x, u32 y) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %8, %12, %0;\n\t"
        "madc.hi.cc.u32 %1, %8, %12, %1;\n\t"
        "madc.lo.cc.u32 %2, %9, %12, %2;\n\t"
        "madc.hi.cc.u32 %3, %9, %12, %3;\n\t"
        "madc.lo.cc.u32 %4, %10, %12, %4;\n\t"
        "madc.hi.cc.u32 %5, %10, %12, %5;\n\t"
        "madc.lo.cc.u32 %6, %11, %12, %6;\n\t"
        "madc.hi.u32    %7, %11, %12, %7;\n\t"
        : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3]), "+r"(sum[4]), "+r"(sum[5]), "+r"(sum[6]), "+r"(sum[7])
        : "r"(x[0]), "r"(x[2]), "r"(x[4]), "r"(x[6]), "r"(y));
#else
    u32 carry = 0;
    for (int i = 0; i < 8; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
#endif
}

// sum += (x[0], x[2], x[4], x[6]) * y, and what overflows is added to top
HD void add(u32* sum, const u32* x, u32 y, u32& top) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %9, %13, %0;\n\t"
        "madc.hi.cc.u32 %1, %9, %13, %1;\n\t"
        "madc.lo.cc.u32 %2, %10, %13, %2;\n\t"
        "madc.hi.cc.u32 %3, %10, %13, %3;\n\t"
        "madc.lo.cc.u32 %4, %11, %13, %4;\n\t"
        "madc.hi.cc.u32 %5, %11, %13, %5;\n\t"
        "madc.lo.cc.u32 %6, %12, %13, %6;\n\t"
        "madc.hi.cc.u32 %7, %12, %13, %7;\n\t"
        "addc.u32       %8, %8, 0;\n\t"
        : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3]), "+r"(sum[4]), "+r"(sum[5]), "+r"(sum[6]), "+r"(sum[7]),
          "+r"(top)
        : "r"(x[0]), "r"(x[2]), "r"(x[4]), "r"(x[6]), "r"(y));
#else
    u32 carry = 0;
    for (int i = 0; i < 8; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
    top += carry;
#endif
}

// low += sum[1], then, with its carry, sum = (sum >> 64) + (x[0], x[2], x[4], x[6]) * y, which must not overflow
HD void shift_add(u32* sum, u32& low, const u32* x, u32 y) {
#ifdef __CUDA_ARCH__
    u32 out[8];
    asm("add.cc.u32     %8, %8, %9;\n\t"
        "madc.lo.cc.u32 %0, %16, %20, %10;\n\t"
        "madc.hi.cc.u32 %1, %16, %20, %11;\n\t"
        "madc.lo.cc.u32 %2, %17, %20, %12;\n\t"
        "madc.hi.cc.u32 %3, %17, %20, %13;\n\t"
        "madc.lo.cc.u32 %4, %18, %20, %14;\n\t"
        "madc.hi.cc.u32 %5, %18, %20, %15;\n\t"
        "madc.lo.cc.u32 %6, %19, %20, 0;\n\t"
        "madc.hi.u32    %7, %19, %20, 0;\n\t"
        : "=&r"(out[0]), "=&r"(out[1]), "=&r"(out[2]), "=&r"(out[3]), "=&r"(out[4]), "=&r"(out[5]), "=&r"(out[6]), "=&r"(out[7]),
          "+r"(low)
        : "r"(sum[1]), "r"(sum[2]), "r"(sum[3]), "r"(sum[4]), "r"(sum[5]), "r"(sum[6]), "r"(sum[7]),
          "r"(x[0]), "r"(x[2]), "r"(x[4]), "r"(x[6]), "r"(y));
    UNROLL
    for (int i = 0; i < 8; i++) sum[i] = out[i];
#else
    u64 t = static_cast<u64>(low) + sum[1];
    low = static_cast<u32>(t);
    u32 carry = static_cast<u32>(t >> 32);
    for (int i = 0; i < 8; i++) sum[i] = i < 6 ? sum[i + 2] : 0;
    for (int i = 0; i < 8; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
#endif
}

// out = (even >> 32) + odd, the sum of two accumulators of which the first has nothing left in its lowest limb
HD void join(u32* out, const u32* even, const u32* odd) {
#ifdef __CUDA_ARCH__
    asm("add.cc.u32  %0, %8, %15;\n\t"
        "addc.cc.u32 %1, %9, %16;\n\t"
        "addc.cc.u32 %2, %10, %17;\n\t"
        "addc.cc.u32 %3, %11, %18;\n\t"
        "addc.cc.u32 %4, %12, %19;\n\t"
        "addc.cc.u32 %5, %13, %20;\n\t"
        "addc.cc.u32 %6, %14, %21;\n\t"
        "addc.u32    %7, %22, 0;\n\t"
        : "=&r"(out[0]), "=&r"(out[1]), "=&r"(out[2]), "=&r"(out[3]), "=&r"(out[4]), "=&r"(out[5]), "=&r"(out[6]), "=&r"(out[7])
        : "r"(even[1]), "r"(even[2]), "r"(even[3]), "r"(even[4]), "r"(even[5]), "r"(even[6]), "r"(even[7]),
          "r"(odd[0]), "r"(odd[1]), "r"(odd[2]), "r"(odd[3]), "r"(odd[4]), "r"(odd[5]), "r"(odd[6]), "r"(odd[7]));
#else
    u64 carry = 0;
    for (int i = 0; i < 8; i++) {
        carry += static_cast<u64>(odd[i]) + (i < 7 ? even[i + 1] : 0);
        out[i] = static_cast<u32>(carry);
        carry >>= 32;
    }
#endif
}

// out = a + b modulo 2^256
HD void sum(u32* out, const u32* a, const u32* b) {
#ifdef __CUDA_ARCH__
    asm("add.cc.u32  %0, %8, %16;\n\t"
        "addc.cc.u32 %1, %9, %17;\n\t"
        "addc.cc.u32 %2, %10, %18;\n\t"
        "addc.cc.u32 %3, %11, %19;\n\t"
        "addc.cc.u32 %4, %12, %20;\n\t"
        "addc.cc.u32 %5, %13, %21;\n\t"
        "addc.cc.u32 %6, %14, %22;\n\t"
        "addc.u32    %7, %15, %23;\n\t"
        : "=&r"(out[0]), "=&r"(out[1]), "=&r"(out[2]), "=&r"(out[3]), "=&r"(out[4]), "=&r"(out[5]), "=&r"(out[6]), "=&r"(out[7])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(a[4]), "r"(a[5]), "r"(a[6]), "r"(a[7]),
          "r"(b[0]), "r"(b[1]), "r"(b[2]), "r"(b[3]), "r"(b[4]), "r"(b[5]), "r"(b[6]), "r"(b[7]));
#else
    u64 carry = 0;
    u32 got[8];
    for (int i = 0; i < 8; i++) {
        carry += static_cast<u64>(a[i]) + b[i];
        got[i] = static_cast<u32>(carry);
        carry >>= 32;
    }
    for (int i = 0; i < 8; i++) out[i] = got[i];
#endif
}

// out = a - b modulo 2^256, and all ones where a < b, else 0
HD u32 difference(u32* out, const u32* a, const u32* b) {
#ifdef __CUDA_ARCH__
    u32 borrow;
    asm("sub.cc.u32  %0, %9, %17;\n\t"
        "subc.cc.u32 %1, %10, %18;\n\t"
        "subc.cc.u32 %2, %11, %19;\n\t"
        "subc.cc.u32 %3, %12, %20;\n\t"
        "subc.cc.u32 %4, %13, %21;\n\t"
        "subc.cc.u32 %5, %14, %22;\n\t"
        "subc.cc.u32 %6, %15, %23;\n\t"
        "subc.cc.u32 %7, %16, %24;\n\t"
        "subc.u32    %8, 0, 0;\n\t"
        : "=&r"(out[0]), "=&r"(out[1]), "=&r"(out[2]), "=&r"(out[3]), "=&r"(out[4]), "=&r"(out[5]), "=&r"(out[6]), "=&r"(out[7]),
          "=&r"(borrow)
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(a[4]), "r"(a[5]), "r"(a[6]), "r"(a[7]),
          "r"(b[0]), "r"(b[1]), "r"(b[2]), "r"(b[3]), "r"(b[4]), "r"(b[5]), "r"(b[6]), "r"(b[7]));
    return borrow;
#else
    u64 borrow = 0;
    u32 got[8];
    for (int i = 0; i < 8; i++) {
        u64 t = static_cast<u64>(a[i]) - b[i] - borrow;
        got[i] = static_cast<u32>(t);
        borrow = t >> 63;
    }
    for (int i = 0; i < 8; i++) out[i] = got[i];
    return borrow ? ~0u : 0u;
#endif
}

}  // namespace rows
