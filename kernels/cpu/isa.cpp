#include "kernels/cpu/isa.h"

#include <cstdlib>
#include <dnnl.hpp>

#include "nn/base/error.h"

namespace p2s::cpu {
namespace {

// What x86-64-v4 stands for in the compiler.
bool has_avx512() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

Isa choose() {
  const char* text = std::getenv("P2S_ISA");
  const std::string_view wanted = text == nullptr ? "" : text;
  if (wanted.empty()) return has_avx512() ? Isa::avx512 : Isa::avx2;
  if (wanted == name(Isa::avx2)) {
    dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
    return Isa::avx2;
  }
  check(wanted == name(Isa::avx512), ErrorCode::usage,
        "P2S_ISA: \"{}\" is none of avx2, avx512; leave it unset for the best", wanted);
  check(has_avx512(), ErrorCode::device, "P2S_ISA=avx512: this processor has no AVX-512");
  return Isa::avx512;
}

}  // namespace

std::string_view name(Isa isa) { return isa == Isa::avx2 ? "avx2" : "avx512"; }

Isa isa() {
  static const Isa chosen = choose();
  return chosen;
}

}  // namespace p2s::cpu
