#include "models/teacher_forcing.h"

#include <algorithm>
#include <numeric>

namespace p2s {
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

}  // namespace p2s
