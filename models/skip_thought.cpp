#include "models/skip_thought.h"

#include <algorithm>
#include <numeric>

#include "nn/base/error.h"

namespace p2s {

int64_t SentenceBatch::tokens() const {
  return std::accumulate(lengths.begin(), lengths.end(), int64_t(0));
}

Ids SentenceBatch::device_ids(Device device) const { return Ids({time, batch}, device, ids); }

Ids SentenceBatch::device_lengths(Device device) const { return Ids({batch}, device, lengths); }

SentenceBatch SentenceBatch::shifted() const {
  SentenceBatch result = *this;
  std::fill_n(result.ids.begin(), batch, -1);
  std::copy_n(ids.begin(), size_t((time - 1) * batch), result.ids.begin() + batch);
  return result;
}

SentenceBatch pack_sentences(const std::vector<std::vector<int32_t>>& sentences) {
  SentenceBatch result;
  result.batch = int64_t(sentences.size());
  for (const auto& sentence : sentences) {
    result.lengths.push_back(int32_t(sentence.size()));
    result.time = std::max(result.time, int64_t(sentence.size()));
  }
  result.ids.assign(size_t(result.time * result.batch), -1);
  for (size_t b = 0; b < sentences.size(); ++b) {
    for (size_t t = 0; t < sentences[b].size(); ++t) {
      result.ids[t * sentences.size() + b] = sentences[b][t];
    }
  }
  return result;
}

namespace {

// Rows of a batch by falling length, so that the recurrence works on fewer and fewer of them.
std::vector<int32_t> longest_first(const SentenceBatch& batch) {
  std::vector<int32_t> order(size_t(batch.batch));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return batch.lengths[size_t(a)] > batch.lengths[size_t(b)];
  });
  return order;
}

SentenceBatch reordered(const SentenceBatch& batch, const std::vector<int32_t>& order) {
  SentenceBatch result = batch;
  for (size_t b = 0; b < order.size(); ++b) {
    result.lengths[b] = batch.lengths[size_t(order[b])];
    for (size_t t = 0; t < size_t(batch.time); ++t) {
      result.ids[t * order.size() + b] = batch.ids[t * order.size() + size_t(order[b])];
    }
  }
  return result;
}

}  // namespace

TeacherForcing teacher_forcing(Tape& tape, const Var& words, const GruWeights& gru, const Var& h0,
                               const SentenceBatch& unordered, const Var& extra,
                               real dropout_rate) {
  const Device device = tape.device();
  const std::vector<int32_t> order = longest_first(unordered);
  const Ids rows_of({unordered.batch}, device, order);
  const SentenceBatch sentences = reordered(unordered, order);
  const Var x = embedding(tape, words, sentences.shifted().device_ids(device));
  const Var states = p2s::gru(tape, dropout(tape, x, dropout_rate), gather(tape, h0, rows_of),
                              sentences.device_lengths(device), gru,
                              extra.value.defined() ? gather(tape, extra, rows_of) : Var());
  // Only the places that hold a word are scored.
  TeacherForcing result;
  std::vector<int32_t> rows;
  for (size_t i = 0; i < sentences.ids.size(); ++i) {
    if (sentences.ids[i] < 0) continue;
    rows.push_back(int32_t(i));
    result.targets.push_back(sentences.ids[i]);
  }
  const int64_t places = sentences.time * sentences.batch;
  result.states = gather(tape, reshape(tape, states, {places, gru.hidden()}),
                         Ids({int64_t(rows.size())}, device, rows));
  return result;
}

SkipThought::SkipThought(const SkipThoughtConfig& wanted, Device device, Rng& rng)
    : config(wanted),
      encoder(wanted.vocabulary, wanted.embedding, wanted.hidden, wanted.layer_norm, device, rng),
      previous(make_gru(wanted.embedding, wanted.hidden, wanted.layer_norm, device, rng)),
      next(make_gru(wanted.embedding, wanted.hidden, wanted.layer_norm, device, rng)) {
  config.output.vocabulary = config.vocabulary;
  config.output.hidden = config.hidden;
  output = OutputLayer(config.output, device, rng);
  config.output = output.config;
}

Var SkipThought::loss(Tape& tape, const SentenceBatch& middle, const SentenceBatch& before,
                      const SentenceBatch& after) const {
  check(before.batch == middle.batch && after.batch == middle.batch, ErrorCode::shape,
        "skip-thought: {} sentences before and {} after for {}", before.batch, after.batch,
        middle.batch);
  const Device device = tape.device();
  const Var thought = encoder(tape, middle.device_ids(device), middle.device_lengths(device));
  const TeacherForcing back = teacher_forcing(tape, encoder.words, previous, thought, before);
  const TeacherForcing forth = teacher_forcing(tape, encoder.words, next, thought, after);
  const Var both[] = {back.states, forth.states};
  std::vector<int32_t> targets = back.targets;
  targets.insert(targets.end(), forth.targets.begin(), forth.targets.end());
  const std::vector<real> weights(targets.size(), real(1) / real(targets.size()));
  return output.loss(tape, concat(tape, both, 0), targets, weights);
}

}  // namespace p2s
