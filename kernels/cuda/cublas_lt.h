#pragma once

#include <cublasLt.h>

namespace p2s::cuda {

// The functions of cuBLASLt that are used. The library is opened at the first product: linked, it
// would add most of a second to the start of every program, GPU or not.
struct CublasLt {
  decltype(&::cublasLtCreate) create;
  decltype(&::cublasLtGetStatusString) status_text;
  decltype(&::cublasLtMatmulDescCreate) operation_create;
  decltype(&::cublasLtMatmulDescDestroy) operation_destroy;
  decltype(&::cublasLtMatmulDescSetAttribute) operation_set;
  decltype(&::cublasLtMatrixLayoutCreate) layout_create;
  decltype(&::cublasLtMatrixLayoutDestroy) layout_destroy;
  decltype(&::cublasLtMatrixLayoutSetAttribute) layout_set;
  decltype(&::cublasLtMatmulPreferenceCreate) preference_create;
  decltype(&::cublasLtMatmulPreferenceDestroy) preference_destroy;
  decltype(&::cublasLtMatmulPreferenceSetAttribute) preference_set;
  decltype(&::cublasLtMatmulAlgoGetHeuristic) choose_algorithm;
  decltype(&::cublasLtMatmul) multiply;
};

// Error(device) where the library cannot be opened or lacks a function.
const CublasLt& cublas_lt();

}  // namespace p2s::cuda
