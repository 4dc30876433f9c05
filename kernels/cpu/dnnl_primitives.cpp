#include "kernels/cpu/dnnl_primitives.h"

namespace p2s::cpu {

const dnnl::engine& dnnl_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& dnnl_stream() {
  thread_local dnnl::stream stream(dnnl_engine());
  return stream;
}

bool has_bfloat16_products() {
  static const bool has = [] {
    const auto isa = int(dnnl::get_effective_cpu_isa()),
               wanted = int(dnnl::cpu_isa::avx512_core_bf16);
    return (isa & wanted) == wanted;
  }();
  return has;
}

}  // namespace p2s::cpu
