// Poseidon2 over a prime below 2^31, one state a thread, in Montgomery form. `proving_cost.kernels.poseidon2` states it.
#pragma once

#include "narrow.cuh"

template <class WORD, u32 WIDTH, u32 PARTIAL>
struct RoundConstants {
    WORD full[8][WIDTH];
    WORD partial[PARTIAL];
    WORD diagonal[WIDTH];
};

template <class FIELD, u32 WIDTH, u32 ALPHA, u32 PARTIAL>
struct Permutation31 {
    typedef FIELD Field;
    typedef u32 Word;
    typedef RoundConstants<u32, WIDTH, PARTIAL> Constants;

    static HD u32 enter(u32 a) { return FIELD::enter(a); }
    static HD u32 leave(u32 a) { return FIELD::leave(a); }

    static HD u32 power(u32 x) {
        u32 square = FIELD::mul(x, x), cube = FIELD::mul(square, x);
        return ALPHA == 3 ? cube : FIELD::mul(cube, FIELD::mul(square, square));
    }

    // circulant (2, 3, 1, 1) on every four, then to each the sum of all in its place of four
    static HD void external(u32* s) {
        u32 sums[4] = {0, 0, 0, 0};
        UNROLL for (u32 i = 0; i < WIDTH; i += 4) {
            u32 a = s[i], b = s[i + 1], c = s[i + 2], d = s[i + 3];
            u32 ab = FIELD::add(a, b), cd = FIELD::add(c, d), all = FIELD::add(ab, cd);
            u32 with_b = FIELD::add(all, b), with_d = FIELD::add(all, d);
            s[i] = FIELD::add(with_b, ab);
            s[i + 1] = FIELD::add(with_b, FIELD::add(c, c));
            s[i + 2] = FIELD::add(with_d, cd);
            s[i + 3] = FIELD::add(with_d, FIELD::add(a, a));
            UNROLL for (u32 j = 0; j < 4; j++) sums[j] = i ? FIELD::add(sums[j], s[i + j]) : s[j];
        }
        UNROLL for (u32 i = 0; i < WIDTH; i++) s[i] = FIELD::add(s[i], sums[i & 3]);
    }

    static HD void full_round(u32* s, const u32* constants) {
        UNROLL for (u32 i = 0; i < WIDTH; i++) s[i] = power(FIELD::add(s[i], constants[i]));
        external(s);
    }

    static HD void permute(u32* s, const Constants& c) {
        external(s);
        NO_UNROLL for (u32 r = 0; r < 4; r++) full_round(s, c.full[r]);
        NO_UNROLL for (u32 r = 0; r < PARTIAL; r++) {
            s[0] = power(FIELD::add(s[0], c.partial[r]));
            u32 total = s[0];
            UNROLL for (u32 i = 1; i < WIDTH; i++) total = FIELD::add(total, s[i]);
            UNROLL for (u32 i = 0; i < WIDTH; i++) s[i] = FIELD::add(FIELD::mul(s[i], c.diagonal[i]), total);
        }
        NO_UNROLL for (u32 r = 4; r < 8; r++) full_round(s, c.full[r]);
    }
};
