#include "kernels/cpu/dnnl_primitives.h"

#include "kernels/cpu/scratch.h"

namespace p2s::cpu {

const dnnl::engine& dnnl_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& dnnl_stream() {
  thread_local dnnl::stream stream(dnnl_engine());
  return stream;
}

dnnl::primitive_attr cached_primitive() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

void run(const dnnl::primitive& primitive, std::unordered_map<int, dnnl::memory> arguments) {
  const auto* layout =
      dnnl_primitive_desc_query_md(primitive.get_primitive_desc(), dnnl_query_scratchpad_md, 0);
  const dnnl::memory::desc scratchpad = layout ? dnnl::memory::desc(*layout) : dnnl::memory::desc();
  const Scratch space(scratchpad.get_size());
  arguments[DNNL_ARG_SCRATCHPAD] = dnnl_memory(scratchpad, space.as<void>());
  primitive.execute(dnnl_stream(), arguments);
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
