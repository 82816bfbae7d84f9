// Every operation of the narrow fields and of their extensions on arrays, one element a thread: for tests.
#include "extension.cuh"

template <class FIELD>
HD typename FIELD::Word trial(typename FIELD::Word a, typename FIELD::Word b, u32 operation) {
    switch (operation) {
        case 0: return FIELD::add(a, b);
        case 1: return FIELD::sub(a, b);
        case 2: return FIELD::mul(a, b);
        case 3: return FIELD::enter(a);
        case 4: return FIELD::leave(a);
        case 5: return FIELD::times_root_16(a, 1);
        case 6: return FIELD::times_root_16(a, 2);
        case 7: return FIELD::times_root_16(a, 3);
        case 8: return FIELD::times_root_16(a, 4);
        case 9: return FIELD::times_root_16(a, 5);
        case 10: return FIELD::times_root_16(a, 6);
        case 11: return FIELD::times_root_16(a, 7);
        case 12: return FIELD::turned(a, b, 0);
        case 13: return FIELD::turned(a, b, 1);
        case 14: return FIELD::turned(a, b, 2);
        case 15: return FIELD::turned(a, b, 3);
        case 16: return FIELD::turned(a, b, 4);
        case 17: return FIELD::turned(a, b, 5);
        case 18: return FIELD::turned(a, b, 6);
        case 19: return FIELD::turned(a, b, 7);
        default: return FIELD::mul(FIELD::mul_loose(a, b), b);
    }
}

#define TRIAL(field, FIELD)                                                                                            \
    KERNEL(trial_##field, 256, 1, (const FIELD::Word* a, const FIELD::Word* b, FIELD::Word* out, u32 n, u32 operation)) { \
        for (u32 i = global_thread(); i < n; i += global_threads()) out[i] = trial<FIELD>(a[i], b[i], operation);      \
    }

TRIAL(babybear, BabyBear)
TRIAL(koalabear, KoalaBear)
TRIAL(goldilocks, Goldilocks)

template <class FIELD>
HD typename FIELD::Element extension_trial(typename FIELD::Element a, typename FIELD::Element b, u32 operation) {
    switch (operation) {
        case 0: return FIELD::add(a, b);
        case 1: return FIELD::sub(a, b);
        case 2: return FIELD::mul(a, b);
        default: return FIELD::scale(a, b.at[0]);
    }
}

#define EXTENSION_TRIAL(field, FIELD)                                                                                  \
    KERNEL(trial_##field, 256, 1, (const FIELD::Element* a, const FIELD::Element* b, FIELD::Element* out, u32 n, u32 operation)) { \
        for (u32 i = global_thread(); i < n; i += global_threads()) out[i] = extension_trial<FIELD>(a[i], b[i], operation); \
    }

EXTENSION_TRIAL(babybear_4, BabyBear4)
EXTENSION_TRIAL(koalabear_4, KoalaBear4)
EXTENSION_TRIAL(goldilocks_2, Goldilocks2)

// loose words
KERNEL(trial_loose, 256, 1, (const u64* a, const u64* b, u64* out, u32 n, u32 operation)) {
    for (u32 i = global_thread(); i < n; i += global_threads()) {
        if (operation == 0) out[i] = Goldilocks::mul_loose(a[i], b[i]);
        if (operation == 1) out[i] = Goldilocks::canonical(a[i]);
        if (operation == 2) out[i] = Goldilocks::add_loose(a[i], Goldilocks::canonical(b[i]));
    }
}
