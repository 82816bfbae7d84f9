// What a card does at best: chains of one instruction each, long, unrolled, eight to a thread and full of threads;
// a copy; nothing. Every chain ends in memory, so that none can be left out, and the host knows what must be there.
#include "platform.cuh"

constexpr u32 CHAINS = 8, STEPS = 16;  // instructions of a round: CHAINS * STEPS
constexpr u64 START = 0x9e3779b97f4a7c15;  // bits without a pattern: products of small numbers take less power

// x <- x * a + b
KERNEL(imad, 256, 4, (u32* RESTRICT out, u32 a, u32 b, u32 rounds)) {
    u32 x[CHAINS];
    UNROLL for (u32 j = 0; j < CHAINS; j++) x[j] = static_cast<u32>(START) * (global_thread() + j + 1);
    NO_UNROLL for (u32 r = 0; r < rounds; r++) {
        UNROLL for (u32 s = 0; s < STEPS; s++) {
            UNROLL for (u32 j = 0; j < CHAINS; j++) x[j] = x[j] * a + b;
        }
    }
    u32 sum = 0;
    UNROLL for (u32 j = 0; j < CHAINS; j++) sum ^= x[j];
    out[global_thread()] = sum;
}

// sum += a * b, as a chain of carries, which stays one instruction; written otherwise, the sum is taken out of it
DEVICE u64 add_product(u64 sum, u32 a, u32 b) {
#ifdef __CUDA_ARCH__
    u32 low = static_cast<u32>(sum), high = static_cast<u32>(sum >> 32);
    asm volatile("mad.lo.cc.u32 %0, %2, %3, %0;\n\tmadc.hi.u32 %1, %2, %3, %1;" : "+r"(low), "+r"(high) : "r"(a), "r"(b));
    return static_cast<u64>(high) << 32 | low;
#else
    return sum + multiply_wide(a, b);
#endif
}

// x <- x + (upper word of y) * a, 64 bits, y the next chain: both words are needed for what follows
KERNEL(imad_wide, 256, 4, (u64* RESTRICT out, u32 a, u32 rounds)) {
    u64 x[CHAINS];
    UNROLL for (u32 j = 0; j < CHAINS; j++) x[j] = START * (global_thread() + j + 1);
    NO_UNROLL for (u32 r = 0; r < rounds; r++) {
        UNROLL for (u32 s = 0; s < STEPS; s++) {
            UNROLL for (u32 j = 0; j < CHAINS; j++) {
                x[j] = add_product(x[j], static_cast<u32>(x[(j + 1) % CHAINS] >> 32), a);
            }
        }
    }
    u64 sum = 0;
    UNROLL for (u32 j = 0; j < CHAINS; j++) sum ^= x[j];
    out[global_thread()] = sum;
}

// x <- x + y + a, y the next chain: three operands, so that it is neither split between pipes nor shortened
KERNEL(iadd3, 256, 4, (u32* RESTRICT out, u32 a, u32 rounds)) {
    u32 x[CHAINS];
    UNROLL for (u32 j = 0; j < CHAINS; j++) x[j] = static_cast<u32>(START) * (global_thread() + j + 1);
    NO_UNROLL for (u32 r = 0; r < rounds; r++) {
        UNROLL for (u32 s = 0; s < STEPS; s++) {
            UNROLL for (u32 j = 0; j < CHAINS; j++) x[j] = x[j] + x[(j + 1) % CHAINS] + a;
        }
    }
    u32 sum = 0;
    UNROLL for (u32 j = 0; j < CHAINS; j++) sum ^= x[j];
    out[global_thread()] = sum;
}

// words of 16 bytes, four of them on the way at a time
KERNEL(copy, 256, 4, (const uint4* RESTRICT in, uint4* RESTRICT out, u64 words)) {
    const u64 step = global_threads();
    u64 i = global_thread();
    for (; i + 3 * step < words; i += 4 * step) {
        uint4 a = in[i], b = in[i + step], c = in[i + 2 * step], d = in[i + 3 * step];
        out[i] = a;
        out[i + step] = b;
        out[i + 2 * step] = c;
        out[i + 3 * step] = d;
    }
    for (; i < words; i += step) out[i] = in[i];
}

KERNEL(empty, 32, 1, (u32* RESTRICT out)) {
    if (out == nullptr) return;
}

// keeps the card busy for so many clocks, while the host launches what is to be timed
KERNEL(hold, 32, 1, (u32* RESTRICT out, u64 clocks)) {
#ifdef __CUDA_ARCH__
    const long long start = clock64();
    while (static_cast<u64>(clock64() - start) < clocks) {
    }
#endif
    if (clocks == 0) out[global_thread()] = 0;
}
