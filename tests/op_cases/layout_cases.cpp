#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

OpCase reshape_case(const Shape& from, const Shape& to) {
  return {.op = "reshape",
          .name = fmt::format("reshape {} to {}", from.text(), to.text()),
          .operands = {{from}},
          .run = [to](Tape& tape, const OpInputs& in) { return reshape(tape, in.vars[0], to); }};
}

OpCase concat_case(const std::vector<Shape>& parts, int axis) {
  OpCase result{
      .op = "concat",
      .name = fmt::format("concat axis {}", axis),
      .operands = {},
      .run = [axis](Tape& tape, const OpInputs& in) { return concat(tape, in.vars, axis); }};
  for (const Shape& part : parts) {
    result.name += fmt::format(" {}", part.text());
    result.operands.push_back({part});
  }
  return result;
}

OpCase twice_the_same() {
  return {.op = "concat",
          .name = "concat [2,3] with itself",
          .operands = {{{2, 3}}},
          .run = [](Tape& tape, const OpInputs& in) {
            const Var parts[] = {in.vars[0], in.vars[0]};
            return concat(tape, parts, 1);
          }};
}

OpCase slice_case(const Shape& shape, int axis, int64_t begin, int64_t end) {
  return {.op = "slice",
          .name = fmt::format("slice {} axis {} [{}, {})", shape.text(), axis, begin, end),
          .operands = {{shape}},
          .run = [axis, begin, end](Tape& tape, const OpInputs& in) {
            return slice(tape, in.vars[0], axis, begin, end);
          }};
}

}  // namespace

void add_layout(Cases& cases, CaseSizes sizes) {
  if (sizes == CaseSizes::threads) {
    cases.push_back(concat_case({{301, 150}, {301, 183}}, 1));
    cases.push_back(slice_case({301, 333}, 1, 17, 320));
    return;
  }
  if (sizes == CaseSizes::bench) {
    cases.push_back(concat_case({{1920, 620}, {1920, 2400}}, 1));
    cases.push_back(slice_case({1920, 7200}, 1, 2400, 4800));
    return;
  }
  cases.push_back(reshape_case({3, 4}, {2, 6}));
  cases.push_back(reshape_case({2, 3, 4}, {24}));
  cases.push_back(reshape_case({1}, {}));
  cases.push_back(concat_case({{2, 3}, {4, 3}}, 0));
  cases.push_back(concat_case({{4, 1}, {4, 5}, {4, 17}}, 1));
  cases.push_back(concat_case({{2, 3, 4}, {2, 1, 4}}, 1));
  cases.push_back(concat_case({{2, 3, 4}, {2, 3, 1}}, -1));
  cases.push_back(concat_case({{5}, {1}, {2}}, 0));
  cases.push_back(concat_case({{3, 3}}, 0));
  cases.push_back(twice_the_same());
  cases.push_back(slice_case({5, 3}, 0, 1, 4));
  cases.push_back(slice_case({5, 7}, 1, 2, 3));
  cases.push_back(slice_case({2, 5, 3}, 1, 0, 2));
  cases.push_back(slice_case({2, 5, 19}, -1, 1, 18));
  cases.push_back(slice_case({4, 4}, 0, 0, 4));
  cases.push_back(slice_case({2, 3, 4, 5}, 2, 3, 4));
}

}  // namespace p2s::families
