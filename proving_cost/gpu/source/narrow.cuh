// Fields of one and of two words. A structure has the type of an element and
//
//     add, sub        of canonical elements, canonical
//     mul(a, b)       canonical, of canonical a and any b. Over a prime below 2^31 it is the Montgomery product
//                     a b / 2^32: with b in Montgomery form, b 2^32, the product is in the form of a
//     mul_loose       as mul, but the result may only be fit to be the b of a product
//     enter, leave    to and from Montgomery form; over Goldilocks nothing
//     one()           1 in Montgomery form
//     times_root_16   times the power e of the root of unity of order 16 of `proving_cost.fields`, 0 <= e < 8; the
//                     compiler must know e
//     turned          the same of a - b
#pragma once

#include "platform.cuh"

template <u32 MODULUS, u32 INVERSE, u32 ROOT_1, u32 ROOT_2, u32 ROOT_3, u32 ROOT_4, u32 ROOT_5, u32 ROOT_6, u32 ROOT_7>
struct Montgomery {
    typedef u32 Word;
    static constexpr u32 P = MODULUS;  // below 2^31
    static constexpr u32 COLUMNS = 32;  // of 128 bytes

    static HD u32 one() { return static_cast<u32>((1ull << 32) % P); }

    static HD u32 add(u32 a, u32 b) {
        u32 s = a + b;
        return smaller(s, s - P);
    }

    static HD u32 sub(u32 a, u32 b) {
        u32 d = a - b;
        return smaller(d, d + P);
    }

    // x / 2^32 for x below P 2^32
    static HD u32 reduce(u64 x) {
        u32 q = static_cast<u32>(x) * INVERSE;
        u32 d = static_cast<u32>(x >> 32) - multiply_high(q, P);
        return smaller(d, d + P);
    }

    static HD u32 mul(u32 a, u32 b) { return reduce(multiply_wide(a, b)); }
    static HD u32 mul_loose(u32 a, u32 b) { return mul(a, b); }
    static HD u32 enter(u32 a) { return mul(a, static_cast<u32>((((1ull << 32) % P) << 32) % P)); }
    static HD u32 leave(u32 a) { return reduce(a); }

    static HD u32 times_root_16(u32 a, u32 e) {
        constexpr u32 ROOTS[8] = {0, ROOT_1, ROOT_2, ROOT_3, ROOT_4, ROOT_5, ROOT_6, ROOT_7};
        return e == 0 ? a : mul(a, ROOTS[e]);
    }

    static HD u32 turned(u32 a, u32 b, u32 e) {
        return e == 0 ? sub(a, b) : times_root_16(a - b + P, e);  // below 2 P will do for a product
    }
};

// 2^31 - 2^27 + 1 and 2^31 - 2^24 + 1; 1/p modulo 2^32; powers of a root of order 16 in Montgomery form
typedef Montgomery<0x78000001u, 0x88000001u, 0x5f06e481u, 0x3d85298fu, 0x45f62656u, 0x1c38d511u, 0x6df1fcdcu, 0x7513f80eu,
                   0x101fd837u>
    BabyBear;
typedef Montgomery<0x7f000001u, 0x81000001u, 0x6d249c01u, 0x60f5ef4du, 0x6b03c3c5u, 0x7b020407u, 0x5000c13au, 0x33059e9eu,
                   0x2c9fa303u>
    KoalaBear;
