# p2s_precompile(target header...): cmake/precompiled.h and more are read once for all files of a target.
option(P2S_PRECOMPILE "precompiled headers: a third less time to build" ON)

function(p2s_precompile target)
  if(NOT P2S_PRECOMPILE)
    return()
  endif()
  foreach(header ${CMAKE_SOURCE_DIR}/cmake/precompiled.h ${ARGN})
    target_precompile_headers(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${header}>")
  endforeach()
  # ccache needs to see what went into them. g++ 12 wrongly warns of std::string's own code
  # (its bug 105651), and from a precompiled header says so.
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE
                           $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess;-Wno-restrict>)
  endif()
endfunction()
