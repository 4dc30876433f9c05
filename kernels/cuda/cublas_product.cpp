#include "kernels/cuda/cublas_product.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "kernels/cuda/convert.h"
#include "kernels/cuda/cublas_lt.h"
#include "kernels/cuda/runtime.h"
#include "nn/base/error.h"

namespace p2s::cuda {
namespace {

constexpr size_t kWorkspaceBytes = size_t(32) << 20;  // what cuBLAS recommends for Hopper

void check_cublas(cublasStatus_t status, const char* what, const Gemm& g) {
  check(status == CUBLAS_STATUS_SUCCESS, ErrorCode::device,
        "cuda: {} a product [{},{}] x [{},{}] failed: {}; --device cpu runs without a GPU", what,
        g.m, g.k, g.k, g.n, cublas_lt().status_text(status));
}

// What cuBLASLt made, destroyed with its owner.
template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* handle) const {
    (cublas_lt().*destroy)(handle);
  }
};
template <class Handle, auto destroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroy<destroy>>;
using Operation = Owned<cublasLtMatmulDesc_t, &CublasLt::operation_destroy>;
using Layout = Owned<cublasLtMatrixLayout_t, &CublasLt::layout_destroy>;
using Preference = Owned<cublasLtMatmulPreference_t, &CublasLt::preference_destroy>;

// Everything that the choice of an algorithm depends on, and the bias, which cuBLASLt notes in the
// plan.
struct Problem {
  const float* bias;
  Precision precision;
  bool transpose_a, transpose_b, adds;
  int64_t m, n, k, lda, ldb, ldc, batch, stride_a, stride_b, stride_c;
  unsigned align_a, align_b, align_c;
  auto operator<=>(const Problem&) const = default;
};

unsigned alignment(const void* pointer) {
  const auto address = reinterpret_cast<uintptr_t>(pointer);
  return address == 0 ? 256 : unsigned(std::min<uintptr_t>(address & (~address + 1), 256));
}

struct Plan {
  Operation operation;
  Layout a, b, c;
  cublasLtMatmulAlgo_t algorithm;
  size_t workspace;
  bool adds_bias;
};

cublasLtHandle_t library() {
  static const cublasLtHandle_t handle = [] {
    cublasLtHandle_t made = nullptr;
    const cublasStatus_t status = cublas_lt().create(&made);
    check(status == CUBLAS_STATUS_SUCCESS, ErrorCode::device,
          "cuda: cuBLASLt does not start: {}; --device cpu runs without a GPU",
          cublas_lt().status_text(status));
    return made;
  }();
  return handle;
}

// A row-major matrix [rows, columns] as cuBLASLt sees it: columns x rows.
Layout layout(const Gemm& g, cudaDataType_t type, int64_t rows, int64_t columns, int64_t ld,
              int64_t stride) {
  cublasLtMatrixLayout_t made = nullptr;
  check_cublas(cublas_lt().layout_create(&made, type, uint64_t(columns), uint64_t(rows), ld),
               "describing", g);
  Layout result(made);
  if (g.batch > 1) {
    const auto count = int32_t(g.batch);
    check_cublas(
        cublas_lt().layout_set(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count),
        "describing", g);
    check_cublas(cublas_lt().layout_set(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride,
                                        sizeof stride),
                 "describing", g);
  }
  return result;
}

Operation operation(const Gemm& g, const float* bias) {
  cublasLtMatmulDesc_t made = nullptr;
  const bool tf32 = g.precision == Precision::tf32;
  const auto compute = tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  check_cublas(cublas_lt().operation_create(&made, compute, CUDA_R_32F), "describing", g);
  Operation result(made);
  const cublasOperation_t first = g.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
  const cublasOperation_t second = g.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
  check_cublas(cublas_lt().operation_set(made, CUBLASLT_MATMUL_DESC_TRANSA, &first, sizeof first),
               "describing", g);
  check_cublas(cublas_lt().operation_set(made, CUBLASLT_MATMUL_DESC_TRANSB, &second, sizeof second),
               "describing", g);
  if (bias != nullptr) {
    const cublasLtEpilogue_t adds = CUBLASLT_EPILOGUE_BIAS;
    check_cublas(cublas_lt().operation_set(made, CUBLASLT_MATMUL_DESC_EPILOGUE, &adds, sizeof adds),
                 "describing", g);
    check_cublas(
        cublas_lt().operation_set(made, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof bias),
        "describing", g);
  }
  return result;
}

Preference preference(const Gemm& g, const Problem& p) {
  cublasLtMatmulPreference_t made = nullptr;
  check_cublas(cublas_lt().preference_create(&made), "planning", g);
  Preference result(made);
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
    check_cublas(cublas_lt().preference_set(made, attribute, &value, sizeof value), "planning", g);
  };
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t(kWorkspaceBytes));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, uint32_t(p.align_b));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, uint32_t(p.align_a));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, uint32_t(p.align_c));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, uint32_t(p.align_c));
  return result;
}

// The fastest way into `plan`, or why there is none.
cublasStatus_t find_plan(const Gemm& g, const Problem& p, const float* bias, Plan& plan) {
  const cudaDataType_t type = g.precision == Precision::bf16 ? CUDA_R_16BF : CUDA_R_32F;
  plan.operation = operation(g, bias);
  plan.a = layout(g, type, g.transpose_a ? g.k : g.m, g.transpose_a ? g.m : g.k, g.lda, g.stride_a);
  plan.b = layout(g, type, g.transpose_b ? g.n : g.k, g.transpose_b ? g.k : g.n, g.ldb, g.stride_b);
  plan.c = layout(g, CUDA_R_32F, g.m, g.n, g.ldc, g.stride_c);
  const Preference wanted = preference(g, p);
  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  const cublasStatus_t status =
      cublas_lt().choose_algorithm(library(), plan.operation.get(), plan.b.get(), plan.a.get(),
                                   plan.c.get(), plan.c.get(), wanted.get(), 1, &found, &count);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  if (count == 0) return CUBLAS_STATUS_NOT_SUPPORTED;
  plan.algorithm = found.algo;
  plan.workspace = found.workspaceSize;
  plan.adds_bias = bias != nullptr;
  return found.state;
}

Plan make_plan(const Gemm& g, const Problem& p) {
  Plan plan;
  // Kernels read a bias as they read matrices, 16 bytes at once. Where none adds it, we do.
  const bool alike = g.bias != nullptr && alignment(g.bias) >= 16;
  if (alike && find_plan(g, p, g.bias, plan) == CUBLAS_STATUS_SUCCESS) return plan;
  check_cublas(find_plan(g, p, nullptr, plan), "planning", g);
  return plan;
}

// Asking for an algorithm takes longer than a small product: every problem asks once.
const Plan& plan_for(const Gemm& g, const Problem& p) {
  static std::mutex mutex;
  static std::map<Problem, Plan> plans;
  const std::lock_guard lock(mutex);
  auto place = plans.find(p);
  if (place == plans.end()) place = plans.emplace(p, make_plan(g, p)).first;
  return place->second;
}

}  // namespace

void cublas_product(const Gemm& g, const void* a, const void* b) {
  const Problem problem{g.bias,       g.precision,  g.transpose_a, g.transpose_b, g.beta != 0,
                        g.m,          g.n,          g.k,           g.lda,         g.ldb,
                        g.ldc,        g.batch,      g.stride_a,    g.stride_b,    g.stride_c,
                        alignment(a), alignment(b), alignment(g.c)};
  const Plan& plan = plan_for(g, problem);
  const Scratch workspace(plan.workspace);
  const float one = 1, beta = g.beta;
  check_cublas(
      cublas_lt().multiply(library(), plan.operation.get(), &one, b, plan.b.get(), a, plan.a.get(),
                           &beta, g.c, plan.c.get(), g.c, plan.c.get(), &plan.algorithm,
                           workspace.as<void>(), plan.workspace, stream()),
      "computing", g);
  if (g.bias == nullptr || plan.adds_bias) return;
  for (int64_t i = 0; i < g.batch; ++i) {
    add_to_rows(g.m, g.n, g.bias, g.c + i * g.stride_c, g.ldc);
  }
}

}  // namespace p2s::cuda
