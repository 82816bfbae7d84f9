// Number-theoretic transforms over the scalar field of BN254, by decimation in frequency in a few passes.
//
// A pass does several radix-2 stages on tiles in shared memory. The index of an element is [above | row | below]; the
// stages of a pass pair rows, and a tile holds all rows of a few columns: neighbours in `below`, so that 128 bytes in a
// row are read together, or, in the last pass, where nothing is below, the columns whose values end up side by side.
// The last pass writes values in natural order. Between passes values are loose and in the order they were read in.
//
// Values are residues themselves, not in Montgomery form; factors are in Montgomery form, so products are residues.
// Twiddles lie stage by stage: at H + j, for j < H, the j-th power of a root of unity of order 2H.
#include "wide.cuh"

typedef Wide<Fr> Scalar;

DEVICE Scalar tile_get(const uint4* tile, u32 size, u32 at) {
    uint4 low = tile[at], high = tile[size + at];
    return {{low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w}};
}

DEVICE void tile_set(uint4* tile, u32 size, u32 at, const Scalar& a) {
    tile[at] = make_uint4(a.v[0], a.v[1], a.v[2], a.v[3]);
    tile[size + at] = make_uint4(a.v[4], a.v[5], a.v[6], a.v[7]);
}

struct Shape {
    u32 lg_n;        // of the transform
    u32 lg_rows;     // stages of this pass
    u32 lg_below;    // bits of an index below those of the row; 0 in the last pass
    u32 lg_columns;  // of a tile
};

// where row and column of this block's tile lie in the transform
DEVICE u64 place(const Shape& s, u32 row, u32 column) {
    u32 block = blockIdx.x;
    if (s.lg_below == 0) return (static_cast<u64>(column << (s.lg_n - s.lg_rows - s.lg_columns) | block) << s.lg_rows) | row;
    u32 lg_groups = s.lg_below - s.lg_columns;
    u64 above = block >> lg_groups;
    u32 below = (block & ((1u << lg_groups) - 1)) << s.lg_columns | column;
    return (above << (s.lg_rows + s.lg_below)) | static_cast<u64>(row) << s.lg_below | below;
}

// One pass, of one transform for each block along y. `before` is multiplied into what is read and `after` into what is
// written, each at the index in natural order masked by its mask; either may be null. The last pass, and only it, must
// not write where it reads.
KERNEL(transform_wide, 256, 3, (u32 lg_n, u32 lg_rows, u32 lg_below, u32 lg_columns, const uint4* in, uint4* out,
                                const uint4* RESTRICT twiddles, const uint4* RESTRICT before, u32 before_mask,
                                const uint4* RESTRICT after, u32 after_mask)) {
    DYNAMIC_SHARED(uint4, tile);
    Shape s = {lg_n, lg_rows, lg_below, lg_columns};
    u32 columns = 1u << s.lg_columns, rows = 1u << s.lg_rows, size = rows << s.lg_columns;
    bool last = s.lg_below == 0;
    u64 first = static_cast<u64>(blockIdx.y) << s.lg_n;

    // in halves of 16 bytes, so that neighbouring threads read neighbouring halves
    for (u32 k = threadIdx.x; k < 2 * size; k += blockDim.x) {
        u32 half = k & 1, e = k >> 1;
        u32 row = last ? e & (rows - 1) : e >> s.lg_columns, column = last ? e >> s.lg_rows : e & (columns - 1);
        tile[half * size + (row << s.lg_columns | column)] = in[2 * (first + place(s, row, column)) + half];
    }
    barrier();
    if (before) {
        for (u32 e = threadIdx.x; e < size; e += blockDim.x) {
            u64 at = place(s, e >> s.lg_columns, e & (columns - 1)) & before_mask;
            tile_set(tile, size, e, mul(tile_get(tile, size, e), load<Fr>(before, at)));
        }
        barrier();
    }

    // the column's part of every power
    u32 offset = last ? 0 : static_cast<u32>(place(s, 0, 0)) & ((1u << s.lg_below) - 1);
    for (u32 lg_half = s.lg_rows; lg_half-- > 0;) {
        u32 lg_distance = lg_half + s.lg_columns, distance = 1u << lg_distance;
        for (u32 k = threadIdx.x; k < size / 2; k += blockDim.x) {
            u32 low = (k >> lg_distance << (lg_distance + 1)) | (k & (distance - 1)), high = low + distance;
            Scalar a = tile_get(tile, size, low), b = tile_get(tile, size, high);
            Scalar total = add(a, b), rest;
            if (last && lg_half == 0) {
                rest = sub(a, b);
            } else {
                u32 row = (low >> s.lg_columns) & ((1u << lg_half) - 1), column = last ? 0 : low & (columns - 1);
                u64 power = (static_cast<u64>(row) << s.lg_below) + offset + column;
                rest = mul(sub_lazy(a, b), load<Fr>(twiddles, (1ull << (lg_half + s.lg_below)) + power));
            }
            tile_set(tile, size, low, total);
            tile_set(tile, size, high, rest);
        }
        barrier();
    }

    u32 lg_blocks = s.lg_n - s.lg_rows - s.lg_columns;  // only used in the last pass
    u64 reversed_block = last ? static_cast<u64>(reversed_bits(blockIdx.x, lg_blocks)) << s.lg_columns : 0;
    if (last) {
        for (u32 e = threadIdx.x; e < size; e += blockDim.x) {
            Scalar a = tile_get(tile, size, e);
            if (after) {
                u64 row = reversed_bits(e >> s.lg_columns, s.lg_rows);
                u64 at = row << (s.lg_n - s.lg_rows) | reversed_block | reversed_bits(e & (columns - 1), s.lg_columns);
                a = mul(a, load<Fr>(after, at & after_mask));
            }
            tile_set(tile, size, e, tight(a));
        }
        barrier();
    }
    for (u32 k = threadIdx.x; k < 2 * size; k += blockDim.x) {
        u32 half = k & 1, row = k >> (1 + s.lg_columns), column = (k >> 1) & (columns - 1), e = row << s.lg_columns | column;
        u64 at = place(s, row, column);
        if (last) {
            e = reversed_bits(row, s.lg_rows) << s.lg_columns | reversed_bits(column, s.lg_columns);
            at = static_cast<u64>(row) << (s.lg_n - s.lg_rows) | reversed_block | column;
        }
        out[2 * (first + at) + half] = tile[half * size + e];
    }
}

// out[j] = low[j mod 2^lg_low] high[j >> lg_low] for j < n; for a table of twiddles the power at H + j is that of
// j n/(2H), where low[1] is a root of unity of order n = 2^lg_n
KERNEL(powers_wide, 256, 2, (u32 n, u32 lg_n, u32 by_stages, u32 lg_low, const uint4* RESTRICT low, const uint4* RESTRICT high,
                             uint4* RESTRICT out)) {
    for (u32 k = global_thread(); k < n; k += global_threads()) {
        u32 power = k;
        if (by_stages) {
            u32 lg_half = 0;
            while (k >> (lg_half + 1)) lg_half++;
            power = k ? (k - (1u << lg_half)) << (lg_n - 1 - lg_half) : 0;
        }
        store(out, k, tight(mul(load<Fr>(low, power & ((1u << lg_low) - 1)), load<Fr>(high, power >> lg_low))));
    }
}
