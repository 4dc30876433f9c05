#pragma once

namespace p2s::bench {

// Arithmetic alone, in registers, on the calling thread: multiply-and-add of floats, and of bytes
// with the 16-bit and 32-bit sums that AVX2 makes of them. Each does `rounds` times the operations
// that it returns (a multiplication and an addition count as two) and takes the widest vectors of
// the processor.
double float_operations(long rounds);
double byte_operations(long rounds);

}  // namespace p2s::bench
