// The fold of FRI, and a round of sumcheck, over extensions of degree 4 and 2: `proving_cost.kernels.fri_fold` and
// `proving_cost.kernels.sumcheck` state them. An element is 16 bytes, one access; factors are in Montgomery form.
#include "extension.cuh"

constexpr u32 THREADS = 256;

// the challenge and its powers 2, 4 and 8
template <class EXTENSION>
struct Challenges {
    typename EXTENSION::Element at[4];
};

// Output i is made of the inputs i + t rows, t < 2^LG_ARITY, at the points s w^i z^t, z of order 2^LG_ARITY. Halves are
// left to the end. `inverse` holds s^-1 w^-e for e < 2^lg_low, then (w^-e)^(2^lg_low).
template <class EXTENSION, u32 LG_ARITY>
DEVICE void fold_codeword(const typename EXTENSION::Element* in, typename EXTENSION::Element* out,
                          const typename EXTENSION::Word* inverse, u32 rows, u32 lg_low, typename EXTENSION::Word scale,
                          const Challenges<EXTENSION>& alpha) {
    typedef typename EXTENSION::Base Field;
    typedef typename EXTENSION::Word Word;
    const u32 i = global_thread();
    if (i >= rows) return;
    typename EXTENSION::Element x[1u << LG_ARITY];
    UNROLL for (u32 t = 0; t < 1u << LG_ARITY; t++) x[t] = in[i + t * static_cast<u64>(rows)];
    Word point = Field::mul(inverse[i & ((1u << lg_low) - 1)], inverse[(1u << lg_low) + (i >> lg_low)]);
    UNROLL for (u32 level = 0; level < LG_ARITY; level++) {
        const u32 half = 1u << LG_ARITY >> (level + 1);
        UNROLL for (u32 t = 0; t < 1u << LG_ARITY >> 1; t++) {
            if (t >= half) continue;
            // the inverse of point t is that of point 0 times z^-t = -z^(half - t), z of order 2 half
            typename EXTENSION::Element odd = t ? EXTENSION::sub(x[t + half], x[t]) : EXTENSION::sub(x[t], x[t + half]);
            odd = EXTENSION::scale(odd, t ? Field::times_root_16(point, (half - t) * (8 / half)) : point);
            x[t] = EXTENSION::add(EXTENSION::add(x[t], x[t + half]), EXTENSION::mul(odd, alpha.at[level]));
        }
        point = Field::mul(point, point);
    }
    out[i] = EXTENSION::scale(x[0], scale);
}

// tables f_j of 2 half entries, one after another: sums over x of prod_j f_j(t, x), for t = 0, 2, ..., FACTORS, of the x
// that a block sees. Over a prime below 2^31 each product of two elements leaves out a factor 2^32.
template <class EXTENSION, u32 FACTORS>
DEVICE void sum_products(const typename EXTENSION::Element* tables, typename EXTENSION::Element* partial, u32 half) {
    typedef typename EXTENSION::Element Element;
    SHARED Element sums[FACTORS][THREADS];
    Element total[FACTORS];
    UNROLL for (u32 e = 0; e < FACTORS; e++) total[e] = EXTENSION::zero();
    for (u32 x = global_thread(); x < half; x += global_threads()) {
        Element line[FACTORS], difference[FACTORS], product;
        UNROLL for (u32 j = 0; j < FACTORS; j++) {
            const Element low = tables[2 * static_cast<u64>(half) * j + x];
            line[j] = tables[2 * static_cast<u64>(half) * j + half + x];
            difference[j] = EXTENSION::sub(line[j], low);
            product = j ? EXTENSION::mul(product, low) : low;
        }
        total[0] = EXTENSION::add(total[0], product);
        UNROLL for (u32 e = 1; e < FACTORS; e++) {
            UNROLL for (u32 j = 0; j < FACTORS; j++) {
                line[j] = EXTENSION::add(line[j], difference[j]);
                product = j ? EXTENSION::mul(product, line[j]) : line[j];
            }
            total[e] = EXTENSION::add(total[e], product);
        }
    }
    UNROLL for (u32 e = 0; e < FACTORS; e++) sums[e][threadIdx.x] = total[e];
    for (u32 step = THREADS / 2; step; step /= 2) {
        barrier();
        if (threadIdx.x < step)
            UNROLL for (u32 e = 0; e < FACTORS; e++)
                sums[e][threadIdx.x] = EXTENSION::add(sums[e][threadIdx.x], sums[e][threadIdx.x + step]);
    }
    if (threadIdx.x == 0)
        UNROLL for (u32 e = 0; e < FACTORS; e++) partial[blockIdx.x * FACTORS + e] = sums[e][0];
}

// the sum of `count` entries of each of `factors` interleaved sequences, times a factor; block e has sequence e
template <class EXTENSION>
DEVICE void sum_partial(const typename EXTENSION::Element* partial, typename EXTENSION::Element* message, u32 count, u32 factors,
                        typename EXTENSION::Word scale) {
    typedef typename EXTENSION::Element Element;
    SHARED Element sums[THREADS];
    Element total = EXTENSION::zero();
    for (u32 i = threadIdx.x; i < count; i += THREADS) total = EXTENSION::add(total, partial[i * factors + blockIdx.x]);
    sums[threadIdx.x] = total;
    for (u32 step = THREADS / 2; step; step /= 2) {
        barrier();
        if (threadIdx.x < step) sums[threadIdx.x] = EXTENSION::add(sums[threadIdx.x], sums[threadIdx.x + step]);
    }
    if (threadIdx.x == 0) message[blockIdx.x] = EXTENSION::scale(sums[0], scale);
}

// f_j(r, x) = f_j(0, x) + r (f_j(1, x) - f_j(0, x)); entries in all, 2^lg_half of each table
template <class EXTENSION>
DEVICE void fold_tables(const typename EXTENSION::Element* tables, typename EXTENSION::Element* out, u64 entries, u32 lg_half,
                        const typename EXTENSION::Element& challenge) {
    const u64 mask = (1ull << lg_half) - 1, i = static_cast<u64>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= entries) return;
    const typename EXTENSION::Element* at = tables + 2 * (i & ~mask) + (i & mask);
    const typename EXTENSION::Element low = at[0], high = at[mask + 1];
    out[i] = EXTENSION::add(low, EXTENSION::mul(EXTENSION::sub(high, low), challenge));
}

#define FOLD(field, EXTENSION, lg_arity)                                                                               \
    KERNEL(fri_fold_##field##_##lg_arity, THREADS, 2,                                                                  \
           (const EXTENSION::Element* in, EXTENSION::Element* out, const EXTENSION::Word* inverse, u32 rows, u32 lg_low, \
            EXTENSION::Word scale, BY_VALUE Challenges<EXTENSION> alpha)) {                                            \
        fold_codeword<EXTENSION, lg_arity>(in, out, inverse, rows, lg_low, scale, alpha);                              \
    }

#define SUM_PRODUCTS(field, EXTENSION, factors)                                                                        \
    KERNEL(sum_products_##field##_##factors, THREADS, 2,                                                               \
           (const EXTENSION::Element* tables, EXTENSION::Element* partial, u32 half)) {                                \
        sum_products<EXTENSION, factors>(tables, partial, half);                                                       \
    }

#define FOLDING(field, EXTENSION)                                                                                      \
    FOLD(field, EXTENSION, 1)                                                                                          \
    FOLD(field, EXTENSION, 2)                                                                                          \
    FOLD(field, EXTENSION, 3)                                                                                          \
    FOLD(field, EXTENSION, 4)                                                                                          \
    SUM_PRODUCTS(field, EXTENSION, 2)                                                                                  \
    SUM_PRODUCTS(field, EXTENSION, 3)                                                                                  \
    KERNEL(sum_partial_##field, THREADS, 1,                                                                            \
           (const EXTENSION::Element* partial, EXTENSION::Element* message, u32 count, u32 factors, EXTENSION::Word scale)) { \
        sum_partial<EXTENSION>(partial, message, count, factors, scale);                                               \
    }                                                                                                                  \
    KERNEL(fold_tables_##field, THREADS, 2,                                                                            \
           (const EXTENSION::Element* tables, EXTENSION::Element* out, u64 entries, u32 lg_half,                       \
            BY_VALUE EXTENSION::Element challenge)) {                                                                  \
        fold_tables<EXTENSION>(tables, out, entries, lg_half, challenge);                                              \
    }

FOLDING(babybear_4, BabyBear4)
FOLDING(goldilocks_2, Goldilocks2)
