# CUDA is optional: kernels/cuda is built into p2s_kernels where nvcc is found. Included
# before the layers; p2s_add_cuda_kernels(p2s_kernels) does nothing where P2S_HAS_CUDA is off.
set(P2S_CUDA AUTO CACHE STRING "build kernels/cuda: AUTO (where nvcc is found), ON or OFF")
set_property(CACHE P2S_CUDA PROPERTY STRINGS AUTO ON OFF)
set(P2S_HAS_CUDA OFF)

file(GLOB cuda_sources CONFIGURE_DEPENDS kernels/cuda/*.cu kernels/cuda/*.cpp)
find_program(P2S_NVCC nvcc HINTS /usr/local/cuda/bin)
if(P2S_CUDA STREQUAL OFF)
  message(STATUS "p2s: CUDA is switched off, building for the CPU only")
elseif(P2S_CUDA STREQUAL ON AND NOT P2S_NVCC)
  message(FATAL_ERROR "p2s: P2S_CUDA=ON, but there is no nvcc on PATH or in /usr/local/cuda/bin")
elseif(NOT P2S_NVCC)
  message(STATUS "p2s: no nvcc here, building for the CPU only")
else()
  message(STATUS "p2s: building kernels/cuda with ${P2S_NVCC}")
  set(CMAKE_CUDA_COMPILER ${P2S_NVCC})
  # Machine code for Ampere and Hopper; newer ones compile the PTX of the last.
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90 CACHE STRING "GPU generations to build for")
  if(CCACHE AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
  endif()
  enable_language(CUDA)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc 12 has it
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  endif()
  find_package(CUDAToolkit REQUIRED)
  # Of the toolkit, or of Python's packages (-DCMAKE_PREFIX_PATH=.../nvidia/cu13). Opened at run time.
  find_path(P2S_CUBLAS_INCLUDE cublasLt.h HINTS ${CUDAToolkit_INCLUDE_DIRS} REQUIRED)
  find_library(P2S_CUBLAS NAMES cublasLt libcublasLt.so.${CUDAToolkit_VERSION_MAJOR}
               HINTS ${CUDAToolkit_LIBRARY_DIR} REQUIRED)
  set(P2S_HAS_CUDA ON)
endif()

# 1675: g++'s own pragmas in headers that both compilers read.
set(cuda_flags --expt-relaxed-constexpr -diag-suppress 1675 -Xcompiler=-Wall,-Wextra)
if(P2S_WERROR)
  list(APPEND cuda_flags -Werror all-warnings -Xcompiler=-Werror)
endif()

function(p2s_add_cuda_kernels target)
  if(P2S_HAS_CUDA)
    target_sources(${target} PRIVATE ${cuda_sources})
    target_compile_definitions(${target} PRIVATE P2S_CUDA=1)
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:${cuda_flags}>")
    target_link_libraries(${target} PRIVATE CUDA::cudart_static ${CMAKE_DL_LIBS})
    target_include_directories(${target} SYSTEM PRIVATE ${P2S_CUBLAS_INCLUDE})
    get_filename_component(folder ${P2S_CUBLAS} DIRECTORY)
    set_property(SOURCE kernels/cuda/cublas_lt.cpp APPEND PROPERTY COMPILE_DEFINITIONS
                 P2S_CUBLAS_FOLDER="${folder}")
  endif()
endfunction()
