#pragma once

#include <cuda_runtime.h>

#include <cstdint>

// What cannot be said in the C++ that a CPU plays; tests/cuda_emulator has its own of this file.
namespace p2s::cuda {

// The shared memory whose size is given at the launch, 16-byte aligned.
__device__ inline unsigned char* launch_memory() {
  extern __shared__ float4 numbers[];
  return reinterpret_cast<unsigned char*>(numbers);
}

// sums [16,8] += a [16,16] b [16,8] by the tensor cores for a whole warp, a and b in bfloat16, two
// to a register. Of lane 4 g + q (PTX ISA, mma.m16n8k16): a holds columns 2q, 2q+1 of row g and of
// row g+8, then columns 2q+8, 2q+9 of both; b holds rows 2q, 2q+1 of column g, then 2q+8, 2q+9;
// sums are columns 2q, 2q+1 of row g, then of row g+8.
__device__ inline void multiply_add(float (&sums)[4], const uint32_t (&a)[4],
                                    const uint32_t (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
      "{%8,%9}, {%0,%1,%2,%3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

}  // namespace p2s::cuda
