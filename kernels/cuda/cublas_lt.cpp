#include "kernels/cuda/cublas_lt.h"

#include <dlfcn.h>

#include <string>

#include "nn/base/error.h"

namespace p2s::cuda {
namespace {

// By name first, so that LD_LIBRARY_PATH counts; then where the build found it.
void* open_library() {
  const std::string name = fmt::format("libcublasLt.so.{}", CUBLAS_VER_MAJOR);
  for (const std::string& path : {name, std::string(P2S_CUBLAS_FOLDER) + "/" + name}) {
    if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
  }
  fail(ErrorCode::device,
       "cuda: {} is needed and found neither on LD_LIBRARY_PATH nor in {}; install cuBLAS, or give "
       "--device cpu",
       name, P2S_CUBLAS_FOLDER);
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  check(function != nullptr, ErrorCode::device,
        "cuda: this cuBLAS has no {}; another version is needed, or --device cpu", name);
}

CublasLt load() {
  void* library = open_library();
  CublasLt f{};
  find(library, "cublasLtCreate", f.create);
  find(library, "cublasLtGetStatusString", f.status_text);
  find(library, "cublasLtMatmulDescCreate", f.operation_create);
  find(library, "cublasLtMatmulDescDestroy", f.operation_destroy);
  find(library, "cublasLtMatmulDescSetAttribute", f.operation_set);
  find(library, "cublasLtMatrixLayoutCreate", f.layout_create);
  find(library, "cublasLtMatrixLayoutDestroy", f.layout_destroy);
  find(library, "cublasLtMatrixLayoutSetAttribute", f.layout_set);
  find(library, "cublasLtMatmulPreferenceCreate", f.preference_create);
  find(library, "cublasLtMatmulPreferenceDestroy", f.preference_destroy);
  find(library, "cublasLtMatmulPreferenceSetAttribute", f.preference_set);
  find(library, "cublasLtMatmulAlgoGetHeuristic", f.choose_algorithm);
  find(library, "cublasLtMatmul", f.multiply);
  return f;
}

}  // namespace

const CublasLt& cublas_lt() {
  static const CublasLt functions = load();
  return functions;
}

}  // namespace p2s::cuda
