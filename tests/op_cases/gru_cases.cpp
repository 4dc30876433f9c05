#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

enum class Norm { none, recurrent, both };

struct Parts {
  bool h0 = false, extra = false;
  Norm norm = Norm::none;
  bool train_input = true;
};

struct Sequence {
  int64_t steps, batch, inputs, hidden;
  std::vector<int32_t> lengths;  // empty: all steps
  Parts parts = {};
};

std::string describe(const Sequence& s) {
  return fmt::format(
      "gru [{},{},{}] hidden {}{}{}{}{}{}", s.steps, s.batch, s.inputs, s.hidden,
      s.lengths.empty() ? "" : fmt::format(", lengths {}", fmt::join(s.lengths, " ")),
      s.parts.h0 ? ", h0" : "", s.parts.extra ? ", extra" : "",
      s.parts.norm == Norm::none        ? ""
      : s.parts.norm == Norm::recurrent ? ", layer norm"
                                        : ", layer norm of input too",
      s.parts.train_input ? "" : ", constant input");
}

std::vector<Operand> operands(const Sequence& s) {
  const int64_t gates = 3 * s.hidden;
  std::vector<Operand> result = {
      {{s.steps, s.batch, s.inputs}, Draw::normal, s.parts.train_input},
      {{s.inputs, gates}},
      {{s.hidden, gates}},
      {{gates}},
  };
  const auto add_norm = [&] {
    result.push_back({{gates}, Draw::positive});
    result.push_back({{gates}});
  };
  if (s.parts.norm != Norm::none) add_norm();
  if (s.parts.norm == Norm::both) add_norm();
  if (s.parts.h0) result.push_back({{s.batch, s.hidden}});
  if (s.parts.extra) result.push_back({{s.batch, gates}});
  return result;
}

Var run(Tape& tape, const OpInputs& in, const Sequence& s, const GruFunction& function) {
  size_t next = 1;
  const auto take = [&](bool present) { return present ? in.vars[next++] : Var(); };
  GruWeights weights;
  for (Var* part : {&weights.input, &weights.recurrent, &weights.bias}) *part = take(true);
  weights.recurrent_gain = take(s.parts.norm != Norm::none);
  weights.recurrent_bias = take(s.parts.norm != Norm::none);
  weights.input_gain = take(s.parts.norm == Norm::both);
  weights.input_bias = take(s.parts.norm == Norm::both);
  const Var h0 = take(s.parts.h0);
  const Var extra = take(s.parts.extra);
  return function(tape, in.vars[0], h0, in.ids.empty() ? Ids() : in.ids[0], weights, extra);
}

OpCase gru_case(const Sequence& s, const GruFunction& function) {
  OpCase result{
      .op = "gru",
      .name = describe(s),
      .operands = operands(s),
      .run = [s, function](Tape& tape, const OpInputs& in) { return run(tape, in, s, function); },
      .flops = 2.0 * double(s.steps * s.batch * 3 * s.hidden * (s.inputs + s.hidden)),
      .products = true};
  if (!s.lengths.empty()) result.ids.push_back({{s.batch}, s.lengths});
  return result;
}

}  // namespace

void add_gru(Cases& cases, CaseSizes sizes, const GruFunction& function) {
  const auto add = [&](const Sequence& s) { cases.push_back(gru_case(s, function)); };
  if (sizes == CaseSizes::threads) {
    std::vector<int32_t> lengths(130);
    for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = 3 - int32_t(i) / 40;
    add({3, 130, 17, 67, lengths, {.h0 = true, .norm = Norm::both}});
    add({2, 130, 17, 67, {}, {.extra = true}});
    // The last of these rows are through before the last step.
    add({3, 130, 5, 62, lengths, {.h0 = true}});
    return;
  }
  if (sizes == CaseSizes::bench) {
    add({30, 64, 620, 2400, {}});
    add({30, 64, 300, 600, {}});
    add({30, 64, 300, 600, {}, {.norm = Norm::recurrent}});
    return;
  }
  add({1, 1, 1, 1, {}});
  add({4, 3, 2, 5, {}});
  add({4, 3, 2, 5, {}, {.h0 = true}});
  // Rows that come longest first take another path than rows in any order.
  add({4, 3, 2, 5, {4, 0, 2}});
  add({4, 3, 2, 5, {4, 2, 0}});
  add({2, 3, 2, 5, {0, 0, 0}, {.h0 = true, .extra = true}});
  add({4, 3, 2, 5, {1, 3, 0}, {.h0 = true, .extra = true}});
  add({4, 3, 2, 5, {3, 2, 0}, {.h0 = true, .extra = true}});
  add({3, 2, 4, 3, {}, {.extra = true}});
  add({3, 2, 4, 3, {}, {.train_input = false}});
  for (Norm norm : {Norm::recurrent, Norm::both}) {
    add({3, 2, 4, 5, {}, {.norm = norm}});
    add({4, 3, 2, 3, {3, 1, 0}, {.h0 = true, .norm = norm}});
    add({3, 3, 2, 4, {2, 0, 3}, {.h0 = true, .extra = true, .norm = norm}});
  }
  add({5, 7, 19, 33, {5, 4, 4, 3, 1, 0, 5}, {.h0 = true}});
}

}  // namespace p2s::families
