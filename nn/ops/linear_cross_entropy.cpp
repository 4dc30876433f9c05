#include <algorithm>
#include <optional>

#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/loss_gradient.h"
#include "nn/packed_weight.h"

namespace p2s {
namespace {

struct Problem {
  const Kernels& k;
  const Var& x;
  const Var& weight;
  const Var& bias;
  bool tied;
  Precision precision;
  int64_t depth() const { return x.shape().columns(); }
  int64_t words() const { return weight.shape()[tied ? 0 : 1]; }
};

void check_problem(const Problem& p, const Ids& targets, const Tensor& weights) {
  const int64_t rows = p.x.shape().rows();
  check(p.weight.shape().rank() == 2 && p.weight.shape()[p.tied ? 1 : 0] == p.depth(),
        ErrorCode::shape, "linear_cross_entropy: inner sizes differ: x {}, weight {}{}",
        p.x.shape(), p.weight.shape(), p.tied ? " (tied)" : "");
  check(!p.bias.value.defined() || p.bias.value.elements() == p.words(), ErrorCode::shape,
        "linear_cross_entropy: bias is {}, [{}] is needed", p.bias.shape(), p.words());
  check(targets.elements() == rows && (!weights.defined() || weights.elements() == rows),
        ErrorCode::shape, "linear_cross_entropy: {} targets and weights {} for {} rows",
        targets.elements(), weights.shape(), rows);
}

// Few enough for the processor's cache; enough for all of a GPU (320 MB for 20,000 words).
int64_t suitable_rows(Device device) { return device == Device::cuda ? 4096 : 256; }

// The weight of one direction of the product, packed once for all blocks where that pays: in fp32
// oneDNN packs for every block anyway, and the copy would be as large as the weight.
class BlockWeight {
 public:
  BlockWeight(const Problem& p, bool backward) : p_(p), transpose_(p.tied != backward) {
    if (p.precision != Precision::fp32) packed_.emplace(p.weight.value, transpose_, p.precision);
  }
  // c [rows,N] = a [rows,K] W + bias [N] in each row, null: none
  void multiply(int64_t rows, const real* a, real* c, const real* bias = nullptr) const {
    if (packed_) return packed_->multiply(rows, a, c, 0, bias);
    const Shape& shape = p_.weight.shape();
    const int64_t k = shape[transpose_ ? 1 : 0], n = shape[transpose_ ? 0 : 1];
    p_.k.gemm({.transpose_b = transpose_,
               .m = rows,
               .n = n,
               .k = k,
               .a = a,
               .lda = k,
               .b = p_.weight.value.data(),
               .ldb = shape[1],
               .c = c,
               .ldc = n,
               .bias = bias});
  }

 private:
  const Problem& p_;
  bool transpose_;
  std::optional<PackedWeight> packed_;
};

// The gradients of a block, from d_logits, into dx (overwritten), dw (beta times what it held and
// the block's) and db (added).
void block_gradients(const Problem& p, const real* x, int64_t rows, const BlockWeight* transposed,
                     const real* d_logits, real* dx, real* dw, real beta, real* db) {
  const int64_t words = p.words(), depth = p.depth();
  if (dx) transposed->multiply(rows, d_logits, dx);
  if (dw && p.tied) {
    p.k.gemm({.transpose_a = true,
              .m = words,
              .n = depth,
              .k = rows,
              .a = d_logits,
              .lda = words,
              .b = x,
              .ldb = depth,
              .c = dw,
              .ldc = depth,
              .beta = beta,
              .precision = p.precision});
  } else if (dw) {
    p.k.gemm({.transpose_a = true,
              .m = depth,
              .n = words,
              .k = rows,
              .a = x,
              .lda = depth,
              .b = d_logits,
              .ldb = words,
              .c = dw,
              .ldc = words,
              .beta = beta,
              .precision = p.precision});
  }
  if (db)
    p.k.binary_grad(Binary::add, rows * words, words, nullptr, nullptr, d_logits, nullptr, db);
}

}  // namespace

Var linear_cross_entropy(Tape& tape, const Var& x, const Var& weight, const Var& bias,
                         const Ids& targets, const Tensor& weights,
                         const LinearCrossEntropy& options) {
  const Problem p{tape.kernels(), x, weight, bias, options.tied, tape.precision()};
  check_problem(p, targets, weights);
  const int64_t rows = x.shape().rows(), words = p.words(), depth = p.depth();
  const Device device = tape.device();
  const int64_t most = options.block_rows > 0 ? options.block_rows : suitable_rows(device);
  const int64_t block = std::clamp<int64_t>(most, 1, std::max<int64_t>(rows, 1));
  const Kernels& k = tape.kernels();

  const Var loss = tape.output(Shape{}, {&x, &weight, &bias});
  const bool wanted = loss.wants_grad();
  const Tensor logits({block, words}, device), losses({rows}, device);
  const auto like = [&](const Var& v) {
    return wanted && v.wants_grad() ? Tensor(v.shape(), device) : Tensor();
  };
  const Tensor dx = like(x), dw = like(weight), db = like(bias);
  if (db.defined()) db.fill(0);
  if (dw.defined() && rows == 0) dw.fill(0);

  const BlockWeight forward(p, false);
  std::optional<BlockWeight> transposed;
  if (dx.defined()) transposed.emplace(p, true);
  for (int64_t begin = 0; begin < rows; begin += block) {
    const int64_t count = std::min(block, rows - begin);
    const real* x_block = x.value.data() + begin * depth;
    forward.multiply(count, x_block, logits.data(), p.bias.value.data());
    k.softmax_cross_entropy(count, words, logits.data(), targets.data() + begin,
                            weights.defined() ? weights.data() + begin : nullptr,
                            losses.data() + begin, wanted ? logits.data() : nullptr);
    if (wanted) {
      block_gradients(p, x_block, count, transposed ? &*transposed : nullptr, logits.data(),
                      dx.defined() ? dx.data() + begin * depth : nullptr, dw.data(),
                      begin == 0 ? real(0) : real(1), db.data());
    }
  }
  k.reduce(Reduce::sum, 1, rows, 1, losses.data(), loss.value.data(), nullptr);

  tape.record(loss, [&k, x, weight, bias, loss = loss.gradient_only(), dx, dw, db] {
    const auto pass = [&](const Var& v, const Tensor& d) {
      if (!d.defined()) return;
      scale_by_gradient_of(k, loss, d);
      v.add_grad(d);
    };
    pass(x, dx), pass(weight, dw), pass(bias, db);
  });
  return loss;
}

}  // namespace p2s
