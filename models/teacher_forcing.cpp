#include "models/teacher_forcing.h"

namespace p2s {
TeacherForcing teacher_forcing(Tape& tape, const Var& words, const GruWeights& gru, const Var& h0,
                               const SentenceBatch& unordered, const Var& extra,
                               real dropout_rate) {
  const Device device = tape.device();
  const std::vector<int32_t> order = unordered.longest_first();
  const Ids rows_of({unordered.batch}, device, order);
  const SentenceBatch sentences = unordered.ordered(order);
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
