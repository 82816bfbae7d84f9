// Each operation of `wide.cuh` and `curve.cuh` on arrays: what is checked against integers, on the host and on a card.
#include "curve.cuh"

enum Operation {
    MUL, SQR, SUM_OF_PRODUCTS, ADD, SUB, NEG, ADD_LAZY, SUB_LAZY, LOOSE, TIGHT, IS_ZERO, INVERSE, TO_MONTGOMERY, FROM_MONTGOMERY
};

template <class F>
DEVICE Wide<F> applied(u32 operation, const Wide<F>& a, const Wide<F>& b, const Wide<F>& c, const Wide<F>& d) {
    switch (operation) {
        case MUL: return mul(a, b);
        case SQR: return sqr(a);
        case SUM_OF_PRODUCTS: return sum_of_products(a, b, c, d);
        case ADD: return add(a, b);
        case SUB: return sub(a, b);
        case NEG: return neg(a);
        case ADD_LAZY: return add_lazy(a, b);
        case SUB_LAZY: return sub_lazy(a, b);
        case LOOSE: return loose(a);
        case TIGHT: return tight(a);
        case INVERSE: return inverse(a);
        case TO_MONTGOMERY: return to_montgomery(a);
        case FROM_MONTGOMERY: return from_montgomery(a);
    }
    Wide<F> out = wide_zero<F>();
    out.v[0] = is_zero(a);
    return out;
}

template <class F>
DEVICE void apply(u32 operation, u32 n, const uint4* operands, uint4* out) {
    u32 i = global_thread();
    if (i >= n) return;
    Wide<F> a = load<F>(operands, i), b = load<F>(operands, n + i), c = load<F>(operands, 2 * n + i);
    store(out, i, applied(operation, a, b, c, load<F>(operands, 3 * n + i)));
}

KERNEL(apply_fr, 128, 1, (u32 operation, u32 n, const uint4* RESTRICT operands, uint4* RESTRICT out)) {
    apply<Fr>(operation, n, operands, out);
}

KERNEL(apply_fq, 128, 1, (u32 operation, u32 n, const uint4* RESTRICT operands, uint4* RESTRICT out)) {
    apply<Fq>(operation, n, operands, out);
}

// left + right, by a mixed addition where `mixed`, else by a full one; right is affine where mixed
KERNEL(add_points, 128, 1, (u32 n, u32 mixed, const uint4* RESTRICT left, const uint4* RESTRICT right, uint4* RESTRICT out)) {
    u32 i = global_thread();
    if (i >= n) return;
    Xyzz sum = load_xyzz(left, i);
    if (mixed) {
        add_affine(sum, load_affine(right, i));
    } else {
        add_point(sum, load_xyzz(right, i));
    }
    store_xyzz(out, i, sum);
}

KERNEL(double_points, 128, 1, (u32 n, const uint4* RESTRICT points, uint4* RESTRICT out)) {
    u32 i = global_thread();
    if (i >= n) return;
    Xyzz sum = load_xyzz(points, i);
    double_point(sum);
    store_xyzz(out, i, sum);
}

KERNEL(affine_points, 128, 1, (u32 n, const uint4* RESTRICT points, uint4* RESTRICT out)) {
    u32 i = global_thread();
    if (i < n) store_affine(out, i, to_affine(load_xyzz(points, i)));
}
