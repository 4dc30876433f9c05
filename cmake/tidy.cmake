# The target `tidy`: clang-tidy over every source of the programs; .clang-tidy makes each finding an
# error. It takes minutes, so it is no part of the build.
find_program(P2S_CLANG_TIDY NAMES clang-tidy)
find_program(P2S_RUN_CLANG_TIDY NAMES run-clang-tidy run-clang-tidy-14)
if(P2S_CLANG_TIDY AND P2S_RUN_CLANG_TIDY)
  add_custom_target(tidy
    COMMAND ${P2S_RUN_CLANG_TIDY} -quiet -p ${CMAKE_BINARY_DIR}
            "^${CMAKE_SOURCE_DIR}/(nn|kernels|models|data|metrics|features|train|infer)/"
    USES_TERMINAL VERBATIM)
endif()
