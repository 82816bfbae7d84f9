// Residues modulo the two primes of BN254: eight 32-bit limbs, in Montgomery form with R = 2^256.
//
// Both primes are below 0.19 * 2^256, so that values may be kept *loose*, in [0, 2p). A product of a < 4p and b < 2^256
// is (ab + mp)/R < (ab/(pR) + 1) p, which is below 2p where ab < pR: for a, b < 2p, and for a < 4p, b < p. So no
// product ends in a subtraction; only what leaves for memory is made *tight*, in [0, p).
//
// A product has two accumulators of 64-bit columns, one that starts at even and one that starts at odd limbs, which
// change places from word to word of the second factor, so that a division by 2^32 moves little. Before each division
// the two together are below 2^32 (a + p) < 2^288, so that nothing overflows at the top.
#pragma once

#include "wide_square.cuh"

struct Fr {  // the scalar field
    HD static constexpr u32 modulus(int i) {
        constexpr u32 word[8] = {0xf0000001, 0x43e1f593, 0x79b97091, 0x2833e848, 0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72};
        return word[i];
    }
    HD static constexpr u32 radix(int i) {  // R modulo p
        constexpr u32 word[8] = {0x4ffffffb, 0xac96341c, 0x9f60cd29, 0x36fc7695, 0x7879462e, 0x666ea36f, 0x9a07df2f, 0x0e0a77c1};
        return word[i];
    }
    HD static constexpr u32 radix_squared(int i) {
        constexpr u32 word[8] = {0xae216da7, 0x1bb8e645, 0xe35c59e3, 0x53fe3ab1, 0x53bb8085, 0x8c49833d, 0x7f4e44a5, 0x0216d0b1};
        return word[i];
    }
    static constexpr u32 minus_inverse = 0xefffffff;  // -1/p modulo 2^32
};

struct Fq {  // the field of coordinates
    HD static constexpr u32 modulus(int i) {
        constexpr u32 word[8] = {0xd87cfd47, 0x3c208c16, 0x6871ca8d, 0x97816a91, 0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72};
        return word[i];
    }
    HD static constexpr u32 radix(int i) {
        constexpr u32 word[8] = {0xc58f0d9d, 0xd35d438d, 0xf5c70b3d, 0x0a78eb28, 0x7879462c, 0x666ea36f, 0x9a07df2f, 0x0e0a77c1};
        return word[i];
    }
    HD static constexpr u32 radix_squared(int i) {
        constexpr u32 word[8] = {0x538afa89, 0xf32cfc5b, 0xd44501fb, 0xb5e71911, 0x0a417ff6, 0x47ab1eff, 0xcab8351f, 0x06d89f71};
        return word[i];
    }
    static constexpr u32 minus_inverse = 0xe4866389;
};

template <class F>
struct alignas(16) Wide {
    u32 v[8];
};

template <class F>
HD Wide<F> wide_modulus() {
    Wide<F> out;
    UNROLL
    for (int i = 0; i < 8; i++) out.v[i] = F::modulus(i);
    return out;
}

template <class F>
HD Wide<F> wide_twice_modulus() {
    Wide<F> out;
    UNROLL
    for (int i = 0; i < 8; i++) out.v[i] = F::modulus(i) << 1 | (i ? F::modulus(i - 1) >> 31 : 0);
    return out;
}

template <class F>
HD Wide<F> wide_zero() {
    Wide<F> out;
    UNROLL
    for (int i = 0; i < 8; i++) out.v[i] = 0;
    return out;
}

// 1 in Montgomery form
template <class F>
HD Wide<F> wide_one() {
    Wide<F> out;
    UNROLL
    for (int i = 0; i < 8; i++) out.v[i] = F::radix(i);
    return out;
}

// a - m where a >= m, else a
template <class F>
HD Wide<F> reduced_once(const Wide<F>& a, const Wide<F>& m) {
    Wide<F> out;
    u32 borrow = rows::difference(out.v, a.v, m.v);
    UNROLL
    for (int i = 0; i < 8; i++) out.v[i] = borrow ? a.v[i] : out.v[i];
    return out;
}

// from [0, 4p) to [0, 2p)
template <class F>
HD Wide<F> loose(const Wide<F>& a) {
    return reduced_once(a, wide_twice_modulus<F>());
}

// from [0, 2p) to [0, p)
template <class F>
HD Wide<F> tight(const Wide<F>& a) {
    return reduced_once(a, wide_modulus<F>());
}

// a + b in [0, 4p), of loose values
template <class F>
HD Wide<F> add_lazy(const Wide<F>& a, const Wide<F>& b) {
    Wide<F> out;
    rows::sum(out.v, a.v, b.v);
    return out;
}

template <class F>
HD Wide<F> add(const Wide<F>& a, const Wide<F>& b) {
    return loose(add_lazy(a, b));
}

// a - b + 2p in (0, 4p), of loose values
template <class F>
HD Wide<F> sub_lazy(const Wide<F>& a, const Wide<F>& b) {
    Wide<F> out;
    rows::difference(out.v, a.v, b.v);
    rows::sum(out.v, out.v, wide_twice_modulus<F>().v);
    return out;
}

template <class F>
HD Wide<F> sub(const Wide<F>& a, const Wide<F>& b) {
    Wide<F> out, m = wide_twice_modulus<F>();
    u32 borrow = rows::difference(out.v, a.v, b.v);
    UNROLL
    for (int i = 0; i < 8; i++) m.v[i] &= borrow;
    rows::sum(out.v, out.v, m.v);
    return out;
}

template <class F>
HD Wide<F> neg(const Wide<F>& a) {
    return sub(wide_zero<F>(), a);
}

// whether a loose value is 0: it is then 0 or p
template <class F>
HD bool is_zero(const Wide<F>& a) {
    u32 any = 0, other = 0;
    UNROLL
    for (int i = 0; i < 8; i++) {
        any |= a.v[i];
        other |= a.v[i] ^ F::modulus(i);
    }
    return any == 0 || other == 0;
}

namespace rows {

// one division by 2^32 of a Montgomery reduction: makes the lowest limb of `even` 0
template <class F>
HD void reduce(u32* even, u32* odd) {
    Wide<F> p = wide_modulus<F>();
    u32 m = even[0] * F::minus_inverse;
    add(odd, p.v + 1, m);
    add(even, p.v, m, odd[7]);
}

}  // namespace rows

// ab/R, loose, where a < 4p and ab < pR
template <class F>
HD Wide<F> mul(const Wide<F>& a, const Wide<F>& b) {
    u32 even[8], odd[8];
    rows::first(even, a.v, b.v[0]);
    rows::first(odd, a.v + 1, b.v[0]);
    rows::reduce<F>(even, odd);
    UNROLL
    for (int i = 1; i < 8; i += 2) {
        rows::shift_add(even, odd[0], a.v + 1, b.v[i]);  // the accumulators have changed places
        rows::add(odd, a.v, b.v[i], even[7]);
        rows::reduce<F>(odd, even);
        if (i == 7) break;
        rows::shift_add(odd, even[0], a.v + 1, b.v[i + 1]);
        rows::add(even, a.v, b.v[i + 1], odd[7]);
        rows::reduce<F>(even, odd);
    }
    Wide<F> out;
    rows::join(out.v, odd, even);
    return out;
}

// ab + cd over R, loose, with one reduction, of loose values: below (8p/R + 1) p < 2.6p before the last subtraction
template <class F>
HD Wide<F> sum_of_products(const Wide<F>& a, const Wide<F>& b, const Wide<F>& c, const Wide<F>& d) {
    u32 even[8], odd[8];
    rows::first(even, a.v, b.v[0]);
    rows::first(odd, a.v + 1, b.v[0]);
    rows::add(odd, c.v + 1, d.v[0]);
    rows::add(even, c.v, d.v[0], odd[7]);
    rows::reduce<F>(even, odd);
    UNROLL
    for (int i = 1; i < 8; i += 2) {
        rows::shift_add(even, odd[0], a.v + 1, b.v[i]);
        rows::add(odd, a.v, b.v[i], even[7]);
        rows::add(even, c.v + 1, d.v[i]);
        rows::add(odd, c.v, d.v[i], even[7]);
        rows::reduce<F>(odd, even);
        if (i == 7) break;
        rows::shift_add(odd, even[0], a.v + 1, b.v[i + 1]);
        rows::add(even, a.v, b.v[i + 1], odd[7]);
        rows::add(odd, c.v + 1, d.v[i + 1]);
        rows::add(even, c.v, d.v[i + 1], odd[7]);
        rows::reduce<F>(even, odd);
    }
    Wide<F> out;
    rows::join(out.v, odd, even);
    return loose(out);
}

// a^2/R, loose, of a loose value; the square first, then the reduction of its lower half, to which the upper is added
template <class F>
HD Wide<F> sqr(const Wide<F>& a) {
    Wide<F> p = wide_modulus<F>(), out;
    u32 square[16], odd[8], *even = square;
    rows::square(square, a.v);
    u32 m = even[0] * F::minus_inverse;
    rows::first(odd, p.v + 1, m);
    rows::add(even, p.v, m, odd[7]);
    UNROLL
    for (int i = 1; i < 8; i += 2) {
        rows::shift_reduce(even, odd[0], m, p.v + 1, F::minus_inverse);
        rows::add(odd, p.v, m, even[7]);
        if (i == 7) break;
        rows::shift_reduce(odd, even[0], m, p.v + 1, F::minus_inverse);
        rows::add(even, p.v, m, odd[7]);
    }
    rows::join(out.v, odd, even);
    rows::sum(out.v, out.v, square + 8);
    return out;
}

template <class F>
HD Wide<F> to_montgomery(const Wide<F>& a) {
    Wide<F> factor;
    UNROLL
    for (int i = 0; i < 8; i++) factor.v[i] = F::radix_squared(i);
    return mul(a, factor);
}

// the tight residue itself
template <class F>
HD Wide<F> from_montgomery(const Wide<F>& a) {
    Wide<F> unit = wide_zero<F>();
    unit.v[0] = 1;
    return tight(mul(a, unit));
}

// 1/a by the power p - 2; 0 for 0
template <class F>
HD Wide<F> inverse(const Wide<F>& a) {
    Wide<F> out = wide_one<F>();
    NO_UNROLL
    for (int i = 253; i >= 0; i--) {
        out = sqr(out);
        u32 word = F::modulus(i >> 5);
        if (i < 32) word -= 2;  // the lowest limb of either prime is above 1
        if (word >> (i & 31) & 1u) out = mul(out, a);
    }
    return out;
}

// 32 bytes at `index` of an array, as two accesses of 16 bytes
template <class F>
HD Wide<F> load(const uint4* from, u64 index) {
    uint4 low = from[2 * index], high = from[2 * index + 1];
    return {{low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w}};
}

template <class F>
HD void store(uint4* to, u64 index, const Wide<F>& a) {
    to[2 * index] = make_uint4(a.v[0], a.v[1], a.v[2], a.v[3]);
    to[2 * index + 1] = make_uint4(a.v[4], a.v[5], a.v[6], a.v[7]);
}
