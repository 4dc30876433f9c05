#pragma once

#include <memory>
#include <vector>

#include "models/output_layer.h"
#include "models/teacher_forcing.h"

namespace p2s {

struct PassageDecoderConfig {
  int64_t vocabulary = 20000, embedding = 300, hidden = 768;
  int64_t thought = 600;  // size of the skip-thought vector
  int64_t content = 300;  // size of the content vector; 0: none
  int64_t genres = 1;     // size of the genre table; 1: no genre condition
  real dropout = 0;
  OutputConfig output = {};
};

// What a passage is conditioned on, one row a passage.
struct PassageCondition {
  Tensor thought;               // [B,S]
  Tensor content;               // [B,C], undefined when config.content == 0
  std::vector<int32_t> genres;  // [B]; or
  Tensor genre_mix = {};        // [B,G]: how much of each genre's row; undefined: `genres` says it
};

// Tells a passage: a GRU over words whose start is h0 = tanh(condition W + b) (Kiros' decoder) and
// whose gates get condition W' at every step, so that the content does not fade. The first input is
// the zero vector.
struct PassageDecoder {
  PassageDecoderConfig config;
  Var words;                                  // [V,D]
  Var genres;                                 // [G,K], K = kGenreSize
  Var start_weight, start_bias, step_weight;  // [S+C+K,H], [H], [S+C+K,3H]
  GruWeights gru;
  OutputLayer output;
  static constexpr int64_t kGenreSize = 64;

  PassageDecoder() = default;
  PassageDecoder(const PassageDecoderConfig&, Device, Rng&);
  // Mean negative log-likelihood per word (nats).
  Var loss(Tape&, const SentenceBatch& passages, const PassageCondition&) const;

  // ---- decoding, one word at a time
  struct State {
    Tensor hidden;  // [B,H]
    Tensor gates;   // [B,3H], the condition's share
  };
  State start(const PassageCondition&) const;
  // From here on, step() computes its products in `precision` with weights packed now: int8 and
  // bf16 read a quarter and half of the bytes, which is what one story's speed is bound by.
  void pack(Precision);
  // Gives back the memory of weights that are packed: from here on it only decodes.
  void drop_unpacked();
  // previous [B] word ids, -1 at the start -> log-probabilities [B,V]; advances the state.
  Tensor step(State&, const std::vector<int32_t>& previous) const;

  template <class F>
  void visit(F&& f) {
    f("words", words), f("genres", genres), f("start_weight", start_weight),
        f("start_bias", start_bias);
    f("step_weight", step_weight), f("gru", gru), f("output", output);
  }

 private:
  Var condition(Tape&, const PassageCondition&) const;
  std::shared_ptr<const PackedWeight> packed_input_, packed_recurrent_;  // null unless packed
};

}  // namespace p2s
