// Merkle trees on Poseidon2: digests of rows, and of pairs of digests, as `proving_cost.kernels.sponge` defines them.
// A sponge of WIDTH elements absorbs RATE = WIDTH - DIGEST of them at a time, in place of those that are there; the rest
// of the state begins as (0, ..., 0, length, tag). One thread makes one digest.
#include "poseidon2_31_bits.cuh"
#include "poseidon2_goldilocks.cuh"

template <class WORD, u32 DIGEST>
struct alignas(16) Digest {
    WORD at[DIGEST];
};

template <class PERMUTATION, u32 RATE, u32 DIGEST>
HD void begin(typename PERMUTATION::Word* state, u32 length, u32 tag) {
    UNROLL for (u32 i = 0; i < RATE + DIGEST - 2; i++) state[i] = 0;
    state[RATE + DIGEST - 2] = PERMUTATION::enter(length);
    state[RATE + DIGEST - 1] = PERMUTATION::enter(tag);
}

// element e of row i is at columns[e rows + i]
template <class PERMUTATION, u32 RATE, u32 DIGEST>
DEVICE void hash_rows(const typename PERMUTATION::Word* columns, Digest<typename PERMUTATION::Word, DIGEST>* digests, u32 rows,
                      u32 length, u32 tag, const typename PERMUTATION::Constants& constants) {
    typedef typename PERMUTATION::Word Word;
    const u32 i = global_thread();
    if (i >= rows) return;
    Word state[RATE + DIGEST];
    begin<PERMUTATION, RATE, DIGEST>(state, length, tag);
    NO_UNROLL for (u32 start = 0; start == 0 || start < length; start += RATE) {
        UNROLL for (u32 e = 0; e < RATE; e++)
            state[e] = start + e < length ? PERMUTATION::enter(columns[static_cast<u64>(start + e) * rows + i]) : 0;
        PERMUTATION::permute(state, constants);
    }
    Digest<Word, DIGEST> out;
    UNROLL for (u32 e = 0; e < DIGEST; e++) out.at[e] = PERMUTATION::leave(state[e]);
    digests[i] = out;
}

// parent i is the digest of children 2 i and 2 i + 1
template <class PERMUTATION, u32 RATE, u32 DIGEST>
DEVICE void hash_pairs(const Digest<typename PERMUTATION::Word, DIGEST>* children,
                       Digest<typename PERMUTATION::Word, DIGEST>* parents, u32 count, u32 tag,
                       const typename PERMUTATION::Constants& constants) {
    typedef typename PERMUTATION::Word Word;
    const u32 i = global_thread();
    if (i >= count) return;
    Word state[RATE + DIGEST];
    begin<PERMUTATION, RATE, DIGEST>(state, 2 * DIGEST, tag);
    UNROLL for (u32 side = 0; side < 2; side++) {
        const Digest<Word, DIGEST> child = children[2 * static_cast<u64>(i) + side];
        UNROLL for (u32 e = 0; e < DIGEST; e++) state[side * DIGEST + e] = PERMUTATION::enter(child.at[e]);
    }
    PERMUTATION::permute(state, constants);
    Digest<Word, DIGEST> out;
    UNROLL for (u32 e = 0; e < DIGEST; e++) out.at[e] = PERMUTATION::leave(state[e]);
    parents[i] = out;
}

#define HASHING(name, RATE, DIGEST, blocks, ...)                                                                       \
    typedef __VA_ARGS__ Permutation_##name;                                                                            \
    typedef Permutation_##name::Word Word_##name;                                                                      \
    typedef Digest<Word_##name, DIGEST> Digest_##name;                                                                 \
    KERNEL(rows_##name, 128, blocks,                                                                                   \
           (const Word_##name* columns, Digest_##name* digests, u32 rows, u32 length, u32 tag,                         \
            BY_VALUE Permutation_##name::Constants constants)) {                                                       \
        hash_rows<Permutation_##name, RATE, DIGEST>(columns, digests, rows, length, tag, constants);                   \
    }                                                                                                                  \
    KERNEL(pairs_##name, 128, blocks,                                                                                  \
           (const Digest_##name* children, Digest_##name* parents, u32 count, u32 tag,                                 \
            BY_VALUE Permutation_##name::Constants constants)) {                                                       \
        hash_pairs<Permutation_##name, RATE, DIGEST>(children, parents, count, tag, constants);                        \
    }

HASHING(babybear_16, 12, 4, 8, Permutation31<BabyBear, 16, 7, 13>)
HASHING(babybear_24, 16, 8, 8, Permutation31<BabyBear, 24, 7, 21>)
HASHING(koalabear_16, 12, 4, 8, Permutation31<KoalaBear, 16, 3, 20>)
HASHING(koalabear_24, 16, 8, 8, Permutation31<KoalaBear, 24, 3, 23>)
HASHING(goldilocks_8, 6, 2, 8, PermutationGoldilocks<8>)
HASHING(goldilocks_12, 8, 4, 6, PermutationGoldilocks<12>)
