// The number-theoretic transform over a narrow field, in passes of 5 to 8 stages each; `proving_cost.gpu.narrow_transform`
// has the mathematics and the tables. With n = N_1 ... N_P, pass i < P transforms the digit j_i of an index
//
//     (k_1, ..., k_{i-1}, j_i, m),    m < M = N_{i+1} ... N_P,
//
// to k_i in its place, and multiplies by w^(k_i m), w of order N_i M; the last pass transforms j_P, of neighbours, and
// writes to k_1 + N_1 k_2 + N_1 N_2 k_3 + ..., natural order. A block holds COLUMNS values of m (of k_1 in the last pass),
// a line of 128 bytes; a thread transforms 2^FIRST elements in registers, exchanges, and transforms by the other 2^SECOND.
#include "goldilocks.cuh"
#include "narrow.cuh"

// sizes of a pass and what else it does; `NarrowTransform.apply` fills it in
struct Pass {
    u32 lg_n;          // of a row
    u32 lg_rest;       // of M; 0 in the last pass
    u32 lg_first;      // of N_1
    u32 lg_second;     // of N_2, and
    u32 lg_third;      // of N_3, where they are neither first nor last, else 0
    u32 lg_low;        // entries of the lower part of a table of powers
    u32 shift;         // 1: multiply input j by s^j (first pass); 2: multiply output i by s^i (last pass)
    u32 reversed;      // the last pass writes value k at (n - k) mod n, which makes the transform an inverse
};

template <class WORD>
struct alignas(16) Line {
    WORD at[16 / sizeof(WORD)];
};

template <class FIELD>
struct Tables {
    typedef typename FIELD::Word Word;
    const Word* RESTRICT inner;  // w^(r_2 q_1), w of order 2^BITS, at r_2 2^FIRST + q_1
    const Word* RESTRICT roots;  // powers of a root of order n: exponents below 2^lg_low, then multiples of it
    const Word* RESTRICT scaled; // the lower part of `roots`, times 1/n in the first pass of an inverse
    const Word* RESTRICT shifts; // powers of s, as `roots`
};

// the stages of a transform on registers that halve blocks of 2 HALF elements, and those after
template <class FIELD, u32 LG, u32 HALF>
HD void stages(typename FIELD::Word* x) {
    UNROLL for (u32 at = 0; at < 1u << LG; at++) {
        if (at & HALF) continue;
        typename FIELD::Word a = x[at], b = x[at + HALF];
        x[at] = FIELD::add(a, b);
        x[at + HALF] = FIELD::turned(a, b, (at & (HALF - 1)) * (8 / HALF));
    }
    if constexpr (HALF > 1) stages<FIELD, LG, HALF / 2>(x);
}

// x[reversed_index(k)] <- sum_j x[j] w^(j k), w of order 2^LG
template <class FIELD, u32 LG>
HD void transform(typename FIELD::Word* x) {
    stages<FIELD, LG, (1u << (LG - 1))>(x);
}

// the last `bits` of 4 bits, in reverse
HD constexpr u32 reversed_index(u32 value, u32 bits) {
    return ((value & 1) << 3 | (value & 2) << 1 | (value & 4) >> 1 | (value & 8) >> 3) >> (4 - bits);
}

template <class FIELD>
HD typename FIELD::Word power(const typename FIELD::Word* low, const typename FIELD::Word* high, u32 exponent, u32 lg_low) {
    return FIELD::mul_loose(low[exponent & ((1u << lg_low) - 1)], high[exponent >> lg_low]);
}

template <class FIELD, u32 FIRST, u32 SECOND, bool LAST>
DEVICE void ntt_pass(const typename FIELD::Word* in, typename FIELD::Word* out, Tables<FIELD> tables, const Pass& pass) {
    typedef typename FIELD::Word Word;
    constexpr u32 BITS = FIRST + SECOND, COLUMNS = FIELD::COLUMNS, PER_THREAD = 1u << FIRST;
    constexpr u32 STRIDE = LAST ? COLUMNS + (COLUMNS >> SECOND) : COLUMNS;  // no two lanes of a warp in one bank
    DYNAMIC_SHARED(Word, tile);

    const u32 n_mask = (1u << pass.lg_n) - 1, lg_row = pass.lg_n;
    const u32 lg_tiles = lg_row - BITS - (sizeof(Word) == 4 ? 5 : 4);  // blocks of a row
    const u64 row = static_cast<u64>(blockIdx.x >> lg_tiles) << lg_row;
    const u32 part = blockIdx.x & ((1u << lg_tiles) - 1);
    const Word* source = in + row;
    Word* target = out + row;

    // where the columns of the block lie, and how far apart the elements of one are
    u32 base, column = 0, outer = 0;
    if (LAST) {
        const u32 lg_groups = pass.lg_first - (sizeof(Word) == 4 ? 5 : 4);
        const u32 group = part & ((1u << lg_groups) - 1), middle = part >> lg_groups;  // middle = (k_2, ..., k_{P-1})
        base = group * COLUMNS;  // the first k_1
        const u32 k_3 = middle & ((1u << pass.lg_third) - 1), k_2 = middle >> pass.lg_third;
        outer = (k_2 + (k_3 << pass.lg_second)) << pass.lg_first;
        column = middle << BITS;
    } else {
        const u32 lg_groups = pass.lg_rest - (sizeof(Word) == 4 ? 5 : 4);
        column = (part & ((1u << lg_groups) - 1)) * COLUMNS;  // the first m
        base = (part >> lg_groups) << (pass.lg_rest + BITS);
    }

    // first round: elements r_1 2^SECOND + r_2 of column w, to q_1
    {
        const u32 w = LAST ? threadIdx.x >> SECOND : threadIdx.x % COLUMNS;
        const u32 r_2 = LAST ? threadIdx.x & ((1u << SECOND) - 1) : threadIdx.x / COLUMNS;
        const u32 lg_step = LAST ? 0 : pass.lg_rest;
        const u32 start = (LAST ? ((base + w) << (lg_row - pass.lg_first)) + column : base + column + w) + (r_2 << lg_step);
        Word x[PER_THREAD];
        UNROLL for (u32 r_1 = 0; r_1 < PER_THREAD; r_1++) x[r_1] = source[start + (r_1 << (SECOND + lg_step))];
        if (!LAST && pass.shift == 1) {
            const Word* high = tables.shifts + (1u << pass.lg_low);
            UNROLL for (u32 r_1 = 0; r_1 < PER_THREAD; r_1++)
                x[r_1] = FIELD::mul(x[r_1], power<FIELD>(tables.shifts, high, start + (r_1 << (SECOND + lg_step)), pass.lg_low));
        }
        transform<FIELD, FIRST>(x);
        constexpr u32 HELD = sizeof(Line<Word>) / sizeof(Word);
        const Line<Word>* RESTRICT inner = reinterpret_cast<const Line<Word>*>(tables.inner) + (r_2 << FIRST) / HELD;
        UNROLL for (u32 i = 0; i < PER_THREAD / HELD; i++) {
            const Line<Word> factors = inner[i];
            UNROLL for (u32 e = 0; e < HELD; e++) {
                const u32 q_1 = i * HELD + e;
                Word value = x[reversed_index(q_1, FIRST)];
                if (q_1) value = FIELD::mul(value, factors.at[e]);
                tile[((q_1 << SECOND) + r_2) * STRIDE + w] = value;
            }
        }
    }
    barrier();

    // second round: for each q_1, elements r_2 to q_2; the result is k = q_1 + 2^FIRST q_2
    const u32 w = threadIdx.x % COLUMNS, thread = threadIdx.x / COLUMNS;
    UNROLL for (u32 v = 0; v < 1u << (FIRST - SECOND); v++) {
        const u32 q_1 = thread + (v << SECOND);
        Word x[1u << SECOND];
        UNROLL for (u32 r_2 = 0; r_2 < 1u << SECOND; r_2++) x[r_2] = tile[((q_1 << SECOND) + r_2) * STRIDE + w];
        transform<FIELD, SECOND>(x);
        if (LAST) {
            const u32 start = base + w + outer + (q_1 << (lg_row - BITS));
            UNROLL for (u32 q_2 = 0; q_2 < 1u << SECOND; q_2++) {
                u32 k = start + (q_2 << (lg_row - BITS + FIRST));
                if (pass.reversed) k = (0u - k) & n_mask;
                Word value = x[reversed_index(q_2, SECOND)];
                if (pass.shift == 2)
                    value = FIELD::mul(value, power<FIELD>(tables.shifts, tables.shifts + (1u << pass.lg_low), k, pass.lg_low));
                target[k] = value;
            }
        } else {
            // w^(k m) for k = q_1 + 2^FIRST q_2: two geometric sequences, of even and of odd q_2
            const u32 lg_unit = lg_row - pass.lg_rest - BITS, m = column + w;
            const Word* high = tables.roots + (1u << pass.lg_low);
            const u32 step = (m << (FIRST + lg_unit)) & n_mask;
            Word even = power<FIELD>(tables.scaled, high, (m * q_1) << lg_unit, pass.lg_low);
            Word ratio = power<FIELD>(tables.roots, high, step, pass.lg_low);
            Word odd = FIELD::mul_loose(even, ratio);
            ratio = FIELD::mul_loose(ratio, ratio);
            const u32 start = base + m + (q_1 << pass.lg_rest);
            UNROLL for (u32 q_2 = 0; q_2 < 1u << SECOND; q_2++) {
                Word value = FIELD::mul(x[reversed_index(q_2, SECOND)], q_2 & 1 ? odd : even);
                target[start + (q_2 << (FIRST + pass.lg_rest))] = value;
                if (q_2 & 1) odd = FIELD::mul_loose(odd, ratio);
                else even = FIELD::mul_loose(even, ratio);
            }
        }
    }
}

#define NTT_KERNEL(name, FIELD, FIRST, SECOND, blocks, last)                                                           \
    KERNEL(name, FIELD::COLUMNS << SECOND, (blocks) << (4 - SECOND),                                                   \
           (const FIELD::Word* in, FIELD::Word* out, const FIELD::Word* inner, const FIELD::Word* roots,               \
            const FIELD::Word* scaled, const FIELD::Word* shifts, BY_VALUE Pass pass)) {                               \
        ntt_pass<FIELD, FIRST, SECOND, last>(in, out, Tables<FIELD>{inner, roots, scaled, shifts}, pass);              \
    }

#define NTT_PASS(field, FIELD, FIRST, SECOND, blocks)                                                                  \
    NTT_KERNEL(ntt_##field##_##FIRST##SECOND, FIELD, FIRST, SECOND, blocks, false)                                     \
    NTT_KERNEL(ntt_last_##field##_##FIRST##SECOND, FIELD, FIRST, SECOND, blocks, true)

#define NTT(field, FIELD, blocks)                                                                                      \
    NTT_PASS(field, FIELD, 3, 2, blocks)                                                                               \
    NTT_PASS(field, FIELD, 3, 3, blocks)                                                                               \
    NTT_PASS(field, FIELD, 4, 3, blocks)                                                                               \
    NTT_PASS(field, FIELD, 4, 4, blocks)

NTT(babybear, BabyBear, 2)
NTT(koalabear, KoalaBear, 2)
NTT(goldilocks, Goldilocks, 3)
