#pragma once

#include <string>
#include <vector>

#include "models/output_layer.h"
#include "models/sentence_batch.h"

namespace p2s {

struct CaptionerConfig {
  int64_t vocabulary = 0, word = 300, hidden = 512, attention = 256;
  int64_t annotation = 512;              // C: what the convnet's channels are projected to
  int64_t places = 49, features = 1280;  // L and F of the annotation maps
  std::string layer = "head";            // of the convnet, that makes them
  real dropout = real(0.5);
  bool hard = false;  // hard attention in training, and its baseline among the parameters
};

// Maps of some images, and captions that each belong to one of them. Captions that come longest
// first are computed without padding.
struct CaptionBatch {
  Var maps;                    // [I,L,F]
  std::vector<int32_t> image;  // [B], rows of maps
  SentenceBatch words;         // <eos> last
  std::vector<int32_t> read;   // [T,B] words that the model reads; empty: words.shifted()
  std::vector<real> weights;   // [B] of each caption in the loss; empty: all 1
};

// A captioner that looks (Xu et al. 2015, "Show, Attend and Tell"): from a convnet layer's vectors
// a_l of L places,
//   v_l = relu(a_l W + b)                                  (projected; dropout)
//   [h_0, c_0] = tanh(mean_l v_l W + b)
//   context_t, h_t = attention_lstm(word_{t-1}, ...)       (nn/ops.h; gate beta included)
//   p(word_t) = softmax(dropout(tanh(dropout(h_t) W_h + context_t W_c + E word_{t-1} + b)) W_o + b)
// (deep output, Pascanu et al. 2014). The first word read is the zero vector.
struct Captioner {
  CaptionerConfig config;
  Var words;                               // [V,D]
  Var annotation_weight, annotation_bias;  // [F,C], [C]
  Var key_weight, key_bias;                // [C,A], [A]
  Var initial_weight, initial_bias;        // [C,2H], [2H]
  AttentionLstmWeights lstm;
  Var deep_hidden, deep_context, deep_bias;  // [H,D], [C,D], [D]
  OutputLayer output;                        // [V,D]
  Var baseline;                              // [1], hard attention: mean loss of a caption

  Captioner() = default;
  Captioner(const CaptionerConfig&, Device, Rng&);

  struct Penalties {
    real coverage = 1;            // of the doubly stochastic regulariser
    real entropy = real(0.002);   // hard attention: of attention that is sure of itself
    real soft_share = real(0.5);  // hard attention: share of batches whose attention is soft
  };
  // Weighted mean negative log-likelihood of a word (nats), plus
  //   coverage * mean over captions and places of (1 - sum_t weights_tl)^2
  // and where places were drawn, as means over words too, REINFORCE's
  //   (loss of the caption - baseline) / 10 * log weight_pick + entropy * sum_l weights log weights
  // on which the baseline moves a tenth of the way to the batch's mean loss of a caption.
  Var loss(Tape&, const CaptionBatch&, const Penalties&) const;
  // Without penalties and dropout.
  double mean_loss(const CaptionBatch&) const;
  // Of every word at the places that hold one, [N,V], step by step (padding is left out); and
  // those places t * B + b.
  struct WordScores {
    Tensor log_probabilities;
    std::vector<int32_t> places;
  };
  WordScores word_scores(const CaptionBatch&) const;

  // Projected values and keys of maps [I,L,F].
  Annotations annotate(Tape&, const Var& maps) const;
  // h_0 and c_0 of each image.
  LstmStates initial(Tape&, const Var& values) const;
  // What the output layer reads, from rows of states, contexts and words read.
  Var deep(Tape&, const Var& hidden, const Var& context, const Var& word) const;

  template <class F>
  void visit(F&& f) {
    f("words", words), f("annotation_weight", annotation_weight);
    f("annotation_bias", annotation_bias), f("key_weight", key_weight), f("key_bias", key_bias);
    f("initial_weight", initial_weight), f("initial_bias", initial_bias), f("lstm", lstm);
    f("deep_hidden", deep_hidden), f("deep_context", deep_context), f("deep_bias", deep_bias);
    f("output", output);
    if (config.hard) f("baseline", baseline);
  }

 private:
  struct Read;
  Read read(Tape&, const CaptionBatch&, bool draw) const;
  Var reinforce(Tape&, const CaptionBatch&, const Read&, real entropy) const;
};

}  // namespace p2s
