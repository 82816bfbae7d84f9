// Goldilocks, p = 2^64 - 2^32 + 1: 2^64 = e and 2^96 = -1 with e = 2^32 - 1. Elements are canonical but where it says
// *loose*: any word of 64 bits. On a device carries pass from instruction to instruction; on the host they are compared
// for. The two are held together by the tests, which interpret the instructions.
#pragma once

#include "platform.cuh"

struct Goldilocks {
    typedef u64 Word;
    static constexpr u64 P = 0xffffffff00000001ull;
    static constexpr u64 EPSILON = 0xffffffffull;
    static constexpr u32 COLUMNS = 16;  // of 128 bytes
    static constexpr u32 ROOT_16 = 156;  // the root of unity of order 16 is 2^156

    static HD u64 one() { return 1; }
    static HD u64 enter(u64 a) { return a; }
    static HD u64 leave(u64 a) { return a; }

    // canonical, of a loose word
    static HD u64 canonical(u64 x) {
#ifdef __CUDA_ARCH__
        u32 l, h, c;  // x - p = x + e - 2^64
        asm("add.cc.u32 %0, %3, 0xffffffff; addc.cc.u32 %1, %4, 0; addc.u32 %2, 0, 0;"
            : "=&r"(l), "=&r"(h), "=&r"(c)
            : "r"(low(x)), "r"(high(x)));
        return join(c ? l : low(x), c ? h : high(x));
#else
        return x >= P ? x - P : x;
#endif
    }

    // canonical, of canonical elements
    static HD u64 add(u64 a, u64 b) { return sub(a, P - b); }

    // a - b for canonical b: canonical if a is, loose if a is
    static HD u64 sub(u64 a, u64 b) {
#ifdef __CUDA_ARCH__
        u32 l, h;
        asm("{ .reg .u32 m; sub.cc.u32 %0, %2, %4; subc.cc.u32 %1, %3, %5; subc.u32 m, 0, 0;"
            "  sub.cc.u32 %0, %0, m; subc.u32 %1, %1, 0; }"
            : "=&r"(l), "=&r"(h)
            : "r"(low(a)), "r"(high(a)), "r"(low(b)), "r"(high(b)));
        return join(l, h);
#else
        u64 d = a - b;
        return a < b ? d - EPSILON : d;
#endif
    }

    // a + b, loose, for canonical b and loose a
    static HD u64 add_loose(u64 a, u64 b) {
#ifdef __CUDA_ARCH__
        u32 l, h;
        asm("{ .reg .u32 c; add.cc.u32 %0, %2, %4; addc.cc.u32 %1, %3, %5; addc.u32 c, 0, 0;"
            "  sub.cc.u32 %0, %0, c; subc.u32 %1, %1, 0; add.u32 %1, %1, c; }"
            : "=&r"(l), "=&r"(h)
            : "r"(low(a)), "r"(high(a)), "r"(low(b)), "r"(high(b)));
        return join(l, h);
#else
        u64 s = a + b;
        return s < a ? s + EPSILON : s;
#endif
    }

    // x0 + 2^32 x1 + 2^64 x2, loose
    static HD u64 reduce_3(u32 x0, u32 x1, u32 x2) {
#ifdef __CUDA_ARCH__
        u32 l, h;
        asm("{ .reg .u32 v, w, c; sub.cc.u32 v, 0, %4; subc.u32 w, %4, 0;"
            "  add.cc.u32 %0, %2, v; addc.cc.u32 %1, %3, w; addc.u32 c, 0, 0;"
            "  sub.cc.u32 %0, %0, c; subc.u32 %1, %1, 0; add.u32 %1, %1, c; }"
            : "=&r"(l), "=&r"(h)
            : "r"(x0), "r"(x1), "r"(x2));
        return join(l, h);
#else
        u64 x = join(x0, x1), u = (static_cast<u64>(x2) << 32) - x2, s = x + u;
        return s < u ? s + EPSILON : s;
#endif
    }

    // x0 + 2^32 x1 + 2^64 x2 + 2^96 x3, loose
    static HD u64 reduce_4(u32 x0, u32 x1, u32 x2, u32 x3) {
#ifdef __CUDA_ARCH__
        u32 l, h;
        asm("{ .reg .u32 v, w, c; sub.cc.u32 %0, %2, %5; subc.cc.u32 %1, %3, 0; subc.u32 c, 0, 0;"
            "  sub.cc.u32 %0, %0, c; subc.u32 %1, %1, 0;"
            "  sub.cc.u32 v, 0, %4; subc.u32 w, %4, 0;"
            "  add.cc.u32 %0, %0, v; addc.cc.u32 %1, %1, w; addc.u32 c, 0, 0;"
            "  sub.cc.u32 %0, %0, c; subc.u32 %1, %1, 0; add.u32 %1, %1, c; }"
            : "=&r"(l), "=&r"(h)
            : "r"(x0), "r"(x1), "r"(x2), "r"(x3));
        return join(l, h);
#else
        u64 x = join(x0, x1), t = x - x3;
        if (x < x3) t -= EPSILON;  // wrapped, so that t is close to 2^64: not twice
        return reduce_3(low(t), high(t), x2);
#endif
    }

    // the product of loose words, loose
    static HD u64 mul_loose(u64 a, u64 b) {
#ifdef __CUDA_ARCH__
        u32 x0, x1, x2, x3;
        asm("{ mul.lo.u32 %0, %4, %6; mul.hi.u32 %1, %4, %6; mul.lo.u32 %2, %5, %7; mul.hi.u32 %3, %5, %7;"
            "  mad.lo.cc.u32 %1, %4, %7, %1; madc.hi.cc.u32 %2, %4, %7, %2; addc.u32 %3, %3, 0;"
            "  mad.lo.cc.u32 %1, %5, %6, %1; madc.hi.cc.u32 %2, %5, %6, %2; addc.u32 %3, %3, 0; }"
            : "=&r"(x0), "=&r"(x1), "=&r"(x2), "=&r"(x3)
            : "r"(low(a)), "r"(high(a)), "r"(low(b)), "r"(high(b)));
        return reduce_4(x0, x1, x2, x3);
#else
        unsigned __int128 x = static_cast<unsigned __int128>(a) * b;
        u64 x_low = static_cast<u64>(x), x_high = static_cast<u64>(x >> 64);
        return reduce_4(low(x_low), high(x_low), low(x_high), high(x_high));
#endif
    }

    static HD u64 mul(u64 a, u64 b) { return canonical(mul_loose(a, b)); }

    // a 2^s for 0 <= s < 96, canonical, of canonical a; the compiler must know s
    static HD u64 times_power_of_two(u64 a, u32 s) {
        const u32 a0 = low(a), a1 = high(a), t = s % 32;
        const u32 y0 = a0 << t, y1 = t ? a1 << t | a0 >> (32 - t) : a1, y2 = t ? a1 >> (32 - t) : 0;
        if (s == 0) return a;
        // multiplied by 2^(s - t); every term is canonical
        if (s < 32) return add(join(0, y1), multiply_wide(y2, low(EPSILON)) + y0);  // y0 + 2^32 y1 + e y2
        if (s < 64) return sub(join(0, y0), sub(y2, multiply_wide(y1, low(EPSILON))));  // 2^32 y0 + e y1 - y2
        return sub(multiply_wide(y0, low(EPSILON)), join(y1, y2));  // e y0 - y1 - 2^32 y2
    }

    static HD u64 times_root_16(u64 a, u32 e) {
        const u32 s = ROOT_16 * e % 192;
        return s < 96 ? times_power_of_two(a, s) : sub(0, times_power_of_two(a, s - 96));
    }

    static HD u64 turned(u64 a, u64 b, u32 e) {
        const u32 s = ROOT_16 * e % 192;
        return s < 96 ? times_power_of_two(sub(a, b), s) : times_power_of_two(sub(b, a), s - 96);
    }

    static HD u32 low(u64 a) { return static_cast<u32>(a); }
    static HD u32 high(u64 a) { return static_cast<u32>(a >> 32); }
    static HD u64 join(u32 l, u32 h) { return static_cast<u64>(h) << 32 | l; }
};
