// Poseidon2 over Goldilocks, one state a thread. Elements are loose words throughout; sums are taken as integers of 96
// bits and reduced once: rows of the external matrix sum to at most 49.
#pragma once

#include "goldilocks.cuh"
#include "poseidon2_31_bits.cuh"

struct Sum {
    u32 x0, x1, x2;

    static HD Sum of(u64 a) { return {Goldilocks::low(a), Goldilocks::high(a), 0}; }
    HD u64 loose() const { return Goldilocks::reduce_3(x0, x1, x2); }
};

HD Sum operator+(Sum a, Sum b) {
    Sum s;
#ifdef __CUDA_ARCH__
    asm("add.cc.u32 %0, %3, %6; addc.cc.u32 %1, %4, %7; addc.u32 %2, %5, %8;"
        : "=&r"(s.x0), "=&r"(s.x1), "=&r"(s.x2)
        : "r"(a.x0), "r"(a.x1), "r"(a.x2), "r"(b.x0), "r"(b.x1), "r"(b.x2));
#else
    u64 x = static_cast<u64>(a.x0) + b.x0, y = (x >> 32) + a.x1 + b.x1;
    s = {static_cast<u32>(x), static_cast<u32>(y), static_cast<u32>(y >> 32) + a.x2 + b.x2};
#endif
    return s;
}

// a b + c, loose, of loose words
HD u64 multiply_add(u64 a, u64 b, u64 c) {
    u32 x0, x1, x2, x3;
#ifdef __CUDA_ARCH__
    asm("{ mad.lo.cc.u32 %0, %4, %6, %8; madc.hi.cc.u32 %1, %4, %6, %9; madc.lo.cc.u32 %2, %5, %7, 0; madc.hi.u32 %3, %5, %7, 0;"
        "  mad.lo.cc.u32 %1, %4, %7, %1; madc.hi.cc.u32 %2, %4, %7, %2; addc.u32 %3, %3, 0;"
        "  mad.lo.cc.u32 %1, %5, %6, %1; madc.hi.cc.u32 %2, %5, %6, %2; addc.u32 %3, %3, 0; }"
        : "=&r"(x0), "=&r"(x1), "=&r"(x2), "=&r"(x3)
        : "r"(Goldilocks::low(a)), "r"(Goldilocks::high(a)), "r"(Goldilocks::low(b)), "r"(Goldilocks::high(b)),
          "r"(Goldilocks::low(c)), "r"(Goldilocks::high(c)));
#else
    unsigned __int128 x = static_cast<unsigned __int128>(a) * b + c;
    u64 low = static_cast<u64>(x), high = static_cast<u64>(x >> 64);
    x0 = Goldilocks::low(low), x1 = Goldilocks::high(low), x2 = Goldilocks::low(high), x3 = Goldilocks::high(high);
#endif
    return Goldilocks::reduce_4(x0, x1, x2, x3);
}

template <u32 WIDTH>
struct PermutationGoldilocks {
    typedef Goldilocks Field;
    typedef u64 Word;
    typedef RoundConstants<u64, WIDTH, 22> Constants;

    static HD u64 enter(u64 a) { return a; }
    static HD u64 leave(u64 a) { return Goldilocks::canonical(a); }

    static HD u64 seventh_power(u64 x) {
        u64 square = Goldilocks::mul_loose(x, x), cube = Goldilocks::mul_loose(square, x);
        return Goldilocks::mul_loose(cube, Goldilocks::mul_loose(square, square));
    }

    // circulant (2, 3, 1, 1) on every four, then to each the sum of all in its place of four
    static HD void external(u64* s) {
        Sum x[WIDTH], sums[4];
        UNROLL for (u32 i = 0; i < WIDTH; i += 4) {
            Sum a = Sum::of(s[i]), b = Sum::of(s[i + 1]), c = Sum::of(s[i + 2]), d = Sum::of(s[i + 3]);
            Sum ab = a + b, cd = c + d, all = ab + cd, with_b = all + b, with_d = all + d;
            x[i] = with_b + ab;
            x[i + 1] = with_b + (c + c);
            x[i + 2] = with_d + cd;
            x[i + 3] = with_d + (a + a);
            UNROLL for (u32 j = 0; j < 4; j++) sums[j] = i ? sums[j] + x[i + j] : x[j];
        }
        UNROLL for (u32 i = 0; i < WIDTH; i++) s[i] = (x[i] + sums[i & 3]).loose();
    }

    static HD void full_round(u64* s, const u64* constants) {
        UNROLL for (u32 i = 0; i < WIDTH; i++) s[i] = seventh_power(Goldilocks::add_loose(s[i], constants[i]));
        external(s);
    }

    static HD void permute(u64* s, const Constants& c) {
        external(s);
        NO_UNROLL for (u32 r = 0; r < 4; r++) full_round(s, c.full[r]);
        NO_UNROLL for (u32 r = 0; r < 22; r++) {
            s[0] = seventh_power(Goldilocks::add_loose(s[0], c.partial[r]));
            Sum total = Sum::of(s[0]);
            UNROLL for (u32 i = 1; i < WIDTH; i++) total = total + Sum::of(s[i]);
            u64 all = total.loose();
            UNROLL for (u32 i = 0; i < WIDTH; i++) s[i] = multiply_add(s[i], c.diagonal[i], all);
        }
        NO_UNROLL for (u32 r = 4; r < 8; r++) full_round(s, c.full[r]);
    }
};
