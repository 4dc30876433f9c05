#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/base/rng.h"
#include "nn/ops.h"
#include "nn/packed_weight.h"

namespace p2s {

// From states to words. Word ids are by falling frequency, which `adaptive` relies on.
//   full      softmax(x W + b) over all V words; with `projection` P > 0: softmax((x A) W + b), W
//   [P,V] adaptive  Grave et al. 2017: a head over the most frequent words and one entry for each
//   tail cluster;
//             a tail's words are scored from a narrower projection. Exact probabilities, no
//             approximation.
//   sampled   full at validation; in training the softmax runs over the batch's targets and
//   `samples` words
//             drawn log-uniformly, corrected by their expected counts (Jean et al. 2015).
struct OutputConfig {
  enum class Kind { full, adaptive, sampled } kind = Kind::full;
  int64_t vocabulary = 0, hidden = 0;
  // adaptive: ends of the head and of all tails but the last; empty: chosen
  std::vector<int64_t> cutoffs = {};
  int64_t samples = 1024;  // sampled
};
OutputConfig::Kind output_kind(const std::string& name);  // Error(usage) lists the names
std::string name(OutputConfig::Kind);

struct OutputLayer {
  OutputConfig config;
  Var weight, bias;  // full, sampled: [V,H], [V]; adaptive: the head [cutoff + tails, H]
  struct Tail {
    Var projection, weight;  // [H,P], [words, P]
    template <class F>
    void visit(F&& f) {
      f("projection", projection), f("weight", weight);
    }
  };
  std::vector<Tail> tails;

  OutputLayer() = default;
  OutputLayer(const OutputConfig&, Device, Rng&);
  // sum_i weights[i] * -log p(targets[i] | x[i]), x [N,H]; targets < 0 are masked. Exact, except
  // that `sampled` uses its approximation on a training tape. Targets and weights are host values:
  // the layer sorts them into clusters.
  Var loss(Tape&, const Var& x, const std::vector<int32_t>& targets,
           const std::vector<real>& weights) const;
  // log p of every word [N,V], for decoding.
  Tensor log_probabilities(Tape&, const Var& x) const;
  // From here on, log_probabilities() computes its products in `precision` with weights packed now.
  void pack(Precision);
  // Gives back the memory of weights that are packed: pack() and loss() need them, decoding does
  // not.
  void drop_unpacked();

  template <class F>
  void visit(F&& f) {
    f("weight", weight), f("bias", bias);
    for (size_t i = 0; i < tails.size(); ++i) f("tail" + std::to_string(i), tails[i]);
  }

 private:
  // x W or, with `tied`, x W^T; by the packed weight at `place` where there are any.
  Var product(Tape&, const Var& x, const Var& weight, bool tied, size_t place) const;
  // weight, then projection and weight of every tail; empty in fp32.
  std::vector<std::shared_ptr<const PackedWeight>> packed_;
};

}  // namespace p2s
