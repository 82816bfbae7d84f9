// Which point goes into which bucket: signed digits, a counting sort by window and bucket, and the cut of the buckets
// into tasks for one thread each, the longest first.
//
// Buckets of all windows are numbered through. The order within a bucket is that in which threads come; a sum does not
// depend on it. Two atomic additions a digit, into counters that stay in the second-level cache, and one window after
// the other, so that what is written at random stays there too until its lines are full.
#pragma once

#include "platform.cuh"

constexpr u32 NO_DIGIT = 0xffffffffu;
constexpr u32 NEGATIVE = 0x80000000u;
constexpr u32 SCAN_THREADS = 256, SCAN_EACH = 8;

// counters[index]++ of few counters that all threads want, with one atomic operation for the threads of a warp that name
// the same one
DEVICE u32 claim_of_few(u32* counters, u32 index) {
#ifdef __CUDA_ARCH__
    u32 peers = __match_any_sync(__activemask(), index);
    u32 lane = threadIdx.x & 31, leader = __ffs(peers) - 1, first = 0;
    if (lane == leader) first = atomicAdd(counters + index, __popc(peers));
    return __shfl_sync(peers, first, leader) + __popc(peers & ((1u << lane) - 1));
#else
    return atomicAdd(counters + index, 1u);
#endif
}

// counters[index]++ where `wanted`, of many counters of which a few may be hot, as where half of all scalars are 1: if two
// neighbours name the same one, all threads of the warp that do share an atomic operation. All threads of a warp call it.
DEVICE u32 claim_of_many(u32* counters, u32 index, bool wanted) {
#ifdef __CUDA_ARCH__
    constexpr u32 ALL = 0xffffffffu;
    u32 other = __shfl_xor_sync(ALL, wanted ? index : NO_DIGIT, 1);
    u32 pairs = __ballot_sync(ALL, wanted && other == index);
    if (pairs) {
        u32 common = __shfl_sync(ALL, index, __ffs(pairs) - 1), lane = threadIdx.x & 31;
        u32 peers = __ballot_sync(ALL, wanted && index == common), leader = __ffs(peers) - 1, first = 0;
        if (lane == leader) first = atomicAdd(counters + common, __popc(peers));
        first = __shfl_sync(ALL, first, leader);
        if (wanted && index == common) return first + __popc(peers & ((1u << lane) - 1));
    }
#endif
    return wanted ? atomicAdd(counters + index, 1u) : 0;
}

KERNEL(msm_clear, 256, 1, (u32 n, u32* words)) {
    for (u32 i = global_thread(); i < n; i += global_threads()) words[i] = 0;
}

// Digits in (-2^(c-1), 2^(c-1)], as |digit| - 1 and a sign, lowest window first; the digits of each bucket are counted.
// `wrong` is set where a scalar is too long for its windows.
KERNEL(msm_digits, 256, 2, (u32 n, u32 window, u32 windows, const uint4* RESTRICT scalars, u32* RESTRICT digits,
                            u32* RESTRICT counts, u32* RESTRICT wrong)) {
    u32 i = global_thread();
    bool here = i < n;  // the threads of a warp stay together
    uint4 low = {0, 0, 0, 0}, high = low;
    if (here) low = scalars[2 * i], high = scalars[2 * i + 1];
    u32 k[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
    u32 half = 1u << (window - 1), mask = 2 * half - 1, carry = 0;
    NO_UNROLL
    for (u32 w = 0; w < windows; w++) {
        u32 digit = (k[0] & mask) + carry;
        UNROLL
        for (int j = 0; j < 8; j++) k[j] = k[j] >> window | (j < 7 ? k[j + 1] << (32 - window) : 0);
        carry = digit > half;
        u32 size = carry ? 2 * half - digit : digit;
        u32 code = size ? (size - 1) | (carry ? NEGATIVE : 0) : NO_DIGIT;
        if (here) digits[static_cast<u64>(w) * n + i] = code;
        claim_of_many(counts, w * half + size - 1, size != 0);
    }
    u32 rest = carry;
    UNROLL
    for (int j = 0; j < 8; j++) rest |= k[j];
    if (rest) *wrong = 1;
}

// inclusive sums over a block; `room` holds blockDim.x words
DEVICE u64 block_scan(u64 value, u64* room) {
    room[threadIdx.x] = value;
    for (u32 distance = 1; distance < blockDim.x; distance *= 2) {
        barrier();
        u64 other = threadIdx.x >= distance ? room[threadIdx.x - distance] : 0;
        barrier();
        value += other;
        room[threadIdx.x] = value;
    }
    barrier();
    return value;
}

DEVICE u32 tasks_of(u32 count, u32 longest) { return (count + longest - 1) / longest; }

// points in the lower word, tasks in the upper one
DEVICE u64 points_and_tasks(u32 count, u32 longest) { return static_cast<u64>(tasks_of(count, longest)) << 32 | count; }

KERNEL(msm_block_sums, 256, 1, (u32 buckets, u32 longest, const u32* RESTRICT counts, u64* RESTRICT sums)) {
    SHARED u64 room[SCAN_THREADS];
    u64 mine = 0;
    for (u32 j = 0; j < SCAN_EACH; j++) {
        u32 b = global_thread() * SCAN_EACH + j;
        if (b < buckets) mine += points_and_tasks(counts[b], longest);
    }
    mine = block_scan(mine, room);
    if (threadIdx.x == blockDim.x - 1) sums[blockIdx.x] = mine;
}

// exclusive sums in place, by one block
KERNEL(msm_scan_sums, 256, 1, (u32 n, u64* sums)) {
    SHARED u64 room[SCAN_THREADS];
    u64 before = 0;
    for (u32 start = 0; start < n; start += blockDim.x) {
        u32 i = start + threadIdx.x;
        u64 mine = i < n ? sums[i] : 0;
        u64 upto = block_scan(mine, room);
        if (i < n) sums[i] = before + upto - mine;
        before += room[blockDim.x - 1];
        barrier();
    }
}

// Where the points and the tasks of each bucket start, with the totals one past the end; cursors for the points; and
// the buckets of several tasks.
KERNEL(msm_starts, 256, 1, (u32 buckets, u32 longest, const u32* RESTRICT counts, const u64* RESTRICT sums, u32* RESTRICT starts,
                            u32* RESTRICT cursors, u32* RESTRICT first_tasks, u32* RESTRICT heavy, u32* RESTRICT heavy_count)) {
    SHARED u64 room[SCAN_THREADS];
    u64 mine = 0;
    u32 first = global_thread() * SCAN_EACH;
    for (u32 j = 0; j < SCAN_EACH; j++) mine += first + j < buckets ? points_and_tasks(counts[first + j], longest) : 0;
    u64 at = sums[blockIdx.x] + block_scan(mine, room) - mine;
    for (u32 b = first; b < first + SCAN_EACH && b < buckets; b++) {
        starts[b] = cursors[b] = static_cast<u32>(at);
        first_tasks[b] = static_cast<u32>(at >> 32);
        u64 more = points_and_tasks(counts[b], longest);
        if (more >> 32 > 1) heavy[claim_of_few(heavy_count, 0)] = b;
        at += more;
        if (b == buckets - 1) {
            starts[buckets] = static_cast<u32>(at);
            first_tasks[buckets] = static_cast<u32>(at >> 32);
        }
    }
}

// the index of each point, with the sign of its digit, to its place in its bucket; a window for each y
KERNEL(msm_scatter, 256, 2, (u32 n, u32 half, const u32* RESTRICT digits, u32* RESTRICT cursors, u32* RESTRICT entries)) {
    u32 i = global_thread();
    u32 code = i < n ? digits[static_cast<u64>(blockIdx.y) * n + i] : NO_DIGIT;
    u32 place = claim_of_many(cursors, blockIdx.y * half + (code & ~NEGATIVE), code != NO_DIGIT);
    if (code != NO_DIGIT) entries[place] = i | (code & NEGATIVE);
}

// start and length of each task, and how many have each length; class 0 holds the longest
KERNEL(msm_tasks, 256, 2, (u32 buckets, u32 longest, const u32* RESTRICT starts, const u32* RESTRICT first_tasks,
                           uint2* RESTRICT tasks, u32* RESTRICT classes)) {
    u32 total = first_tasks[buckets];
    for (u32 t = global_thread(); t < total; t += global_threads()) {
        u32 low = 0, high = buckets;  // first_tasks[low] <= t < first_tasks[high]
        while (high - low > 1) {
            u32 middle = (low + high) / 2;
            (first_tasks[middle] <= t ? low : high) = middle;
        }
        u32 count = starts[low + 1] - starts[low], parts = first_tasks[low + 1] - first_tasks[low], part = t - first_tasks[low];
        u32 from = static_cast<u32>(static_cast<u64>(count) * part / parts);
        u32 to = static_cast<u32>(static_cast<u64>(count) * (part + 1) / parts);
        tasks[t] = make_uint2(starts[low] + from, to - from);
        claim_of_few(classes, longest - (to - from));
    }
}

// counts of the classes to where they start, by one block
KERNEL(msm_scan_classes, 256, 1, (u32 n, u32* classes)) {
    SHARED u64 room[SCAN_THREADS];
    u64 before = 0;
    for (u32 start = 0; start < n; start += blockDim.x) {
        u32 i = start + threadIdx.x;
        u64 mine = i < n ? classes[i] : 0;
        u64 upto = block_scan(mine, room);
        if (i < n) classes[i] = static_cast<u32>(before + upto - mine);
        before += room[blockDim.x - 1];
        barrier();
    }
}

// tasks in the order of their classes
KERNEL(msm_order, 256, 2, (u32 buckets, u32 longest, const u32* RESTRICT first_tasks, const uint2* RESTRICT tasks,
                           u32* RESTRICT classes, u32* RESTRICT order)) {
    u32 total = first_tasks[buckets];
    for (u32 t = global_thread(); t < total; t += global_threads()) order[claim_of_few(classes, longest - tasks[t].y)] = t;
}
