# The loops of kernels/cpu a second time, with AVX-512, as one object in which only their table is
# visible (kCpuAvx512Kernels): kernels/device.cpp takes it where the processor has AVX-512. Linked
# on their own first, so that no inline function compiled with AVX-512 can stand in for the same one
# of the rest of the program (decision 010).
function(p2s_add_avx512_kernels target)
  if(NOT P2S_ARCH STREQUAL x86-64-v3 OR P2S_SANITIZE)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS kernels/cpu/*.cpp)
  # Left out: how oneDNN names convolutions (it chooses instructions itself) and what there must be
  # one of.
  list(FILTER sources EXCLUDE REGEX "/(convolution|dnnl_primitives|memory|isa)\\.cpp$")
  add_library(p2s_avx512_loops OBJECT ${sources})
  target_link_libraries(p2s_avx512_loops PRIVATE p2s_base DNNL::dnnl)
  set_target_properties(p2s_avx512_loops PROPERTIES P2S_OWN_ARCH x86-64-v4)
  target_compile_options(p2s_avx512_loops PRIVATE -mprefer-vector-width=512)
  set(object ${CMAKE_BINARY_DIR}/cpu_avx512.o)
  set(table _ZN3p2s11kCpuKernelsE)
  set(renamed _ZN3p2s17kCpuAvx512KernelsE)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${object} $<TARGET_OBJECTS:p2s_avx512_loops>
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=${renamed} --redefine-sym ${table}=${renamed} ${object}
    DEPENDS p2s_avx512_loops $<TARGET_OBJECTS:p2s_avx512_loops>
    COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  target_sources(${target} PRIVATE ${object})
  target_compile_definitions(${target} PRIVATE P2S_AVX512=1)
endfunction()
