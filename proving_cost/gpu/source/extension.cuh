// Extensions F[X]/(X^d - W), d = 2 and 4: elements are d coefficients, lowest first, canonical. As in `narrow.cuh`, a
// product over a prime below 2^31 is a Montgomery product: with b in Montgomery form it has the form of a.
#pragma once

#include "goldilocks.cuh"
#include "narrow.cuh"

template <class FIELD, u32 DEGREE>
struct alignas(sizeof(typename FIELD::Word) * DEGREE) Coefficients {
    typename FIELD::Word at[DEGREE];
};

template <class FIELD, u32 DEGREE>
struct Extension {
    typedef FIELD Base;
    typedef typename FIELD::Word Word;
    typedef Coefficients<FIELD, DEGREE> Element;

    static HD Element zero() {
        Element out;
        UNROLL for (u32 i = 0; i < DEGREE; i++) out.at[i] = 0;
        return out;
    }

    static HD Element add(Element a, Element b) {
        UNROLL for (u32 i = 0; i < DEGREE; i++) a.at[i] = FIELD::add(a.at[i], b.at[i]);
        return a;
    }

    static HD Element sub(Element a, Element b) {
        UNROLL for (u32 i = 0; i < DEGREE; i++) a.at[i] = FIELD::sub(a.at[i], b.at[i]);
        return a;
    }

    // by b of the base field
    static HD Element scale(Element a, Word b) {
        UNROLL for (u32 i = 0; i < DEGREE; i++) a.at[i] = FIELD::mul(a.at[i], b);
        return a;
    }

    static HD Element enter(Element a) {
        UNROLL for (u32 i = 0; i < DEGREE; i++) a.at[i] = FIELD::enter(a.at[i]);
        return a;
    }
};

// degree 4 over a prime p below 2^31: sums of two products stay below p 2^32, and are reduced once
template <class FIELD, u32 NONRESIDUE>
struct Quartic : Extension<FIELD, 4> {
    typedef typename Extension<FIELD, 4>::Element Element;

    // W a, by doublings and additions
    static HD u32 times_nonresidue(u32 a) {
        u32 two = FIELD::add(a, a), three = FIELD::add(two, a);
        if (NONRESIDUE == 3) return three;
        u32 four = FIELD::add(two, two), eight = FIELD::add(four, four);
        return FIELD::add(eight, three);
    }

    static HD Element mul(Element a, Element b) {
        static_assert(NONRESIDUE == 3 || NONRESIDUE == 11, "times_nonresidue knows 3 and 11");
        Element out;
        u32 turned[4];
        UNROLL for (u32 j = 1; j < 4; j++) turned[j] = times_nonresidue(b.at[j]);
        UNROLL for (u32 k = 0; k < 4; k++) {
            u64 sums[2] = {0, 0};
            UNROLL for (u32 i = 0; i < 4; i++) sums[i / 2] += multiply_wide(a.at[i], i <= k ? b.at[k - i] : turned[(4 + k - i) & 3]);
            out.at[k] = FIELD::add(FIELD::reduce(sums[0]), FIELD::reduce(sums[1]));
        }
        return out;
    }
};

typedef Quartic<BabyBear, 11> BabyBear4;
typedef Quartic<KoalaBear, 3> KoalaBear4;

// X^2 - 7 over Goldilocks, by three products
struct Goldilocks2 : Extension<Goldilocks, 2> {
    static HD Element mul(Element a, Element b) {
        u64 low = Goldilocks::mul(a.at[0], b.at[0]), high = Goldilocks::mul(a.at[1], b.at[1]);
        u64 cross = Goldilocks::mul(Goldilocks::add(a.at[0], a.at[1]), Goldilocks::add(b.at[0], b.at[1]));
        u64 two = Goldilocks::add(high, high), four = Goldilocks::add(two, two);
        u64 seven = Goldilocks::sub(Goldilocks::add(four, four), high);
        return {{Goldilocks::add(low, seven), Goldilocks::sub(Goldilocks::sub(cross, low), high)}};
    }
};
