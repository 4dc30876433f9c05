#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

struct Sequence {
  int64_t steps, batch, inputs, hidden, images, places, size, channels;
  std::vector<int32_t> lengths = {}, image = {};  // empty: all steps; a row its own image
  bool initial = false, hard = false, train_annotations = true;
};

// All results, one behind the other.
Var run(Tape& tape, const OpInputs& in, const Sequence& s, const AttentionLstmFunction& function) {
  const AttentionLstmWeights weights{
      {in.vars[1], in.vars[2], in.vars[3]}, in.vars[4], in.vars[5], in.vars[6], in.vars[7]};
  const size_t ids = s.lengths.empty() ? 0 : 1;
  const Annotations seen{in.vars[8], in.vars[9], s.image.empty() ? Ids() : in.ids[ids]};
  const LstmStates initial = s.initial ? LstmStates{in.vars[10], in.vars[11]} : LstmStates{};
  const AttentionStates y =
      function(tape, in.vars[0], initial, ids == 0 ? Ids() : in.ids[0], seen, weights, s.hard);
  const auto flat = [&](const Var& v) { return reshape(tape, v, {v.value.elements()}); };
  const Var all[] = {flat(y.hidden), flat(y.context), flat(y.weights)};
  return concat(tape, all, 0);
}

OpCase attention_case(const Sequence& s, const AttentionLstmFunction& function) {
  const int64_t gates = 4 * s.hidden;
  OpCase result{
      .op = "attention_lstm",
      .name = fmt::format(
          "attention_lstm [{},{},{}] hidden {}, {} images of {} places, {} -> {}{}"
          "{}{}{}{}",
          s.steps, s.batch, s.inputs, s.hidden, s.images, s.places, s.channels, s.size,
          s.lengths.empty() ? "" : fmt::format(", lengths {}", fmt::join(s.lengths, " ")),
          s.image.empty() ? "" : fmt::format(", of images {}", fmt::join(s.image, " ")),
          s.initial ? ", initial states" : "", s.hard ? ", hard" : "",
          s.train_annotations ? "" : ", constant annotations"),
      .operands = {{{s.steps, s.batch, s.inputs}},
                   {{s.inputs, gates}},
                   {{s.hidden, gates}},
                   {{gates}},
                   {{s.channels, gates}},
                   {{s.hidden, s.size + 1}},
                   {{s.size + 1}},
                   {{s.size}},
                   {{s.images, s.places, s.size}, Draw::normal, s.train_annotations},
                   {{s.images, s.places, s.channels}, Draw::normal, s.train_annotations}},
      .run = [s, function](Tape& tape, const OpInputs& in) { return run(tape, in, s, function); },
      .flops = 2.0 * double(s.steps * s.batch) *
               double(gates * (s.inputs + s.hidden + s.channels) + s.hidden * (s.size + 1) +
                      s.places * (s.size + s.channels)),
      .products = true};
  if (s.initial) result.operands.insert(result.operands.end(), 2, {{s.batch, s.hidden}});
  if (!s.lengths.empty()) result.ids.push_back({{s.batch}, s.lengths});
  if (!s.image.empty()) result.ids.push_back({{s.batch}, s.image});
  return result;
}

}  // namespace

void add_attention(Cases& cases, CaseSizes sizes, const AttentionLstmFunction& function) {
  const auto add = [&](const Sequence& s) { cases.push_back(attention_case(s, function)); };
  if (sizes == CaseSizes::threads) {
    add({2, 34, 5, 7, 34, 19, 67, 21, {}, {}, true});
    return;
  }
  if (sizes == CaseSizes::bench) {
    std::vector<int32_t> image;
    for (int32_t row = 0; row < 80; ++row) image.push_back(row / 5);
    add({12, 80, 300, 512, 16, 49, 256, 512, {}, image});
    return;
  }
  add({1, 1, 1, 1, 1, 1, 1, 1});
  add({3, 2, 2, 3, 2, 4, 3, 2});
  add({3, 4, 2, 3, 2, 5, 3, 4, {3, 2, 2, 0}, {1, 0, 1, 1}, true});
  add({3, 3, 2, 3, 2, 5, 3, 4, {1, 3, 2}, {1, 0, 1}, true});
  add({3, 4, 2, 3, 3, 4, 2, 3, {3, 3, 2, 1}, {0, 2, 2, 0}, true, true});
  add({2, 3, 2, 3, 3, 4, 3, 2, {}, {}, false, false, false});
  add({3, 5, 9, 17, 4, 7, 19, 18, {3, 3, 2, 2, 1}, {3, 1, 1, 0, 3}});
}

}  // namespace p2s::families
