// Kernels on the host, for tests: blocks run one after another; the threads of a block are fibres, each of which runs
// until it meets a barrier or returns, then the next. A missing barrier therefore shows as a read of what no thread
// has written yet; the order of the blocks and threads can be reversed, which shows it from the other side.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <tuple>
#include <type_traits>
#include <ucontext.h>
#include <utility>
#include <vector>

#define HD inline
#define DEVICE inline
#define SHARED static
#define DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(emulation::dynamic_shared)
#define BY_VALUE const
#define RESTRICT __restrict__
#define KERNEL(name, threads, blocks, parameters)                                                                      \
    static void name parameters;                                                                                       \
    extern "C" __attribute__((visibility("default"))) int launch_##name(                                                \
        const u32* grid, const u32* block, u64 shared_bytes, int reversed, void** arguments) {                         \
        return emulation::launch(grid, block, threads, shared_bytes, reversed != 0, &name, arguments);                 \
    }                                                                                                                  \
    static void name parameters

namespace emulation {

struct Index {
    u32 x, y, z;
};

inline Index thread_index, block_index, block_shape, grid_shape;
inline unsigned char* dynamic_shared = nullptr;

constexpr std::size_t STACK_BYTES = 256 * 1024;

enum class State { ready, waiting, ended };

struct Fibre {
    ucontext_t first;
    jmp_buf place;
    std::unique_ptr<unsigned char[]> stack;
    bool started = false;
    State state = State::ready;
};

inline std::vector<std::unique_ptr<Fibre>> fibres;
inline Fibre* current = nullptr;
inline jmp_buf scheduler;
inline void (*body)(void*) = nullptr;
inline void* body_data = nullptr;

// a fibre lives on from block to block: it ends a kernel by waiting for the next
inline void leave(State state) {
    current->state = state;
    if (!_setjmp(current->place)) _longjmp(scheduler, 1);
}

inline void live() {
    for (;;) {
        body(body_data);
        leave(State::ended);
    }
}

inline void resume(Fibre* fibre) {
    if (_setjmp(scheduler)) return;
    current = fibre;
    if (fibre->started) _longjmp(fibre->place, 1);
    fibre->started = true;
    setcontext(&fibre->first);
}

inline Fibre* new_fibre() {
    auto fibre = std::make_unique<Fibre>();
    fibre->stack.reset(new unsigned char[STACK_BYTES]);
    getcontext(&fibre->first);
    fibre->first.uc_stack.ss_sp = fibre->stack.get();
    fibre->first.uc_stack.ss_size = STACK_BYTES;
    fibre->first.uc_link = nullptr;
    makecontext(&fibre->first, live, 0);
    fibres.push_back(std::move(fibre));
    return fibres.back().get();
}

// 0, or 2 where some threads returned while others wait at a barrier
inline int run_block(u32 threads, bool reversed) {
    while (fibres.size() < threads) new_fibre();
    for (u32 i = 0; i < threads; i++) fibres[i]->state = State::ready;
    for (;;) {
        u32 ended = 0;
        for (u32 k = 0; k < threads; k++) {
            u32 i = reversed ? threads - 1 - k : k;
            thread_index = {i % block_shape.x, i / block_shape.x, 0};
            resume(fibres[i].get());
            ended += fibres[i]->state == State::ended;
        }
        if (ended == threads) return 0;
        if (ended) {
            fibres.clear();
            return 2;
        }
    }
}

template <class... A, std::size_t... I>
void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
    kernel(*static_cast<std::remove_const_t<A>*>(arguments[I])...);
}

// 0; 1 for a block larger than the kernel's bound; 2 for a barrier that not all threads reach
template <class... A>
int launch(const u32* grid, const u32* block, u32 bound, u64 shared_bytes, bool reversed, void (*kernel)(A...), void** arguments) {
    struct Data {
        void (*kernel)(A...);
        void** arguments;
    } data{kernel, arguments};
    if (block[0] * block[1] > bound) return 1;
    body = [](void* at) {
        Data* d = static_cast<Data*>(at);
        call(d->kernel, d->arguments, std::index_sequence_for<A...>{});
    };
    body_data = &data;
    std::vector<unsigned char> shared(shared_bytes + 16);
    dynamic_shared = shared.data() + (16 - reinterpret_cast<std::size_t>(shared.data()) % 16) % 16;
    grid_shape = {grid[0], grid[1], 1};
    block_shape = {block[0], block[1], 1};
    for (u32 j = 0; j < grid[1]; j++)
        for (u32 i = 0; i < grid[0]; i++) {
            block_index = {reversed ? grid[0] - 1 - i : i, reversed ? grid[1] - 1 - j : j, 0};
            std::memset(dynamic_shared, 0xa5, shared_bytes);
            if (int wrong = run_block(block[0] * block[1], reversed)) return wrong;
        }
    return 0;
}

}  // namespace emulation

#define threadIdx (emulation::thread_index)
#define blockIdx (emulation::block_index)
#define blockDim (emulation::block_shape)
#define gridDim (emulation::grid_shape)

inline void barrier() { emulation::leave(emulation::State::waiting); }

// one thread runs at a time, so an atomic operation is a plain one
template <class T>
inline T atomicAdd(T* at, T value) {
    T before = *at;
    *at = before + value;
    return before;
}

struct alignas(8) uint2 {
    u32 x, y;
};
struct alignas(16) uint4 {
    u32 x, y, z, w;
};
inline uint2 make_uint2(u32 x, u32 y) { return {x, y}; }
inline uint4 make_uint4(u32 x, u32 y, u32 z, u32 w) { return {x, y, z, w}; }
