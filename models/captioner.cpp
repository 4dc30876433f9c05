#include "models/captioner.h"

#include <numeric>

#include "nn/base/error.h"
#include "nn/init.h"

namespace p2s {
namespace {

// As arctic-captions scales its reward, and moves its baseline.
constexpr real kRewardScale = real(0.1), kBaselineStep = real(0.1);

template <class T>
Ids ids_of(const std::vector<T>& values, Device device) {
  return Ids({int64_t(values.size())}, device, values);
}

Tensor numbers_of(const std::vector<real>& values, Device device) {
  return Tensor({int64_t(values.size())}, device, values);
}

}  // namespace

Captioner::Captioner(const CaptionerConfig& c, Device device, Rng& rng) : config(c) {
  words = uniform({c.vocabulary, c.word}, device, rng, real(0.1));
  annotation_weight = xavier({c.features, c.annotation}, device, rng);
  annotation_bias = zeros({c.annotation}, device);
  key_weight = xavier({c.annotation, c.attention}, device, rng);
  key_bias = zeros({c.attention}, device);
  initial_weight = xavier({c.annotation, 2 * c.hidden}, device, rng);
  initial_bias = zeros({2 * c.hidden}, device);
  lstm.lstm = {xavier({c.word, 4 * c.hidden}, device, rng),
               orthogonal({c.hidden, 4 * c.hidden}, device, rng), zeros({4 * c.hidden}, device)};
  lstm.context = xavier({c.annotation, 4 * c.hidden}, device, rng);
  lstm.query = xavier({c.hidden, c.attention + 1}, device, rng);
  lstm.query_bias = zeros({c.attention + 1}, device);
  lstm.score = uniform({c.attention}, device, rng, real(0.1));
  deep_hidden = xavier({c.hidden, c.word}, device, rng);
  deep_context = xavier({c.annotation, c.word}, device, rng);
  deep_bias = zeros({c.word}, device);
  output = OutputLayer({.vocabulary = c.vocabulary, .hidden = c.word}, device, rng);
  if (c.hard) baseline = zeros({1}, device);
}

Annotations Captioner::annotate(Tape& tape, const Var& maps) const {
  check(maps.shape().rank() == 3 && maps.shape()[1] == config.places &&
            maps.shape()[2] == config.features,
        ErrorCode::shape, "captioner: annotation maps are {}, [I,{},{}] is needed", maps.shape(),
        config.places, config.features);
  const Var values = dropout(
      tape, relu(tape, linear(tape, maps, annotation_weight, annotation_bias)), config.dropout);
  return {linear(tape, values, key_weight, key_bias), values, {}};
}

LstmStates Captioner::initial(Tape& tape, const Var& values) const {
  const Var both =
      tanh(tape, linear(tape, reduce(tape, Reduce::mean, values, 1), initial_weight, initial_bias));
  return {slice(tape, both, -1, 0, config.hidden),
          slice(tape, both, -1, config.hidden, 2 * config.hidden)};
}

Var Captioner::deep(Tape& tape, const Var& hidden, const Var& context, const Var& word) const {
  const Var from_hidden =
      linear(tape, dropout(tape, hidden, config.dropout), deep_hidden, deep_bias);
  const Var sum = add(tape, add(tape, from_hidden, matmul(tape, context, deep_context)), word);
  return dropout(tape, tanh(tape, sum), config.dropout);
}

// Teacher forcing, at the N places that hold a word.
struct Captioner::Read {
  Var deep;                              // [N,D]
  Var weights, all_weights;              // [N,L], [T,B,L]
  std::vector<int32_t> places, targets;  // t * B + b
  std::vector<int32_t> picks;            // [N], hard attention
};

Captioner::Read Captioner::read(Tape& tape, const CaptionBatch& batch, bool draw) const {
  const SentenceBatch& words_of = batch.words;
  const int64_t time = words_of.time, count = words_of.batch;
  check(int64_t(batch.image.size()) == count, ErrorCode::shape,
        "captioner: {} image numbers for {} captions", batch.image.size(), count);
  const Device device = tape.device();
  Annotations seen = annotate(tape, batch.maps);
  seen.image = ids_of(batch.image, device);
  const LstmStates of_images = initial(tape, seen.values);
  const LstmStates start{gather(tape, of_images.hidden, seen.image),
                         gather(tape, of_images.cell, seen.image)};
  const std::vector<int32_t> ids = batch.read.empty() ? words_of.shifted().ids : batch.read;
  const Var x =
      dropout(tape, embedding(tape, words, Ids({time, count}, device, ids)), config.dropout);
  const AttentionStates states =
      attention_lstm(tape, x, start, words_of.device_lengths(device), seen, lstm, draw);

  Read result;
  for (size_t i = 0; i < words_of.ids.size(); ++i) {
    if (words_of.ids[i] < 0) continue;
    result.places.push_back(int32_t(i));
    result.targets.push_back(words_of.ids[i]);
  }
  const Ids places = ids_of(result.places, device);
  const auto at_places = [&](const Var& v) {
    return gather(tape, reshape(tape, v, {time * count, v.shape()[2]}), places);
  };
  result.deep = deep(tape, at_places(states.hidden), at_places(states.context), at_places(x));
  result.all_weights = states.weights;
  if (draw) {
    result.weights = at_places(states.weights);
    const std::vector<int32_t> picks = states.picks.to_host();
    for (int32_t place : result.places) result.picks.push_back(picks[size_t(place)]);
  }
  return result;
}

Var Captioner::reinforce(Tape& tape, const CaptionBatch& batch, const Read& read,
                         real entropy) const {
  const Device device = tape.device();
  const int64_t count = batch.words.batch;
  Tape untaped(device);
  const std::vector<real> log_p = output.log_probabilities(untaped, Var(read.deep.value)).to_host();
  std::vector<real> losses(size_t(count), real(0));
  for (size_t n = 0; n < read.places.size(); ++n) {
    losses[size_t(read.places[n] % count)] -=
        log_p[n * size_t(config.vocabulary) + size_t(read.targets[n])];
  }
  const real mean = std::accumulate(losses.begin(), losses.end(), real(0)) / real(count);
  const real before = baseline.value.item(), usual = before > 0 ? before : mean;
  baseline.value.fill(usual + kBaselineStep * (mean - usual));

  const auto words_count = real(read.places.size());
  std::vector<real> rewards;
  std::vector<int32_t> picked;
  for (size_t n = 0; n < read.places.size(); ++n) {
    rewards.push_back(kRewardScale * (losses[size_t(read.places[n] % count)] - usual) /
                      words_count);
    picked.push_back(int32_t(int64_t(n) * config.places + read.picks[n]));
  }
  // A weight may have become zero.
  const Var logs = unary(tape, Unary::log, affine(tape, read.weights, 1, real(1e-8)));
  const Var of_picks =
      gather(tape, reshape(tape, logs, {logs.value.elements(), 1}), ids_of(picked, device));
  const Var reward = sum(tape, multiply(tape, reshape(tape, of_picks, {int64_t(picked.size())}),
                                        numbers_of(rewards, device)));
  const Var disorder = sum(tape, multiply(tape, read.weights, logs));
  return add(tape, reward, affine(tape, disorder, entropy / words_count));
}

Var Captioner::loss(Tape& tape, const CaptionBatch& batch, const Penalties& penalties) const {
  const bool draw = config.hard && tape.rng().uniform() >= float(penalties.soft_share);
  const Read read = this->read(tape, batch, draw);
  const size_t count = size_t(batch.words.batch);
  std::vector<real> weights;
  for (int32_t place : read.places) {
    const real own = batch.weights.empty() ? real(1) : batch.weights[size_t(place) % count];
    weights.push_back(own / real(read.places.size()));
  }
  Var total = output.loss(tape, read.deep, read.targets, weights);
  if (penalties.coverage > 0) {
    const Var seen = reduce(tape, Reduce::sum, read.all_weights, 0);
    const Var missed = mean(tape, unary(tape, Unary::square, affine(tape, seen, -1, 1)));
    total = add(tape, total, affine(tape, missed, penalties.coverage));
  }
  return draw ? add(tape, total, reinforce(tape, batch, read, penalties.entropy)) : total;
}

double Captioner::mean_loss(const CaptionBatch& batch) const {
  Tape tape(words.value.device());
  const Read read = this->read(tape, batch, false);
  const std::vector<real> weights(read.places.size(), real(1) / real(read.places.size()));
  return double(output.loss(tape, read.deep, read.targets, weights).value.item());
}

Captioner::WordScores Captioner::word_scores(const CaptionBatch& batch) const {
  Tape tape(words.value.device());
  const Read read = this->read(tape, batch, false);
  return {output.log_probabilities(tape, read.deep), read.places};
}

}  // namespace p2s
