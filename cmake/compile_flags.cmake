# p2s_flags: what every target of this tree is compiled with. None of it reaches those who use the
# installed library: they get the include folder and C++20 only.
add_library(p2s_flags INTERFACE)
target_compile_features(p2s_flags INTERFACE $<INSTALL_INTERFACE:cxx_std_20>)
target_include_directories(p2s_flags INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>
                                               $<INSTALL_INTERFACE:include/p2s>)

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
if(P2S_NATIVE)
  list(APPEND flags -march=native)
endif()
if(P2S_SANITIZE)
  # Left out: what the address sanitizer finds anyway at the access, and a fourth of the build time.
  list(APPEND flags -fsanitize=address,undefined -fno-sanitize=null,alignment,vptr,object-size
              -fno-sanitize-recover=all -O1 -g1)
  target_link_options(p2s_flags INTERFACE $<BUILD_INTERFACE:-fsanitize=address,undefined>)
endif()
target_compile_options(p2s_flags INTERFACE $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:${flags}>>)
