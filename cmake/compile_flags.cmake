# p2s_flags: what every target of this tree is compiled with. None of it reaches those who use the
# installed library: they get the include folder and C++20 only.
add_library(p2s_flags INTERFACE)
target_compile_features(p2s_flags INTERFACE $<INSTALL_INTERFACE:cxx_std_20>)
target_include_directories(p2s_flags INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>
                                               $<INSTALL_INTERFACE:include/p2s>)

# The least that the programs run on; what is more, kernels/cpu chooses at run time (decision 010).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(P2S_ARCH x86-64-v3 CACHE STRING "-march of the whole tree; empty: the compiler's default")
else()
  set(P2S_ARCH "" CACHE STRING "-march of the whole tree; empty: the compiler's default")
endif()

set(flags -Wall -Wextra -fno-math-errno -fno-trapping-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 reports these falsely inside fmt and its own vector headers, the last under sanitizers.
  list(APPEND flags -Wno-stringop-overflow -Wno-maybe-uninitialized)
  if(P2S_SANITIZE)
    list(APPEND flags -Wno-uninitialized)
  endif()
endif()
if(P2S_WERROR)
  list(APPEND flags -Werror)
endif()
if(P2S_ARCH)
  # A target's property P2S_OWN_ARCH stands above the tree's.
  set(own $<TARGET_PROPERTY:P2S_OWN_ARCH>)
  list(APPEND flags -march=$<IF:$<BOOL:${own}>,${own},${P2S_ARCH}>)
endif()
if(P2S_SANITIZE)
  # Left out: what the address sanitizer finds anyway at the access, and a fourth of the build time.
  list(APPEND flags -fsanitize=address,undefined -fno-sanitize=null,alignment,vptr,object-size
              -fno-sanitize-recover=all -g1)
  target_link_options(p2s_flags INTERFACE $<BUILD_INTERFACE:-fsanitize=address,undefined>)
endif()
target_compile_options(p2s_flags INTERFACE $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:${flags}>>)
