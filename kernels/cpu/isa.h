#pragma once

#include <string_view>

// Which instructions the CPU's kernels may use. The programs themselves need AVX2 at least
// (P2S_ARCH in cmake/compile_flags.cmake).
namespace p2s::cpu {

enum class Isa { avx2, avx512 };
std::string_view name(Isa isa);

// The most that the processor has, oneDNN's choice among it; the environment's P2S_ISA=avx2 forces
// the lower path, and P2S_ISA=avx512 asks for the higher. Decided on the first call, which must
// precede any of oneDNN. Error(usage) for another name, Error(device) for what the processor lacks.
Isa isa();

}  // namespace p2s::cpu
