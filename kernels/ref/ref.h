#pragma once

#include "kernels/kernels.h"

// The naive truth: plain loops, every sum and function in double, one file a family. What each
// function does stands in kernels/kernels.h.
namespace p2s::ref {

// memory.cpp
void* allocate(size_t bytes);
void release(void* pointer, size_t bytes);
void give_back();
void copy(void* to, const void* from, size_t bytes);
void fill(int64_t n, real value, real* y);

// gemm.cpp
void gemm(const Gemm& g);
PackedMatrix* pack(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb,
                   Precision precision);
void free_packed(PackedMatrix* packed);
void gemm_packed(int64_t m, const real* a, int64_t lda, const PackedMatrix* packed, real* c,
                 int64_t ldc, real beta, const real* bias);

// elementwise.cpp
void unary(Unary op, int64_t n, const real* x, real* y);
void unary_grad(Unary op, int64_t n, const real* x, const real* y, const real* dy, real* dx,
                bool accumulate);
void binary(Binary op, int64_t n, int64_t period, const real* a, const real* b, real* c);
void binary_grad(Binary op, int64_t n, int64_t period, const real* a, const real* b, const real* dc,
                 real* da, real* db);
void affine(int64_t n, real scale, const real* x, real shift, real* y);
void axpy(int64_t n, real scale, const real* x, real* y);

// dropout.cpp
void dropout(int64_t n, real p, uint64_t key, const real* x, real* y);
void dropout_grad(int64_t n, real p, uint64_t key, const real* dy, real* dx);

// reduce.cpp
void copy_block(int64_t rows, int64_t columns, const real* from, int64_t ld_from, real* to,
                int64_t ld_to, bool accumulate);
void reduce(Reduce op, int64_t outer, int64_t n, int64_t inner, const real* x, real* y,
            int32_t* arg);
void reduce_grad(Reduce op, int64_t outer, int64_t n, int64_t inner, const real* dy,
                 const int32_t* arg, real* dx);

// softmax.cpp
void softmax(int64_t rows, int64_t columns, const real* x, real* y);
void softmax_grad(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx,
                  bool accumulate);
void log_softmax(int64_t rows, int64_t columns, const real* x, real* y);
void log_softmax_grad(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx,
                      bool accumulate);
// log(sum(exp(x[0..columns)))
double log_sum_exp(int64_t columns, const real* x);

// layer_norm.cpp
void layer_norm(int64_t rows, int64_t columns, int64_t ld, const real* x, const real* gain,
                const real* bias, real epsilon, real* y, real* mean, real* inverse_deviation);
void layer_norm_grad(int64_t rows, int64_t columns, int64_t ld, const real* x, const real* gain,
                     const real* mean, const real* inverse_deviation, const real* dy, real* dx,
                     real* d_gain, real* d_bias, bool accumulate);

// l2_normalize.cpp
void l2_normalize(int64_t rows, int64_t columns, real epsilon, const real* x, real* y, real* norms);
void l2_normalize_grad(int64_t rows, int64_t columns, real epsilon, const real* y,
                       const real* norms, const real* dy, real* dx);

// table.cpp
void gather_rows(int64_t n, int64_t columns, const int32_t* ids, const real* table, real* y);
void scatter_add_rows(int64_t n, int64_t columns, const int32_t* ids, real scale, const real* x,
                      real* table);
void zero_rows(int64_t n, int64_t columns, const int32_t* ids, real* table);

// loss.cpp
void softmax_cross_entropy(int64_t rows, int64_t columns, const real* logits,
                           const int32_t* targets, const real* weights, real* losses,
                           real* d_logits);
void ranking_hinge(int64_t batch, const real* scores, real margin, bool hardest, real* loss,
                   real* d_scores);

// order_scores.cpp
void order_scores(int64_t images, int64_t sentences, int64_t size, const real* v, const real* s,
                  real* scores);
void order_scores_grad(int64_t images, int64_t sentences, int64_t size, const real* v,
                       const real* s, const real* scores, const real* d_scores, real* dv, real* ds);

// gru.cpp, lstm.cpp
inline bool ended(const int32_t* lengths, int64_t row, int64_t step) {
  return lengths != nullptr && step >= lengths[row];
}
void gru_step(const GruStep& s);
void gru_step_grad(const GruStepGrad& s);
void lstm_step(const LstmStep& s);
void lstm_step_grad(const LstmStepGrad& s);

// attention.cpp
void attention(const Attention& a);
void attention_grad(const AttentionGrad& a);

// conv2d.cpp
void conv2d(const Conv2d& c, const real* x, const real* w, const real* bias, const real* residual,
            Activation activation, real* y);
void conv2d_grad(const Conv2d& c, const real* x, const real* w, const real* dy, real* dx,
                 bool accumulate_dx, real* dw, bool accumulate_dw);

// pool.cpp
void max_pool(const Pool2d& p, const real* x, real* y, int32_t* arg);
void max_pool_grad(const Pool2d& p, const int32_t* arg, const real* dy, real* dx);
void average_pool(const Pool2d& p, const real* x, real* y);
void average_pool_grad(const Pool2d& p, const real* dy, real* dx);

// batch_norm.cpp
void batch_norm(int64_t rows, int64_t columns, const real* x, const real* gain, const real* bias,
                const real* residual, Activation activation, real epsilon, real momentum, real* y,
                real* mean, real* inverse_deviation, real* running_mean, real* running_variance);
void batch_norm_grad(int64_t rows, int64_t columns, const real* x, const real* gain,
                     const real* mean, const real* inverse_deviation, const real* dy, real* dx,
                     real* d_gain, real* d_bias, bool accumulate);

// optimizer.cpp
void gradient_norm(int64_t count, const UpdateBlock* blocks, real* norm);
void adam(int64_t count, const UpdateBlock* blocks, const AdamStep& step);
void sgd(int64_t count, const UpdateBlock* blocks, const SgdStep& step);

}  // namespace p2s::ref
