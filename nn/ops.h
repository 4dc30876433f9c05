#pragma once

#include <span>
#include <vector>

#include "nn/packed_weight.h"
#include "nn/tape.h"

// Every operation: value, gradient, shapes. Each family is implemented in nn/ops/<family>.cpp with
// the derivative directly under its forward. Error(shape) names the operation and the shapes it
// got. A matrix view of a tensor is [rows, columns]: all sizes but the innermost multiplied, and
// the innermost. Legend: B batch, T time, D input size, H hidden size, V vocabulary, N rows, C
// columns.
namespace p2s {

// ---- products (nn/ops/matmul.cpp, nn/ops/linear.cpp)
enum class Transpose { none, a, b, both };
// [M,K] x [K,N] -> [M,N], or batched [B,M,K] x [B,K,N] -> [B,M,N], operands transposed as asked.
Var matmul(Tape&, const Var& a, const Var& b, Transpose = Transpose::none);
// y = x W + b: x [...,D], W [D,H], b [H] or a default-made Var for none -> [...,H].
Var linear(Tape&, const Var& x, const Var& weight, const Var& bias);

// ---- element by element (nn/ops/elementwise.cpp)
// Same shapes, or b is a row [C] that is repeated over the rows of a.
Var add(Tape&, const Var& a, const Var& b);
Var subtract(Tape&, const Var& a, const Var& b);
Var multiply(Tape&, const Var& a, const Var& b);
Var divide(Tape&, const Var& a, const Var& b);
// scale * x + shift
Var affine(Tape&, const Var& x, real scale, real shift = 0);
Var unary(Tape&, Unary, const Var& x);
inline Var sigmoid(Tape& tape, const Var& x) { return unary(tape, Unary::sigmoid, x); }
inline Var tanh(Tape& tape, const Var& x) { return unary(tape, Unary::tanh, x); }
inline Var relu(Tape& tape, const Var& x) { return unary(tape, Unary::relu, x); }
inline Var relu6(Tape& tape, const Var& x) { return unary(tape, Unary::relu6, x); }
// Zero with probability p, else x / (1 - p); the identity outside training (Srivastava et al.
// 2014).
Var dropout(Tape&, const Var& x, real p);

// ---- shape (nn/ops/layout.cpp)
Var reshape(Tape&, const Var& x, const Shape& shape);
Var concat(Tape&, std::span<const Var> parts, int axis);
// Places [begin, end) along `axis`.
Var slice(Tape&, const Var& x, int axis, int64_t begin, int64_t end);

// ---- tables (nn/ops/table.cpp)
// table [V,D], ids [...] -> [...,D]; a negative id gives zeros. The table's gradient is sparse.
Var embedding(Tape&, const Var& table, const Ids& ids);
// x [N,C], ids [M] -> [M,C]; like embedding, with a dense gradient.
Var gather(Tape&, const Var& x, const Ids& ids);

// ---- reductions (nn/ops/reduce.cpp): the axis disappears
Var reduce(Tape&, Reduce, const Var& x, int axis);
// Over everything, to a scalar.
Var sum(Tape&, const Var& x);
Var mean(Tape&, const Var& x);

// ---- normalisation (nn/ops/softmax.cpp, layer_norm.cpp, l2_normalize.cpp, batch_norm.cpp)
// Over the innermost axis.
Var softmax(Tape&, const Var& x);
Var log_softmax(Tape&, const Var& x);
// (x - mean) / sqrt(variance + epsilon) * gain + bias over the innermost axis (Ba et al. 2016);
// groups: widths of its parts that are normalised apart, none for the whole.
Var layer_norm(Tape&, const Var& x, const Var& gain, const Var& bias, real epsilon = real(1e-5),
               const std::vector<int64_t>& groups = {});
// x / max(|x|, epsilon) over the innermost axis.
Var l2_normalize(Tape&, const Var& x, real epsilon = real(1e-12));
// Over all but the innermost axis (Ioffe & Szegedy 2015). In training: batch statistics, and the
// running ones move by `momentum`; in inference: running statistics. Then the residual, of x's
// shape or undefined, is added, and the activation applied.
struct BatchNormState {
  Tensor running_mean, running_variance;
};
struct BatchNormOptions {
  real epsilon = real(1e-5), momentum = real(0.1);
  Activation activation = Activation::none;
};
Var batch_norm(Tape&, const Var& x, const Var& gain, const Var& bias, const BatchNormState&,
               const BatchNormOptions& = {}, const Var& residual = {});

// ---- losses (nn/ops/loss.cpp, nn/ops/linear_cross_entropy.cpp), each a scalar
// mean of (x - target)^2 over all elements; the target is a constant.
Var squared_error(Tape&, const Var& x, const Tensor& target);
// sum_i weights[i] * -log softmax(logits[i])[targets[i]]; a target < 0 or weight 0 masks the row;
// weights [N] may be undefined: all 1. For a mean, pass weights of 1 / count.
Var softmax_cross_entropy(Tape&, const Var& logits, const Ids& targets, const Tensor& weights);
// The same for logits = x W + b (or x W^T + b with `tied`, W [V,D]) without ever holding all
// logits: rows are taken in blocks and their gradients formed in place during the forward pass.
// bias may be undefined.
struct LinearCrossEntropy {
  bool tied = false;
  int64_t block_rows = 0;  // 0: as many as suit the device
};
Var linear_cross_entropy(Tape&, const Var& x, const Var& weight, const Var& bias,
                         const Ids& targets, const Tensor& weights, const LinearCrossEntropy& = {});
// Sum over a batch of image [B,E] and sentence [B,E] vectors of the ranking hinge over their scores
// (VSE: all contrasts; `hardest`: VSE++). The vectors are normalised by the caller.
Var ranking_hinge(Tape&, const Var& scores, real margin, bool hardest);
// Scores of images v [M,D] with sentences s [N,D] by order embeddings (Vendrov et al. 2016; VSE++'s
// form): -|| max(0, s - v) || -> [M,N] (nn/ops/order_scores.cpp).
Var order_scores(Tape&, const Var& images, const Var& sentences);

// ---- recurrence (nn/ops/gru.cpp, nn/ops/lstm.cpp); whole sequences are one entry on the tape
// The GRU of Kiros et al. 2015 as published in code (reset after the product):
//   [r;u] = sigmoid(x W + b + h U),  c = tanh(x Wc + bc + r * (h Uc)),  h' = u * h + (1 - u) * c
// input [D,3H], recurrent [H,3H], bias [3H], in the order r, u, c. With layer norm (Ba et al. 2016,
// appendix) h U is normalised for gates (2H) and candidate (H) apart: recurrent_gain and
// recurrent_bias [3H]; and so is x W when input_gain and input_bias [3H] are set. Undefined Vars
// mean none.
struct GruWeights {
  Var input, recurrent, bias;
  Var recurrent_gain, recurrent_bias, input_gain, input_bias;
  int64_t hidden() const { return recurrent.shape()[0]; }
  template <class F>
  void visit(F&& f) {
    f("input", input), f("recurrent", recurrent), f("bias", bias);
    if (recurrent_gain.value.defined()) {
      f("recurrent_gain", recurrent_gain), f("recurrent_bias", recurrent_bias);
      f("input_gain", input_gain), f("input_bias", input_bias);
    }
  }
};
// x [T,B,D], h0 [B,H] (undefined: zeros), lengths [B] (undefined: all T) -> every state [T,B,H]; a
// row past its length keeps its last state, so the last step holds each sequence's final state.
// extra [B,3H] (may be undefined) is added to the gates at every step: a condition on the whole
// sequence.
Var gru(Tape&, const Var& x, const Var& h0, const Ids& lengths, const GruWeights&,
        const Var& extra = {});

// LSTM (Hochreiter & Schmidhuber 1997, with forget gates): input [D,4H], recurrent [H,4H], bias
// [4H] in the order i, f, o, g.  c' = f * c + i * g,  h' = o * tanh(c').
struct LstmWeights {
  Var input, recurrent, bias;
  int64_t hidden() const { return recurrent.shape()[0]; }
  template <class F>
  void visit(F&& f) {
    f("input", input), f("recurrent", recurrent), f("bias", bias);
  }
};
struct LstmStates {
  Var hidden, cell;
};
// x [T,B,D], initial states [B,H] (undefined: zeros), lengths [B] -> all hidden and cell states
// [T,B,H].
LstmStates lstm(Tape&, const Var& x, const LstmStates& initial, const Ids& lengths,
                const LstmWeights&);

// An LSTM that looks at an image before every word (nn/ops/attention_lstm.cpp; Xu et al. 2015,
// "Show, Attend and Tell"). Over the L places of I images with keys [I,L,A] and values [I,L,C],
// image [B] says whose places a sequence sees (undefined: sequence i those of image i):
//   q = h_{t-1} query + query_bias,  e_l = score . tanh(key_l + q_{0..A}),  weights = softmax(e)
//   context = sigmoid(q_A) * sum_l weights_l value_l          (q_A: the gating scalar beta's logit)
//   h_t = lstm(x_t input + context context_W + h_{t-1} recurrent + bias)
// query [H,A+1], query_bias [A+1], score [A], context [C,4H].
struct AttentionLstmWeights {
  LstmWeights lstm;
  Var context, query, query_bias, score;
  template <class F>
  void visit(F&& f) {
    f("lstm", lstm), f("context", context), f("query", query), f("query_bias", query_bias);
    f("score", score);
  }
};
struct Annotations {
  Var keys, values;
  Ids image;
};
struct AttentionStates {
  Var hidden, context, weights;  // [T,B,H], [T,B,C], [T,B,L]; context and weights 0 past a length
  Ids picks;                     // [T,B], hard attention only
};
// x [T,B,D], initial states [B,H] (undefined: zeros), lengths [B] (undefined: all T). Hard
// attention draws one place a step by the weights instead of the mean; no gradient goes through the
// draw: train the weights by REINFORCE (log of the picked weight times a reward).
AttentionStates attention_lstm(Tape&, const Var& x, const LstmStates& initial, const Ids& lengths,
                               const Annotations& seen, const AttentionLstmWeights&,
                               bool hard = false);

// ---- images, NHWC (nn/ops/conv2d.cpp, nn/ops/pool.cpp)
struct ConvOptions {
  int64_t stride = 1;
  int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  int64_t groups = 1;
  Activation activation = Activation::none;  // fused; the residual is added before it
};
// x [N,H,W,C], weight [K,R,S,C/groups], bias [K] and residual [N,P,Q,K] may be undefined ->
// [N,P,Q,K].
Var conv2d(Tape&, const Var& x, const Var& weight, const Var& bias, const ConvOptions&,
           const Var& residual = {});
// The same where nothing learns: Error(usage) if anything given wants a gradient.
Var conv2d(Tape&, const Var& x, const PackedFilters& weight, const Var& bias, const ConvOptions&,
           const Var& residual = {});
struct PoolOptions {
  int64_t window = 2, stride = 2, pad = 0;
};
Var max_pool(Tape&, const Var& x, const PoolOptions&);
Var average_pool(Tape&, const Var& x, const PoolOptions&);

}  // namespace p2s
