# CUDA is optional: kernels/cuda is built where nvcc is found.
find_program(P2S_NVCC nvcc HINTS /usr/local/cuda/bin)
if(NOT P2S_NVCC)
  message(STATUS "p2s: no nvcc here, building for the CPU only")
endif()
