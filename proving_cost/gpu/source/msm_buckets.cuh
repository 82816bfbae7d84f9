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

// counters[index]++, with one atomic operation for all threads of a warp that name the same counter
DEVICE u32 claim(u32* counters, u32 index) {
#ifdef __CUDA_ARCH__
    u32 peers = __match_any_sync(__activemask(), index);
    u32 lane = threadIdx.x & 31, leader = __ffs(peers) - 1, first = 0;
    if (lane == leader) first = atomicAdd(counters + index, __popc(peers));
    return __shfl_sync(peers, first, leader) + __popc(peers & ((1u << lane) - 1));
#else
    return atomicAdd(counters + index, 1u);
#endif
}

KERNEL(msm_clear, 256, 1, (u32 n, u32* words)) {
    for (u32 i = global_thread(); i < n; i += global_threads()) words[i] = 0;
}

// Digits in (-2^(c-1), 2^(c-1)], as |digit| - 1 and a sign, lowest window first; the digits of each bucket are counted.
// `wrong` is set where a scalar is too long for its windows.
KERNEL(msm_digits, 256, 2, (u32 n, u32 window, u32 windows, const uint4* RESTRICT scalars, u32* RESTRICT digits,
                            u32* RESTRICT counts, u32* RESTRICT wrong)) {
    u32 i = global_thread();
    if (i >= n) return;
    uint4 low = scalars[2 * i], high = scalars[2 * i + 1];
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
        digits[static_cast<u64>(w) * n + i] = code;
        if (size) claim(counts, w * half + size - 1);
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
        if (more >> 32 > 1) heavy[claim(heavy_count, 0)] = b;
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
    if (i >= n) return;
    u32 code = digits[static_cast<u64>(blockIdx.y) * n + i];
    if (code == NO_DIGIT) return;
    u32 bucket = blockIdx.y * half + (code & ~NEGATIVE);
    entries[claim(cursors, bucket)] = i | (code & NEGATIVE);
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
        claim(classes, longest - (to - from));
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
    for (u32 t = global_thread(); t < total; t += global_threads()) order[claim(classes, longest - tasks[t].y)] = t;
}
