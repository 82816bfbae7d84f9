// Shorter rows, and what else a square is made of; see `wide_rows.cuh`.
#pragma once

#include "wide_rows.cuh"

namespace rows {

// sum += (x[0], x[2], ...) * y over as many limbs of x as the name says, which must not overflow
HD void add_one(u32* sum, const u32* x, u32 y) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %2, %3, %0;\n\t"
        "madc.hi.u32    %1, %2, %3, %1;\n\t"
        : "+r"(sum[0]), "+r"(sum[1])
        : "r"(x[0]), "r"(y));
#else
    u32 carry = 0;
    for (int i = 0; i < 2; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
#endif
}

HD void add_two(u32* sum, const u32* x, u32 y) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %4, %6, %0;\n\t"
        "madc.hi.cc.u32 %1, %4, %6, %1;\n\t"
        "madc.lo.cc.u32 %2, %5, %6, %2;\n\t"
        "madc.hi.u32    %3, %5, %6, %3;\n\t"
        : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3])
        : "r"(x[0]), "r"(x[2]), "r"(y));
#else
    u32 carry = 0;
    for (int i = 0; i < 4; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
#endif
}

HD void add_three(u32* sum, const u32* x, u32 y) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %6, %9, %0;\n\t"
        "madc.hi.cc.u32 %1, %6, %9, %1;\n\t"
        "madc.lo.cc.u32 %2, %7, %9, %2;\n\t"
        "madc.hi.cc.u32 %3, %7, %9, %3;\n\t"
        "madc.lo.cc.u32 %4, %8, %9, %4;\n\t"
        "madc.hi.u32    %5, %8, %9, %5;\n\t"
        : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3]), "+r"(sum[4]), "+r"(sum[5])
        : "r"(x[0]), "r"(x[2]), "r"(x[4]), "r"(y));
#else
    u32 carry = 0;
    for (int i = 0; i < 6; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
#endif
}

// the same, and next is what overflows, 0 or 1
HD void add_one(u32* sum, const u32* x, u32 y, u32& next) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %3, %4, %0;\n\t"
        "madc.hi.cc.u32 %1, %3, %4, %1;\n\t"
        "addc.u32       %2, 0, 0;\n\t"
        : "+r"(sum[0]), "+r"(sum[1]), "=&r"(next)
        : "r"(x[0]), "r"(y));
#else
    u32 carry = 0;
    for (int i = 0; i < 2; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
    next = carry;
#endif
}

HD void add_two(u32* sum, const u32* x, u32 y, u32& next) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %5, %7, %0;\n\t"
        "madc.hi.cc.u32 %1, %5, %7, %1;\n\t"
        "madc.lo.cc.u32 %2, %6, %7, %2;\n\t"
        "madc.hi.cc.u32 %3, %6, %7, %3;\n\t"
        "addc.u32       %4, 0, 0;\n\t"
        : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3]), "=&r"(next)
        : "r"(x[0]), "r"(x[2]), "r"(y));
#else
    u32 carry = 0;
    for (int i = 0; i < 4; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
    next = carry;
#endif
}

HD void add_three(u32* sum, const u32* x, u32 y, u32& next) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %7, %10, %0;\n\t"
        "madc.hi.cc.u32 %1, %7, %10, %1;\n\t"
        "madc.lo.cc.u32 %2, %8, %10, %2;\n\t"
        "madc.hi.cc.u32 %3, %8, %10, %3;\n\t"
        "madc.lo.cc.u32 %4, %9, %10, %4;\n\t"
        "madc.hi.cc.u32 %5, %9, %10, %5;\n\t"
        "addc.u32       %6, 0, 0;\n\t"
        : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3]), "+r"(sum[4]), "+r"(sum[5]), "=&r"(next)
        : "r"(x[0]), "r"(x[2]), "r"(x[4]), "r"(y));
#else
    u32 carry = 0;
    for (int i = 0; i < 6; i += 2) step(sum[i], sum[i + 1], x[i], y, carry);
    next = carry;
#endif
}

// sum += the squares of x[i] at 2i, for sixteen limbs that must not overflow
HD void add_squares(u32* sum, const u32* x) {
#ifdef __CUDA_ARCH__
    asm("mad.lo.cc.u32  %0, %16, %16, %0;\n\t"
        "madc.hi.cc.u32 %1, %16, %16, %1;\n\t"
        "madc.lo.cc.u32 %2, %17, %17, %2;\n\t"
        "madc.hi.cc.u32 %3, %17, %17, %3;\n\t"
        "madc.lo.cc.u32 %4, %18, %18, %4;\n\t"
        "madc.hi.cc.u32 %5, %18, %18, %5;\n\t"
        "madc.lo.cc.u32 %6, %19, %19, %6;\n\t"
        "madc.hi.cc.u32 %7, %19, %19, %7;\n\t"
        "madc.lo.cc.u32 %8, %20, %20, %8;\n\t"
        "madc.hi.cc.u32 %9, %20, %20, %9;\n\t"
        "madc.lo.cc.u32 %10, %21, %21, %10;\n\t"
        "madc.hi.cc.u32 %11, %21, %21, %11;\n\t"
        "madc.lo.cc.u32 %12, %22, %22, %12;\n\t"
        "madc.hi.cc.u32 %13, %22, %22, %13;\n\t"
        "madc.lo.cc.u32 %14, %23, %23, %14;\n\t"
        "madc.hi.u32    %15, %23, %23, %15;\n\t"
        : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3]), "+r"(sum[4]), "+r"(sum[5]), "+r"(sum[6]), "+r"(sum[7]),
          "+r"(sum[8]), "+r"(sum[9]), "+r"(sum[10]), "+r"(sum[11]), "+r"(sum[12]), "+r"(sum[13]), "+r"(sum[14]), "+r"(sum[15])
        : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(x[4]), "r"(x[5]), "r"(x[6]), "r"(x[7]));
#else
    u32 carry = 0;
    for (int i = 0; i < 8; i++) step(sum[2 * i], sum[2 * i + 1], x[i], x[i], carry);
#endif
}

// out = odd + (even << 32), for fourteen and twelve limbs
HD void interleave(u32* out, const u32* odd, const u32* even) {
#ifdef __CUDA_ARCH__
    UNROLL
    for (int i = 0; i < 14; i++) out[i] = odd[i];
    asm("add.cc.u32  %0, %0, %13;\n\t"
        "addc.cc.u32 %1, %1, %14;\n\t"
        "addc.cc.u32 %2, %2, %15;\n\t"
        "addc.cc.u32 %3, %3, %16;\n\t"
        "addc.cc.u32 %4, %4, %17;\n\t"
        "addc.cc.u32 %5, %5, %18;\n\t"
        "addc.cc.u32 %6, %6, %19;\n\t"
        "addc.cc.u32 %7, %7, %20;\n\t"
        "addc.cc.u32 %8, %8, %21;\n\t"
        "addc.cc.u32 %9, %9, %22;\n\t"
        "addc.cc.u32 %10, %10, %23;\n\t"
        "addc.cc.u32 %11, %11, %24;\n\t"
        "addc.u32    %12, %12, 0;\n\t"
        : "+r"(out[1]), "+r"(out[2]), "+r"(out[3]), "+r"(out[4]), "+r"(out[5]), "+r"(out[6]), "+r"(out[7]),
          "+r"(out[8]), "+r"(out[9]), "+r"(out[10]), "+r"(out[11]), "+r"(out[12]), "+r"(out[13])
        : "r"(even[0]), "r"(even[1]), "r"(even[2]), "r"(even[3]), "r"(even[4]), "r"(even[5]),
          "r"(even[6]), "r"(even[7]), "r"(even[8]), "r"(even[9]), "r"(even[10]), "r"(even[11]));
#else
    u64 carry = 0;
    for (int i = 0; i < 14; i++) {
        carry += static_cast<u64>(odd[i]) + (i > 0 && i < 13 ? even[i - 1] : 0);
        out[i] = static_cast<u32>(carry);
        carry >>= 32;
    }
#endif
}

// low += sum[1]; m = low * factor; then, with the carry of the first, sum = (sum >> 64) + (x[0], x[2], x[4], x[6]) * m,
// which must not overflow
HD void shift_reduce(u32* sum, u32& low, u32& m, const u32* x, u32 factor) {
#ifdef __CUDA_ARCH__
    u32 out[8];
    asm("add.cc.u32     %8, %8, %10;\n\t"
        "mul.lo.u32     %9, %8, %21;\n\t"
        "madc.lo.cc.u32 %0, %17, %9, %11;\n\t"
        "madc.hi.cc.u32 %1, %17, %9, %12;\n\t"
        "madc.lo.cc.u32 %2, %18, %9, %13;\n\t"
        "madc.hi.cc.u32 %3, %18, %9, %14;\n\t"
        "madc.lo.cc.u32 %4, %19, %9, %15;\n\t"
        "madc.hi.cc.u32 %5, %19, %9, %16;\n\t"
        "madc.lo.cc.u32 %6, %20, %9, 0;\n\t"
        "madc.hi.u32    %7, %20, %9, 0;\n\t"
        : "=&r"(out[0]), "=&r"(out[1]), "=&r"(out[2]), "=&r"(out[3]), "=&r"(out[4]), "=&r"(out[5]), "=&r"(out[6]), "=&r"(out[7]),
          "+r"(low), "=&r"(m)
        : "r"(sum[1]), "r"(sum[2]), "r"(sum[3]), "r"(sum[4]), "r"(sum[5]), "r"(sum[6]), "r"(sum[7]),
          "r"(x[0]), "r"(x[2]), "r"(x[4]), "r"(x[6]), "r"(factor));
    UNROLL
    for (int i = 0; i < 8; i++) sum[i] = out[i];
#else
    m = (low + sum[1]) * factor;
    shift_add(sum, low, x, m);
#endif
}

// the square of eight limbs: products of two different limbs by rows, odd and even columns apart, doubled, and squares
HD void square(u32* out, const u32* a) {
    u32 odd[14], even[12];  // from limb 1 and from limb 2
    first(odd, a + 1, a[0]);
    UNROLL
    for (int i = 0; i < 6; i++) even[i] = 0;
    add_three(even, a + 2, a[0]);
    add_three(odd + 2, a + 2, a[1], odd[8]);
    even[6] = even[7] = odd[9] = 0;
    add_three(even + 2, a + 3, a[1]);
    add_three(odd + 4, a + 3, a[2]);
    add_two(even + 4, a + 4, a[2], even[8]);
    add_two(odd + 6, a + 4, a[3], odd[10]);
    even[9] = odd[11] = 0;
    add_two(even + 6, a + 5, a[3]);
    add_two(odd + 8, a + 5, a[4]);
    add_one(even + 8, a + 6, a[4], even[10]);
    add_one(odd + 10, a + 6, a[5], odd[12]);
    even[11] = odd[13] = 0;
    add_one(even + 10, a + 7, a[5]);
    add_one(odd + 12, a + 7, a[6]);
    u32 crossed[14];
    interleave(crossed, odd, even);
    out[0] = 0;
    UNROLL
    for (int i = 0; i < 15; i++) out[i + 1] = (i < 14 ? crossed[i] << 1 : 0) | (i ? crossed[i - 1] >> 31 : 0);
    add_squares(out, a);
}

}  // namespace rows
