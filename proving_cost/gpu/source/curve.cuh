// Points of y^2 = x^3 + 3 over Fq, the group G1 of BN254, of prime order: no point has y = 0.
//
// Sums are kept as (X, Y, ZZ, ZZZ) with x = X/ZZ, y = Y/ZZZ and ZZ^3 = ZZZ^2; ZZ = 0 is the identity. The formulas are
// madd-2008-s, add-2008-s and dbl-2008-s-1 of the Explicit-Formulas Database (shortw/xyzz, a = 0), with Y of a sum taken
// as one sum of two products. All coordinates are loose and in Montgomery form.
#pragma once

#include "wide.cuh"

typedef Wide<Fq> Coordinate;

struct Affine {  // never the identity
    Coordinate x, y;
};

struct Xyzz {
    Coordinate x, y, zz, zzz;
};

HD Xyzz identity() { return {wide_zero<Fq>(), wide_zero<Fq>(), wide_zero<Fq>(), wide_zero<Fq>()}; }

// ZZ is 0 itself, never p: it is either set to 0 or a product of values that are not 0 modulo p
HD bool is_identity(const Xyzz& p) {
    u32 any = 0;
    UNROLL
    for (int i = 0; i < 8; i++) any |= p.zz.v[i];
    return any == 0;
}

HD Xyzz from_affine(const Affine& p) { return {p.x, p.y, wide_one<Fq>(), wide_one<Fq>()}; }

// what an addition of either kind ends with: the sum of (x1, y1, .., ..) and a point that differs from it by p in x
// and by r in y, all over one denominator, but for the factors of ZZ and ZZZ that are left in `zz` and `zzz`
HD void finish_addition(Xyzz& sum, const Coordinate& x1, const Coordinate& y1, const Coordinate& p, const Coordinate& r) {
    Coordinate pp = sqr(p);
    Coordinate ppp = mul(p, pp);
    Coordinate q = mul(x1, pp);
    Coordinate x = sub(sub(sqr(r), ppp), add(q, q));
    sum.zz = mul(sum.zz, pp);
    sum.zzz = mul(sum.zzz, ppp);
    sum.y = sum_of_products(r, sub(q, x), ppp, neg(y1));
    sum.x = x;
}

// 2 (x, y, zz, zzz) but for the factors of ZZ and ZZZ that are left in `zz` and `zzz`
HD void finish_doubling(Xyzz& sum) {
    Coordinate u = add(sum.y, sum.y);
    Coordinate v = sqr(u);
    Coordinate w = mul(u, v);
    Coordinate s = mul(sum.x, v);
    Coordinate square = sqr(sum.x);
    Coordinate m = add(add(square, square), square);
    Coordinate x = sub(sqr(m), add(s, s));
    sum.zz = mul(sum.zz, v);
    sum.zzz = mul(sum.zzz, w);
    sum.y = sum_of_products(m, sub(s, x), w, neg(sum.y));
    sum.x = x;
}

// sum += point
HD void add_affine(Xyzz& sum, const Affine& point) {
    if (is_identity(sum)) {
        sum = from_affine(point);
        return;
    }
    Coordinate p = sub(mul(point.x, sum.zz), sum.x);
    Coordinate r = sub(mul(point.y, sum.zzz), sum.y);
    if (is_zero(p)) {
        if (is_zero(r)) {
            sum = from_affine(point);
            finish_doubling(sum);
        } else {
            sum = identity();
        }
        return;
    }
    finish_addition(sum, sum.x, sum.y, p, r);
}

// sum = 2 sum
HD void double_point(Xyzz& sum) {
    if (!is_identity(sum)) finish_doubling(sum);
}

// sum += other
HD void add_point(Xyzz& sum, const Xyzz& other) {
    if (is_identity(other)) return;
    if (is_identity(sum)) {
        sum = other;
        return;
    }
    Coordinate x1 = mul(sum.x, other.zz);
    Coordinate y1 = mul(sum.y, other.zzz);
    Coordinate p = sub(mul(other.x, sum.zz), x1);
    Coordinate r = sub(mul(other.y, sum.zzz), y1);
    if (is_zero(p)) {
        if (is_zero(r)) {
            finish_doubling(sum);
        } else {
            sum = identity();
        }
        return;
    }
    sum.zz = mul(sum.zz, other.zz);
    sum.zzz = mul(sum.zzz, other.zzz);
    finish_addition(sum, x1, y1, p, r);
}

// tight affine coordinates; (0, 0), which is not on the curve, for the identity
HD Affine to_affine(const Xyzz& p) {
    Coordinate over_z3 = inverse(p.zzz);
    Coordinate over_z = mul(p.zz, over_z3);
    return {tight(mul(p.x, sqr(over_z))), tight(mul(p.y, over_z3))};
}

HD Affine load_affine(const uint4* from, u64 index) { return {load<Fq>(from, 2 * index), load<Fq>(from, 2 * index + 1)}; }

HD void store_affine(uint4* to, u64 index, const Affine& p) {
    store(to, 2 * index, p.x);
    store(to, 2 * index + 1, p.y);
}

HD Xyzz load_xyzz(const uint4* from, u64 index) {
    index *= 4;
    return {load<Fq>(from, index), load<Fq>(from, index + 1), load<Fq>(from, index + 2), load<Fq>(from, index + 3)};
}

HD void store_xyzz(uint4* to, u64 index, const Xyzz& p) {
    store(to, 4 * index, p.x);
    store(to, 4 * index + 1, p.y);
    store(to, 4 * index + 2, p.zz);
    store(to, 4 * index + 3, p.zzz);
}
