#include "models/output_layer.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "nn/base/error.h"
#include "nn/init.h"

namespace p2s {
namespace {

// The k-th tail is scored from H / 4^k numbers (Grave et al. 2017).
int64_t tail_width(int64_t hidden, size_t tail) {
  return std::max<int64_t>(hidden >> (2 * (tail + 1)), 8);
}

// Where a tail's words begin and end.
struct Range {
  int64_t begin, end;
};
Range tail_range(const OutputConfig& c, size_t tail) {
  return {c.cutoffs[tail], tail + 1 < c.cutoffs.size() ? c.cutoffs[tail + 1] : c.vocabulary};
}

void choose_cutoffs(OutputConfig& c) {
  if (c.kind != OutputConfig::Kind::adaptive) {
    c.cutoffs.clear();
    return;
  }
  if (c.cutoffs.empty()) {
    for (int64_t cutoff : {c.vocabulary / 10, 2 * c.vocabulary / 5}) {
      if (cutoff > (c.cutoffs.empty() ? 0 : c.cutoffs.back())) c.cutoffs.push_back(cutoff);
    }
  }
  const bool rising = std::adjacent_find(c.cutoffs.begin(), c.cutoffs.end(),
                                         std::greater_equal<>()) == c.cutoffs.end();
  check(!c.cutoffs.empty() && rising && c.cutoffs.front() > 0 && c.cutoffs.back() < c.vocabulary,
        ErrorCode::usage,
        "adaptive softmax: cutoffs must rise between 0 and the vocabulary's size {}", c.vocabulary);
}

Tensor host_weights(const std::vector<real>& weights, Device device) {
  return Tensor({int64_t(weights.size())}, device, weights);
}

Ids host_ids(const std::vector<int32_t>& ids, Device device) {
  return Ids({int64_t(ids.size())}, device, ids);
}

Var adaptive_loss(Tape& tape, const OutputLayer& layer, const Var& x,
                  const std::vector<int32_t>& targets, const std::vector<real>& weights) {
  const OutputConfig& c = layer.config;
  const size_t tails = c.cutoffs.size();
  std::vector<int32_t> head = targets;
  std::vector<std::vector<int32_t>> rows(tails), words(tails);
  std::vector<std::vector<real>> row_weights(tails);
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] < c.cutoffs[0]) continue;
    const size_t tail =
        size_t(std::upper_bound(c.cutoffs.begin(), c.cutoffs.end(), int64_t(targets[i])) -
               c.cutoffs.begin()) -
        1;
    head[i] = int32_t(c.cutoffs[0] + int64_t(tail));
    rows[tail].push_back(int32_t(i));
    words[tail].push_back(int32_t(targets[i] - c.cutoffs[tail]));
    row_weights[tail].push_back(weights[i]);
  }
  const Device device = tape.device();
  Var loss = linear_cross_entropy(tape, x, layer.weight, layer.bias, host_ids(head, device),
                                  host_weights(weights, device), {.tied = true});
  for (size_t tail = 0; tail < tails; ++tail) {
    if (rows[tail].empty()) continue;
    const Var narrow =
        matmul(tape, gather(tape, x, host_ids(rows[tail], device)), layer.tails[tail].projection);
    loss = add(tape, loss,
               linear_cross_entropy(tape, narrow, layer.tails[tail].weight, {},
                                    host_ids(words[tail], device),
                                    host_weights(row_weights[tail], device), {.tied = true}));
  }
  return loss;
}

// P(word) = log((word + 2) / (word + 1)) / log(V + 1): near Zipf's law for ids by falling
// frequency.
double log_uniform(int64_t word, int64_t vocabulary) {
  return std::log((double(word) + 2) / (double(word) + 1)) / std::log(double(vocabulary) + 1);
}

// The batch's targets, then words drawn log-uniformly, none twice.
std::vector<int32_t> draw_candidates(Rng& rng, const std::vector<int32_t>& targets,
                                     const OutputConfig& c,
                                     std::unordered_map<int32_t, int32_t>& place) {
  std::vector<int32_t> candidates;
  const auto take = [&](int32_t word) {
    if (place.emplace(word, int32_t(candidates.size())).second) candidates.push_back(word);
  };
  for (int32_t target : targets) {
    if (target >= 0) take(target);
  }
  for (int64_t i = 0; i < c.samples; ++i) {
    const double drawn = std::exp(rng.uniform_double() * std::log(double(c.vocabulary) + 1)) - 1;
    take(int32_t(std::min<int64_t>(int64_t(drawn), c.vocabulary - 1)));
  }
  return candidates;
}

Var sampled_loss(Tape& tape, const OutputLayer& layer, const Var& x,
                 const std::vector<int32_t>& targets, const std::vector<real>& weights) {
  const OutputConfig& c = layer.config;
  std::unordered_map<int32_t, int32_t> place;
  const std::vector<int32_t> candidates = draw_candidates(tape.rng(), targets, c, place);
  const Device device = tape.device();
  const int64_t count = int64_t(candidates.size());
  // A word is a candidate with probability 1 - exp(-draws P): by its own draws or as another's
  // target.
  std::vector<real> correction;
  for (int32_t word : candidates) {
    const double expected =
        double(c.samples + int64_t(targets.size())) * log_uniform(word, c.vocabulary);
    correction.push_back(real(-std::log(-std::expm1(-expected))));
  }
  std::vector<int32_t> places;
  for (int32_t target : targets) places.push_back(target < 0 ? -1 : place.at(target));

  const Ids ids = host_ids(candidates, device);
  const Var rows = embedding(tape, layer.weight, ids);
  const Var bias =
      reshape(tape, gather(tape, reshape(tape, layer.bias, {c.vocabulary, 1}), ids), {count});
  const Var shifts = add(tape, bias, Tensor({count}, device, correction));
  const Var logits = add(tape, matmul(tape, x, rows, Transpose::b), shifts);
  return softmax_cross_entropy(tape, logits, host_ids(places, device),
                               host_weights(weights, device));
}

}  // namespace

OutputConfig::Kind output_kind(const std::string& name) {
  if (name == "full") return OutputConfig::Kind::full;
  if (name == "adaptive") return OutputConfig::Kind::adaptive;
  if (name == "sampled") return OutputConfig::Kind::sampled;
  fail(ErrorCode::usage, "softmax: \"{}\" is none of full, adaptive, sampled", name);
}

std::string name(OutputConfig::Kind kind) {
  switch (kind) {
    case OutputConfig::Kind::full:
      return "full";
    case OutputConfig::Kind::adaptive:
      return "adaptive";
    case OutputConfig::Kind::sampled:
      return "sampled";
  }
  return "?";
}

OutputLayer::OutputLayer(const OutputConfig& wanted, Device device, Rng& rng) : config(wanted) {
  choose_cutoffs(config);
  const bool adaptive = config.kind == OutputConfig::Kind::adaptive;
  const int64_t entries =
      adaptive ? config.cutoffs[0] + int64_t(config.cutoffs.size()) : config.vocabulary;
  weight = uniform({entries, config.hidden}, device, rng, real(0.1));
  bias = zeros({entries}, device);
  for (size_t tail = 0; tail < config.cutoffs.size(); ++tail) {
    const Range range = tail_range(config, tail);
    const int64_t width = tail_width(config.hidden, tail);
    tails.push_back({xavier({config.hidden, width}, device, rng),
                     uniform({range.end - range.begin, width}, device, rng, real(0.1))});
  }
}

Var OutputLayer::loss(Tape& tape, const Var& x, const std::vector<int32_t>& targets,
                      const std::vector<real>& weights) const {
  check(int64_t(targets.size()) == x.shape().rows() && weights.size() == targets.size(),
        ErrorCode::shape, "output layer: {} targets and {} weights for x {}", targets.size(),
        weights.size(), x.shape());
  if (config.kind == OutputConfig::Kind::adaptive)
    return adaptive_loss(tape, *this, x, targets, weights);
  if (config.kind == OutputConfig::Kind::sampled && tape.training()) {
    return sampled_loss(tape, *this, x, targets, weights);
  }
  return linear_cross_entropy(tape, x, weight, bias, host_ids(targets, tape.device()),
                              host_weights(weights, tape.device()), {.tied = true});
}

void OutputLayer::pack(Precision precision) {
  packed_.clear();
  const auto add = [&](const Var& w, bool tied) {
    packed_.push_back(std::make_shared<const PackedWeight>(w.value, tied, precision));
  };
  add(weight, true);
  for (const Tail& tail : tails) add(tail.projection, false), add(tail.weight, true);
}

void OutputLayer::drop_unpacked() {
  if (packed_.empty()) return;
  weight.value = {};
  for (Tail& tail : tails) tail.projection.value = {}, tail.weight.value = {};
}

Var OutputLayer::product(Tape& tape, const Var& x, const Var& w, bool tied, size_t place) const {
  if (!packed_.empty()) return packed_[place]->multiply(x.value);
  return matmul(tape, x, w, tied ? Transpose::b : Transpose::none);
}

Tensor OutputLayer::log_probabilities(Tape& tape, const Var& x) const {
  const Var head = log_softmax(tape, add(tape, product(tape, x, weight, true, 0), bias));
  if (config.kind != OutputConfig::Kind::adaptive) return head.value;
  std::vector<Var> parts = {slice(tape, head, -1, 0, config.cutoffs[0])};
  const int64_t rows = x.shape().rows();
  for (size_t tail = 0; tail < tails.size(); ++tail) {
    const int64_t place = config.cutoffs[0] + int64_t(tail);
    const Var narrow = product(tape, x, tails[tail].projection, false, 2 * tail + 1);
    const Var inside =
        log_softmax(tape, product(tape, narrow, tails[tail].weight, true, 2 * tail + 2));
    // log p(word) = log p(tail) + log p(word | tail): a column added to every column.
    const Var column = slice(tape, head, -1, place, place + 1);
    const Var row = Tensor({1, inside.shape().columns()}, tape.device(), real(1));
    const Var spread = matmul(tape, reshape(tape, column, {rows, 1}), row);
    parts.push_back(add(tape, inside, spread));
  }
  return concat(tape, parts, -1).value;
}

}  // namespace p2s
