// One text, three builds: nvcc and NVRTC compile kernels for a GPU; a plain C++ compiler compiles the same kernels
// against `emulation.cuh`, which runs the threads of a block one after another up to each barrier.
//
//     KERNEL(name, threads, blocks, (parameters)) { body }    a kernel for blocks of at most `threads`, of which at
//                                                             least `blocks` fit on a multiprocessor; C linkage
//     HD                                                      a function of the device and of the host
//     SHARED type name[size];                                 shared memory of a size known to the compiler
//     DYNAMIC_SHARED(type, name);                             shared memory of the size given at the launch
//     BY_VALUE type name                                      a parameter that is a structure, in constant memory
//     barrier();                                              all threads of the block; none may have returned
#pragma once

typedef unsigned int u32;
typedef unsigned long long u64;

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)

#define HD __host__ __device__ __forceinline__
#define DEVICE __device__ __forceinline__
#define KERNEL(name, threads, blocks, parameters) extern "C" __global__ void __launch_bounds__(threads, blocks) name parameters
#define SHARED __shared__
#define DYNAMIC_SHARED(type, name)                                                                                     \
    extern __shared__ uint4 dynamic_shared_memory[];                                                                   \
    type* name = reinterpret_cast<type*>(dynamic_shared_memory)
#define BY_VALUE const __grid_constant__
#define RESTRICT __restrict__
DEVICE void barrier() { __syncthreads(); }

#else

#include "emulation.cuh"

#endif

#define UNROLL _Pragma("unroll")
#define NO_UNROLL _Pragma("unroll 1")

// the full product of two words
HD u64 multiply_wide(u32 a, u32 b) { return static_cast<u64>(a) * b; }

// the upper word of a product
HD u32 multiply_high(u32 a, u32 b) {
#ifdef __CUDA_ARCH__
    return __umulhi(a, b);
#else
    return static_cast<u32>(multiply_wide(a, b) >> 32);
#endif
}

HD u32 smaller(u32 a, u32 b) { return a < b ? a : b; }

HD u32 reversed_bits(u32 value, u32 bits) {
#ifdef __CUDA_ARCH__
    return bits ? __brev(value) >> (32 - bits) : 0;
#else
    u32 out = 0;
    for (u32 i = 0; i < bits; i++) out |= (value >> i & 1u) << (bits - 1 - i);
    return out;
#endif
}

// index of the first thread of this block in the grid, plus that of the thread in its block
DEVICE u32 global_thread() { return blockIdx.x * blockDim.x + threadIdx.x; }
DEVICE u32 global_threads() { return gridDim.x * blockDim.x; }
