#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

struct Sequence {
  int64_t steps, batch, inputs, hidden;
  std::vector<int32_t> lengths;  // empty: all steps
  bool initial = false, train_input = true;
};

// Both results, hidden states before cell states.
Var run(Tape& tape, const OpInputs& in, bool with_initial, const LstmFunction& function) {
  const LstmWeights weights{in.vars[1], in.vars[2], in.vars[3]};
  const LstmStates initial = with_initial ? LstmStates{in.vars[4], in.vars[5]} : LstmStates{};
  const LstmStates states =
      function(tape, in.vars[0], initial, in.ids.empty() ? Ids() : in.ids[0], weights);
  const Var both[] = {states.hidden, states.cell};
  return concat(tape, both, 0);
}

OpCase lstm_case(const Sequence& s, const LstmFunction& function) {
  const int64_t gates = 4 * s.hidden;
  OpCase result{
      .op = "lstm",
      .name = fmt::format(
          "lstm [{},{},{}] hidden {}{}{}{}", s.steps, s.batch, s.inputs, s.hidden,
          s.lengths.empty() ? "" : fmt::format(", lengths {}", fmt::join(s.lengths, " ")),
          s.initial ? ", initial states" : "", s.train_input ? "" : ", constant input"),
      .operands = {{{s.steps, s.batch, s.inputs}, Draw::normal, s.train_input},
                   {{s.inputs, gates}},
                   {{s.hidden, gates}},
                   {{gates}}},
      .run = [initial = s.initial, function](
                 Tape& tape, const OpInputs& in) { return run(tape, in, initial, function); },
      .flops = 2.0 * double(s.steps * s.batch * gates * (s.inputs + s.hidden)),
      .products = true};
  if (s.initial) result.operands.insert(result.operands.end(), 2, {{s.batch, s.hidden}});
  if (!s.lengths.empty()) result.ids.push_back({{s.batch}, s.lengths});
  return result;
}

// Only the cell states are used: nothing reaches the hidden states' gradient.
OpCase cell_only(const LstmFunction& function) {
  OpCase result = lstm_case({3, 2, 3, 4, {3, 1}}, function);
  result.name += ", cell states only";
  result.run = [function](Tape& tape, const OpInputs& in) {
    return function(tape, in.vars[0], {}, in.ids[0], {in.vars[1], in.vars[2], in.vars[3]}).cell;
  };
  return result;
}

}  // namespace

void add_lstm(Cases& cases, CaseSizes sizes, const LstmFunction& function) {
  const auto add = [&](const Sequence& s) { cases.push_back(lstm_case(s, function)); };
  if (sizes == CaseSizes::threads) {
    add({2, 130, 17, 67, {}, true});
    return;
  }
  if (sizes == CaseSizes::bench) {
    add({30, 64, 620, 2400, {}});
    add({30, 64, 300, 600, {}});
    return;
  }
  add({1, 1, 1, 1, {}});
  add({4, 3, 2, 5, {}});
  add({4, 3, 2, 5, {}, true});
  // Rows that come longest first take another path than rows in any order.
  add({4, 3, 2, 5, {4, 0, 2}});
  add({4, 3, 2, 5, {3, 2, 0}, true});
  add({2, 3, 2, 5, {0, 0, 0}, true});
  add({4, 3, 2, 5, {0, 3, 1}, true});
  add({3, 2, 4, 3, {}, false, false});
  add({5, 7, 19, 33, {5, 4, 4, 3, 1, 0, 5}, true});
  cases.push_back(cell_only(function));
}

}  // namespace p2s::families
