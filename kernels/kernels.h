#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device.h"
#include "nn/base/real.h"

// The contract between tensors and devices: one struct of function pointers over raw pointers and
// sizes, filled once by kernels/ref, kernels/cpu and kernels/cuda.
//
// Matrices are row-major. Images are NHWC. Gates are concatenated along columns.
// Legend: B batch, T time, D input size, H hidden size, V vocabulary, N rows, C columns or
// channels.
//
// Forward kernels overwrite their outputs. *_grad kernels accumulate (+=) into gradients, unless an
// argument `accumulate` is false; a null gradient pointer means "not wanted". Pointers do not
// overlap unless a line says they may.
namespace p2s {

enum class Unary { negative, sigmoid, tanh, relu, relu6, exp, log, sqrt, square, abs };
enum class Binary { add, subtract, multiply, divide };
enum class Activation { none, relu, relu6 };
enum class Reduce { sum, mean, max };

// C = op(A) op(B) + beta * C + bias, `batch` times; op(A) is [m,k], op(B) is [k,n], C is [m,n];
// bias [n] is added to every row, null: none. lda, ldb, ldc are the row lengths in memory of A, B
// as stored, and of C. C may not overlap A or B.
struct Gemm {
  bool transpose_a = false, transpose_b = false;
  int64_t m = 0, n = 0, k = 0;
  const real* a = nullptr;
  int64_t lda = 0;
  const real* b = nullptr;
  int64_t ldb = 0;
  real* c = nullptr;
  int64_t ldc = 0;
  real beta = 0;
  const real* bias = nullptr;
  int64_t batch = 1, stride_a = 0, stride_b = 0, stride_c = 0;
  Precision precision = Precision::fp32;
};

// A weight op(B) [k,n] in the device library's own layout, packed once for many products. In int8 a
// weight is rounded to q * s, q from -127 to 127, s = (largest of its column) / 127, and sums are
// as exact as in float.
struct PackedMatrix;

// The filters of a convolution, packed likewise.
struct PackedConvolution;

// Convolution of x [N,H,W,C] with weights [K,R,S,C/groups] (output channel outermost) to y
// [N,P,Q,K]; zero padding may differ on the two sides: P = (H + pad_top + pad_bottom - R) / stride
// + 1.
struct Conv2d {
  int64_t batch = 0, height = 0, width = 0, channels = 0;
  int64_t filters = 0, kernel_height = 0, kernel_width = 0;
  int64_t stride = 1, pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  int64_t groups = 1;
  int64_t out_height() const {
    return (height + pad_top + pad_bottom - kernel_height) / stride + 1;
  }
  int64_t out_width() const { return (width + pad_left + pad_right - kernel_width) / stride + 1; }
  bool depthwise() const { return groups > 1 && groups == channels && channels == filters; }
};

// Pooling windows over [N,H,W,C]; average pooling divides by the number of real (unpadded) inputs.
struct Pool2d {
  int64_t batch = 0, height = 0, width = 0, channels = 0;
  int64_t window = 2, stride = 2, pad = 0;
  int64_t out_height() const { return (height + 2 * pad - window) / stride + 1; }
  int64_t out_width() const { return (width + 2 * pad - window) / stride + 1; }
};

// One step of a GRU (reset after the product; docs: nn/recurrent.h) for B rows.
// gates_x = x W + b, gates_h = h_prev U, both [B,3H] in the order r, u, candidate.
//   r = sigmoid(gx_r + gh_r), u = sigmoid(gx_u + gh_u), c = tanh(gx_c + r * gh_c)
//   h = u * h_prev + (1 - u) * c
// Rows with step >= lengths[row] copy h_prev (lengths null: no row does).
struct GruStep {
  int64_t batch = 0, hidden = 0, step = 0;
  const int32_t* lengths = nullptr;
  const real* gates_x = nullptr;
  const real* gates_h = nullptr;
  const real* h_prev = nullptr;
  real* h = nullptr;
  real* saved = nullptr;  // [B,3H]: r, u, c after their functions, for the gradient; null: not kept
};

// dh is the whole gradient of h; d_gates_x, d_gates_h and dh_prev are overwritten (each is consumed
// whole by the step before), with zeros (dh_prev: a copy of dh) for rows past their length.
struct GruStepGrad {
  int64_t batch = 0, hidden = 0, step = 0;
  const int32_t* lengths = nullptr;
  const real* saved = nullptr;
  const real* gates_h = nullptr;
  const real* h_prev = nullptr;
  const real* dh = nullptr;
  real* d_gates_x = nullptr;
  real* d_gates_h = nullptr;
  real* dh_prev = nullptr;  // the part through u only; the caller adds d_gates_h U^T
};

// One step of an LSTM for B rows; gates = x W + b + h_prev U, [B,4H] in the order i, f, o, g.
//   c = sigmoid(f) * c_prev + sigmoid(i) * tanh(g),  h = sigmoid(o) * tanh(c)
// Rows with step >= lengths[row] copy h_prev and c_prev.
struct LstmStep {
  int64_t batch = 0, hidden = 0, step = 0;
  const int32_t* lengths = nullptr;
  const real* gates = nullptr;
  const real* h_prev = nullptr;
  const real* c_prev = nullptr;
  real* h = nullptr;
  real* c = nullptr;
  real* saved = nullptr;  // [B,4H]: i, f, o, g after their functions; null: not kept
};

// dh and dc are the whole gradients of h and c; the outputs are overwritten. Rows past their
// length: d_gates zero, dh_prev = dh, dc_prev = dc; other rows: dh_prev zero (the caller adds
// d_gates U^T).
struct LstmStepGrad {
  int64_t batch = 0, hidden = 0, step = 0;
  const int32_t* lengths = nullptr;
  const real* saved = nullptr;
  const real* c_prev = nullptr;
  const real* c = nullptr;
  const real* dh = nullptr;
  const real* dc = nullptr;
  real* d_gates = nullptr;
  real* dh_prev = nullptr;
  real* dc_prev = nullptr;
};

// All steps of a GRU from states[0] on, of batches in which the first rows of each step run: those
// of step t are rows [begin[t], begin[t+1]) of all that is [N,...]. The others keep their states.
struct GruSequence {
  int64_t time = 0, batch = 0, hidden = 0;
  const int32_t* begin = nullptr;    // [T+1], on the device
  const int32_t* lengths = nullptr;  // [B], as of a step: where the rows come in any order
  const real* recurrent = nullptr;   // U [H,3H]
  const real* gates_x = nullptr;     // [N,3H]
  real* states = nullptr;            // [T+1,B,H]; the first is given
  real* products = nullptr;          // [N,3H]: h_prev U, for the gradient
  real* saved = nullptr;             // [N,3H]: r, u, c; null: not kept
  Precision precision = Precision::fp32;
};

// d_gates_x and d_products [N,3H] (of x W + b and of h_prev U) and d_initial [B,H] (of states[0])
// are overwritten.
struct GruSequenceGrad {
  int64_t time = 0, batch = 0, hidden = 0;
  const int32_t* begin = nullptr;
  const int32_t* lengths = nullptr;
  const real* recurrent = nullptr;
  const real* saved = nullptr;
  const real* products = nullptr;
  const real* states = nullptr;
  const real* d_states = nullptr;  // [T,B,H], of states[1] on
  real* d_gates_x = nullptr;
  real* d_products = nullptr;
  real* d_initial = nullptr;
  Precision precision = Precision::fp32;
};

// The same of an LSTM, with U [H,4H].
struct LstmSequence {
  int64_t time = 0, batch = 0, hidden = 0;
  const int32_t* begin = nullptr;
  const int32_t* lengths = nullptr;
  const real* recurrent = nullptr;
  const real* gates_x = nullptr;  // [N,4H]
  real* states = nullptr;         // [T+1,B,H]
  real* cells = nullptr;          // [T+1,B,H]; the first is given, as of the states
  real* saved = nullptr;          // [N,4H]: i, f, o, g
  Precision precision = Precision::fp32;
};
struct LstmSequenceGrad {
  int64_t time = 0, batch = 0, hidden = 0;
  const int32_t* begin = nullptr;
  const int32_t* lengths = nullptr;
  const real* recurrent = nullptr;
  const real* saved = nullptr;
  const real* cells = nullptr;
  const real* d_states = nullptr;  // [T,B,H]; null: none
  const real* d_cells = nullptr;   // likewise
  real* d_gates = nullptr;         // [N,4H]
  real* d_initial_state = nullptr;
  real* d_initial_cell = nullptr;
  Precision precision = Precision::fp32;
};

// One step of additive attention (Bahdanau et al. 2015; Xu et al. 2015) of B rows, each over the L
// places of one of I images: keys [I,L,A], values [I,L,C], query [B,A+1], score [A].
//   e_l = sum_a score_a tanh(key_la + query_a),  weights = softmax(e)
//   gate = sigmoid(query_A),  context = gate * sum_l weights_l value_l
// With `draws` [B], numbers in [0,1), attention is hard: a row sees the one place that its number
// picks by the weights, context = gate * value_pick. Rows with step >= lengths[row] see nothing:
// weights, gate and context are zero, the pick is -1.
struct Attention {
  int64_t rows = 0, images = 0, places = 0, size = 0, channels = 0, step = 0;
  const int32_t* lengths = nullptr;  // [B]; null: all rows run
  const int32_t* image = nullptr;    // [B]: whose places a row sees; null: row i those of image i
  const real* query = nullptr;
  const real* keys = nullptr;
  const real* values = nullptr;
  const real* score = nullptr;
  const real* draws = nullptr;
  real* weights = nullptr;   // [B,L]
  real* gate = nullptr;      // [B]
  real* context = nullptr;   // [B,C]
  int32_t* picks = nullptr;  // [B], with draws
};

// From the gradients of context and weights (null: none). Through a pick nothing flows to the
// weights. d_query is overwritten, the others are added to (null: not wanted); d_score [B,A] has a
// row for each row, so that rows may be taken in any order.
struct AttentionGrad {
  int64_t rows = 0, images = 0, places = 0, size = 0, channels = 0, step = 0;
  const int32_t* lengths = nullptr;
  const int32_t* image = nullptr;
  const real* query = nullptr;
  const real* keys = nullptr;
  const real* values = nullptr;
  const real* score = nullptr;
  const real* weights = nullptr;
  const real* gate = nullptr;
  const int32_t* picks = nullptr;  // null: soft
  const real* d_context = nullptr;
  const real* d_weights = nullptr;
  real* d_query = nullptr;
  real* d_keys = nullptr;
  real* d_values = nullptr;
  real* d_score = nullptr;
};

// A stretch of `size` neighbouring numbers of a parameter that an optimiser updates, with its own
// learning rate: a whole parameter, or the rows of a table that its gradient touches.
struct UpdateBlock {
  int64_t size = 0;
  real rate = 0;
  const real* gradient = nullptr;
  real* first = nullptr;   // Adam's m, or the momentum of SGD, which may be null: none
  real* second = nullptr;  // Adam's v
  real* weight = nullptr;
};

// What a gradient is multiplied by: factor * min(1, limit / norm[0]), the latter where limit is
// above 0 (clipping: Pascanu et al. 2013). `norm` lies on the device, so that nobody waits for it.
struct GradientScale {
  real factor = 1;
  const real* norm = nullptr;
  real limit = 0;
};

// Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019):
//   m = beta1 m + (1-beta1) g;  v = beta2 v + (1-beta2) g^2
//   w -= rate * ( m / correction1 / (sqrt(v / correction2) + epsilon) + decay w )
// where g = scale * gradient and correction_i = 1 - beta_i^t.
struct AdamStep {
  real beta1 = real(0.9), beta2 = real(0.999), epsilon = real(1e-8), decay = 0;
  real correction1 = 1, correction2 = 1;
  GradientScale scale = {};
};

// v = momentum v + scale * gradient + decay w;  w -= rate v
struct SgdStep {
  real momentum = 0, decay = 0;
  GradientScale scale = {};
};

struct Kernels {
  const char* name;
  bool queues;  // whether kernels return before they are done, and to_host waits for them

  // ---- memory: 64-byte aligned, uninitialised; freed blocks are kept for the next step
  void* (*allocate)(size_t bytes);
  void (*release)(void* pointer, size_t bytes);
  void (*give_back)();  // kept blocks go back to the system
  void (*from_host)(void* device, const void* host, size_t bytes);
  void (*to_host)(void* host, const void* device, size_t bytes);
  void (*copy)(void* to, const void* from, size_t bytes);  // within the device
  void (*fill)(int64_t n, real value, real* y);

  // ---- products
  void (*gemm)(const Gemm&);
  bool packs_fp32;  // whether products in fp32 gain from a weight that is packed as it lies
  PackedMatrix* (*pack)(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb,
                        Precision);
  void (*free_packed)(PackedMatrix*);
  // C [m,n] = A [m,k] packed + beta * C + bias
  void (*gemm_packed)(int64_t m, const real* a, int64_t lda, const PackedMatrix*, real* c,
                      int64_t ldc, real beta, const real* bias);

  // ---- element by element
  void (*unary)(Unary, int64_t n, const real* x, real* y);  // y may be x
  // dx (+)= f'(x) dy, given both x and y = f(x). Here and below a gradient that has `accumulate` is
  // overwritten without: what it held need not be zeroed first nor be read
  void (*unary_grad)(Unary, int64_t n, const real* x, const real* y, const real* dy, real* dx,
                     bool accumulate);
  // c[i] = a[i] op b[i mod period]: period == n is same shape, period == C a row over all rows;
  // c may be a
  void (*binary)(Binary, int64_t n, int64_t period, const real* a, const real* b, real* c);
  // da[i] += ..., db[i mod period] += ...
  void (*binary_grad)(Binary, int64_t n, int64_t period, const real* a, const real* b,
                      const real* dc, real* da, real* db);
  void (*affine)(int64_t n, real scale, const real* x, real shift, real* y);  // y = scale x + shift
  void (*axpy)(int64_t n, real scale, const real* x, real* y);                // y += scale x
  // Keeps x / (1-p) where a Philox draw of (key, i) is >= p, else 0; the gradient draws the same
  // again
  void (*dropout)(int64_t n, real p, uint64_t key, const real* x, real* y);
  void (*dropout_grad)(int64_t n, real p, uint64_t key, const real* dy, real* dx);

  // ---- rows of a matrix [N,C]
  // y[n, :] = x[n, :] for blocks of columns: to[r*ld_to + c] (=|+=) from[r*ld_from + c]
  void (*copy_block)(int64_t rows, int64_t columns, const real* from, int64_t ld_from, real* to,
                     int64_t ld_to, bool accumulate);
  // x viewed as [outer, n, inner] reduced over n; `arg` [outer, inner] gets the place of the
  // maximum (first of equals; max only, may be null)
  void (*reduce)(Reduce, int64_t outer, int64_t n, int64_t inner, const real* x, real* y,
                 int32_t* arg);
  void (*reduce_grad)(Reduce, int64_t outer, int64_t n, int64_t inner, const real* dy,
                      const int32_t* arg, real* dx);
  void (*softmax)(int64_t rows, int64_t columns, const real* x, real* y);
  void (*softmax_grad)(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx,
                       bool accumulate);
  void (*log_softmax)(int64_t rows, int64_t columns, const real* x, real* y);
  void (*log_softmax_grad)(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx,
                           bool accumulate);
  // y = (x - mean) / sqrt(variance + epsilon) * gain + bias; ld is the row length in memory of x
  // and y; mean and inverse deviation [N] are kept for the gradient (may be null)
  void (*layer_norm)(int64_t rows, int64_t columns, int64_t ld, const real* x, const real* gain,
                     const real* bias, real epsilon, real* y, real* mean, real* inverse_deviation);
  void (*layer_norm_grad)(int64_t rows, int64_t columns, int64_t ld, const real* x,
                          const real* gain, const real* mean, const real* inverse_deviation,
                          const real* dy, real* dx, real* d_gain, real* d_bias, bool accumulate);
  // y = x / max(|x|, epsilon) a row; norms [N] gets |x|
  void (*l2_normalize)(int64_t rows, int64_t columns, real epsilon, const real* x, real* y,
                       real* norms);
  void (*l2_normalize_grad)(int64_t rows, int64_t columns, real epsilon, const real* y,
                            const real* norms, const real* dy, real* dx);

  // ---- tables
  // y[i, :] = table[ids[i], :]; an id < 0 gives a row of zeros
  void (*gather_rows)(int64_t n, int64_t columns, const int32_t* ids, const real* table, real* y);
  // table[ids[i], :] += scale * x[i, :], ids may repeat, negative ids are skipped; the order of the
  // sums is fixed
  void (*scatter_add_rows)(int64_t n, int64_t columns, const int32_t* ids, real scale,
                           const real* x, real* table);
  // table[ids[i], :] = 0
  void (*zero_rows)(int64_t n, int64_t columns, const int32_t* ids, real* table);

  // ---- losses
  // losses[i] = weights[i] * -log softmax(logits[i, :])[targets[i]]; a weight of 0 (or a target <
  // 0) masks the row. d_logits (may be null, may be logits itself) is overwritten with the gradient
  // of sum(losses). weights may be null: all 1.
  void (*softmax_cross_entropy)(int64_t rows, int64_t columns, const real* logits,
                                const int32_t* targets, const real* weights, real* losses,
                                real* d_logits);
  // Ranking hinge over scores [B,B] with matching pairs on the diagonal (VSE, Kiros et al. 2014;
  // VSE++, Faghri et al. 2018). cost of row i, column j != i: max(0, margin - s_ii + s_ij), and of
  // column i: max(0, margin - s_ii + s_ji). Sum of all, or with `hardest` of the largest in each
  // row and column. d_scores (may be null) is overwritten. Returns through loss[0].
  void (*ranking_hinge)(int64_t batch, const real* scores, real margin, bool hardest, real* loss,
                        real* d_scores);

  // Order embeddings' scores (Vendrov et al. 2016): scores [M,N] of images v [M,D] and sentences s
  // [N,D], scores[i, j] = -sqrt(sum_c max(0, s[j, c] - v[i, c])^2). A score of 0 has no gradient.
  void (*order_scores)(int64_t images, int64_t sentences, int64_t size, const real* v,
                       const real* s, real* scores);
  void (*order_scores_grad)(int64_t images, int64_t sentences, int64_t size, const real* v,
                            const real* s, const real* scores, const real* d_scores, real* dv,
                            real* ds);

  // ---- recurrence
  void (*gru_step)(const GruStep&);
  void (*gru_step_grad)(const GruStepGrad&);
  void (*lstm_step)(const LstmStep&);
  void (*lstm_step_grad)(const LstmStepGrad&);
  // Whole sequences, where the device does them faster than step by step; false, with nothing done,
  // for sizes and precisions where it does not. All four are null where it never does.
  bool (*gru_sequence)(const GruSequence&);
  bool (*gru_sequence_grad)(const GruSequenceGrad&);
  bool (*lstm_sequence)(const LstmSequence&);
  bool (*lstm_sequence_grad)(const LstmSequenceGrad&);
  void (*attention)(const Attention&);
  void (*attention_grad)(const AttentionGrad&);

  // ---- images
  // y = activation(conv(x, w) + bias + residual); bias [K] and residual (shape of y) may be null
  void (*conv2d)(const Conv2d&, const real* x, const real* w, const real* bias,
                 const real* residual, Activation, real* y);
  // Filters w of a layer packed for all images that it meets: batch and sizes of the image do not
  // count; groups of 1, or as many groups and filters as channels. All three are null where nothing
  // is won by that.
  PackedConvolution* (*pack_convolution)(const Conv2d&, const real* w);
  void (*free_packed_convolution)(PackedConvolution*);
  void (*conv2d_packed)(const Conv2d&, const real* x, const PackedConvolution* w, const real* bias,
                        const real* residual, Activation, real* y);
  // dy is the gradient of the convolution's plain output (before bias, residual, activation)
  void (*conv2d_grad)(const Conv2d&, const real* x, const real* w, const real* dy, real* dx,
                      bool accumulate_dx, real* dw, bool accumulate_dw);
  void (*max_pool)(const Pool2d&, const real* x, real* y,
                   int32_t* arg);  // arg: (h W + w) C + c in x's image
  void (*max_pool_grad)(const Pool2d&, const int32_t* arg, const real* dy, real* dx);
  void (*average_pool)(const Pool2d&, const real* x, real* y);
  void (*average_pool_grad)(const Pool2d&, const real* dy, real* dx);
  // y = activation(normalised x [N,C] * gain + bias + residual), residual may be null: batch mean
  // and inverse deviation (biased variance) over the N rows are written, running statistics move by
  // `momentum` towards them (running variance unbiased, as PyTorch)
  void (*batch_norm)(int64_t rows, int64_t columns, const real* x, const real* gain,
                     const real* bias, const real* residual, Activation, real epsilon,
                     real momentum, real* y, real* mean, real* inverse_deviation,
                     real* running_mean, real* running_variance);
  // dy is the gradient before residual and activation
  void (*batch_norm_grad)(int64_t rows, int64_t columns, const real* x, const real* gain,
                          const real* mean, const real* inverse_deviation, const real* dy, real* dx,
                          real* d_gain, real* d_bias, bool accumulate);

  // ---- optimisers
  // Each takes all blocks at once: on a GPU a launch for every one would cost more than the work.
  // norm[0] = sqrt(the sum of squares of all gradients), 0 of none; NaN and infinity come through
  void (*gradient_norm)(int64_t count, const UpdateBlock* blocks, real* norm);
  void (*adam)(int64_t count, const UpdateBlock* blocks, const AdamStep&);
  void (*sgd)(int64_t count, const UpdateBlock* blocks, const SgdStep&);
};

}  // namespace p2s
