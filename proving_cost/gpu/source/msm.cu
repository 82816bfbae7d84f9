// Multi-scalar multiplication on the G1 of BN254 by Pippenger's method: sums of buckets, of windows, and the bases of
// which the logarithms are known. `msm_buckets.cuh` says which points go where.
#include "curve.cuh"
#include "msm_buckets.cuh"

constexpr u32 TREE_THREADS = 256;  // of a block that adds up to one point; `multiplication.TREE_THREADS`
constexpr u32 CHUNK_THREADS = 128;

// One task for each thread: the sum of a run of entries, into the task's own place.
KERNEL(msm_accumulate, 128, 4, (u32 buckets, const uint4* RESTRICT points, const u32* RESTRICT entries,
                                const u32* RESTRICT first_tasks, const uint2* RESTRICT tasks, const u32* RESTRICT order,
                                uint4* RESTRICT partials)) {
    u32 i = global_thread();
    if (i >= first_tasks[buckets]) return;
    u32 t = order[i];
    uint2 task = tasks[t];
    Xyzz sum = identity();
    NO_UNROLL
    for (u32 at = task.x; at < task.x + task.y; at++) {
        u32 entry = entries[at];
        Affine point = load_affine(points, entry & ~NEGATIVE);
        if (entry & NEGATIVE) point.y = neg(point.y);
        add_affine(sum, point);
    }
    store_xyzz(partials, t, sum);
}

// Kernels below add points at one place in a loop, which is 30 kB of code.

struct Slot {  // of shared memory; padded so that a warp's accesses of 16 bytes spread over all banks
    Xyzz point;
    uint4 padding;
};

// The sum of `count` points from `first` on, by a block of TREE_THREADS, complete in thread 0.
DEVICE Xyzz block_total(const uint4* points, u32 first, u32 count, Slot* room) {
    Xyzz sum = identity();
    u32 rounds = (count + TREE_THREADS - 1) / TREE_THREADS, half = TREE_THREADS;
    u32 i = threadIdx.x;
    NO_UNROLL
    for (u32 round = 0; half > 1; round++) {
        Xyzz other = identity();
        if (round < rounds) {
            if (i < count) other = load_xyzz(points, first + i);
            i += TREE_THREADS;
        } else {
            half /= 2;
            room[threadIdx.x].point = sum;
            barrier();
            if (threadIdx.x < half) other = room[threadIdx.x + half].point;
            barrier();
        }
        add_point(sum, other);
    }
    return sum;
}

// The tasks of each bucket that has several, into the place of the first; a block for each bucket.
KERNEL(msm_merge, 256, 1, (const u32* RESTRICT first_tasks, const u32* RESTRICT heavy, const u32* RESTRICT heavy_count,
                           uint4* partials)) {
    SHARED Slot room[TREE_THREADS];
    NO_UNROLL
    for (u32 h = blockIdx.x; h < *heavy_count; h += gridDim.x) {
        u32 first = first_tasks[heavy[h]], parts = first_tasks[heavy[h] + 1] - first;
        Xyzz sum = block_total(partials, first, parts, room);
        if (threadIdx.x == 0) store_xyzz(partials, first, sum);
    }
}

// For each chunk of 2^lg_chunk buckets of a window, the sum of d S_d over its buckets' digits d, S_d being the sum of
// a bucket: with a running sum from the top, `running`, of which each state is added to `total`; then, with what is
// below the chunk, a multiple of its size, by doubling and adding. A window for each y.
KERNEL(msm_chunks, CHUNK_THREADS, 3, (u32 lg_chunk, u32 lg_chunks, const u32* RESTRICT first_tasks, const uint4* RESTRICT partials,
                            uint4* RESTRICT totals)) {
    SHARED Slot running[CHUNK_THREADS], total[CHUNK_THREADS];
    u32 chunk = global_thread(), me = threadIdx.x;
    if (chunk >> lg_chunks) return;
    u32 place = blockIdx.y << lg_chunks | chunk, end = (place + 1) << lg_chunk;
    u32 adding = 2u << lg_chunk, doubling = adding + lg_chunk + lg_chunks, below = chunk << lg_chunk;
    Xyzz sum = identity();
    running[me].point = total[me].point = sum;
    NO_UNROLL
    for (u32 step = 0; step <= doubling; step++) {
        Xyzz other = identity();
        if (step < adding) {
            if (step & 1) {
                sum = total[me].point;
                other = running[me].point;
            } else {
                sum = running[me].point;
                u32 bucket = end - 1 - step / 2;
                if (first_tasks[bucket + 1] > first_tasks[bucket]) other = load_xyzz(partials, first_tasks[bucket]);
            }
        } else if (step < doubling) {
            if (step == adding) sum = identity();
            double_point(sum);
            if (below >> (doubling - 1 - step) & 1u) other = running[me].point;
        } else {
            other = total[me].point;
        }
        add_point(sum, other);
        if (step < adding) (step & 1 ? total : running)[me].point = sum;
    }
    store_xyzz(totals, place, sum);
}

// the sum of the chunks of each window; a block for each window
KERNEL(msm_windows, 256, 1, (u32 chunks, const uint4* RESTRICT totals, uint4* RESTRICT out)) {
    SHARED Slot room[TREE_THREADS];
    Xyzz sum = block_total(totals, blockIdx.x * chunks, chunks, room);
    if (threadIdx.x == 0) store_xyzz(out, blockIdx.x, sum);
}

// Of a point and of what its doubling goes through, in shared memory.
enum Register { X, Y, ZZ, ZZZ, TWICE_Y, V, W, S, M, M_SQUARED, W_Y, REGISTERS };

// A doubling by threads 0 to 3 of a block, three products deep; ends with a barrier. The identity stays the identity,
// since a product with 0 is 0.
DEVICE void double_together(Coordinate* at) {
    u32 me = threadIdx.x;
    Coordinate product = mul(at[me == 0 ? TWICE_Y : X], at[me == 0 ? TWICE_Y : X]);
    if (me == 0) at[V] = product;
    if (me == 1) at[M] = add(add(product, product), product);
    barrier();
    product = mul(at[me == 0 ? TWICE_Y : me == 1 ? X : me == 2 ? ZZ : M], at[me == 3 ? M : V]);
    if (me < 4) at[me == 0 ? W : me == 1 ? S : me == 2 ? ZZ : M_SQUARED] = product;
    barrier();
    Coordinate s = at[S], x = sub(at[M_SQUARED], add(s, s)), rest = sub(s, x);
    Coordinate factor = at[me == 2 ? ZZZ : Y];
    UNROLL
    for (int i = 0; i < 8; i++) factor.v[i] = me == 0 ? rest.v[i] : factor.v[i];
    product = mul(at[me == 0 ? M : W], factor);
    if (me == 0) at[X] = x;
    if (me == 1) at[W_Y] = product;
    if (me == 2) at[ZZZ] = product;
    barrier();
    if (me == 0) {
        at[Y] = sub(product, at[W_Y]);
        at[TWICE_Y] = add(at[Y], at[Y]);
    }
    barrier();
}

// Sum of 2^(window w) sums[w], by a block of four threads: its doublings follow one another, so that their latency is
// what it takes.
KERNEL(msm_combine, 32, 1, (u32 window, u32 windows, const uint4* RESTRICT sums, uint4* RESTRICT out)) {
    SHARED Coordinate at[REGISTERS];
    Xyzz total = identity();
    NO_UNROLL
    for (u32 w = windows; w-- > 0;) {
        if (threadIdx.x == 0) {
            add_point(total, load_xyzz(sums, w));
            at[X] = total.x;
            at[Y] = total.y;
            at[ZZ] = total.zz;
            at[ZZZ] = total.zzz;
            at[TWICE_Y] = add(total.y, total.y);
        }
        barrier();
        if (w == 0) break;
        NO_UNROLL
        for (u32 i = 0; i < window; i++) double_together(at);
        if (threadIdx.x == 0) total = {at[X], at[Y], at[ZZ], at[ZZZ]};
    }
    if (threadIdx.x == 0) store_xyzz(out, 0, total);
}

// points[i] = left[i mod 2^lg_left] + right[i >> lg_left]
KERNEL(msm_bases, 128, 2, (u32 n, u32 lg_left, const uint4* RESTRICT left, const uint4* RESTRICT right, uint4* RESTRICT points)) {
    u32 i = global_thread();
    if (i >= n) return;
    Xyzz sum = from_affine(load_affine(left, i & ((1u << lg_left) - 1)));
    add_affine(sum, load_affine(right, i >> lg_left));
    store_affine(points, i, to_affine(sum));
}
