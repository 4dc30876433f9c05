#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

const char* name(Reduce op) {
  return op == Reduce::sum ? "sum" : (op == Reduce::mean ? "mean" : "max");
}

OpCase axis_case(Reduce op, const Shape& shape, int axis) {
  return {.op = fmt::format("reduce {}", name(op)),
          .name = fmt::format("reduce {} {} axis {}", name(op), shape.text(), axis),
          .operands = {{shape, Draw::distinct}},
          .run = [op, axis](Tape& tape, const OpInputs& in) {
            return reduce(tape, op, in.vars[0], axis);
          }};
}

OpCase total_case(const char* op, Var (*run)(Tape&, const Var&), const Shape& shape) {
  return {.op = op,
          .name = fmt::format("{} {}", op, shape.text()),
          .operands = {{shape}},
          .run = [run](Tape& tape, const OpInputs& in) { return run(tape, in.vars[0]); }};
}

}  // namespace

void add_reductions(Cases& cases, CaseSizes sizes) {
  const auto all = {Reduce::sum, Reduce::mean, Reduce::max};
  if (sizes == CaseSizes::threads) {
    for (Reduce op : all) {
      cases.push_back(axis_case(op, {1101, 301}, 0));
      cases.push_back(axis_case(op, {1101, 301}, 1));
      cases.push_back(axis_case(op, {3, 1100, 67}, 1));
    }
    cases.push_back(total_case("sum", sum, {1101, 301}));
    cases.push_back(total_case("mean", mean, {1101, 301}));
    return;
  }
  if (sizes == CaseSizes::bench) {
    for (Reduce op : all) {
      cases.push_back(axis_case(op, {4096, 2400}, 0));
      cases.push_back(axis_case(op, {4096, 2400}, 1));
    }
    cases.push_back(total_case("sum", sum, {4096, 2400}));
    return;
  }
  for (Reduce op : all) {
    cases.push_back(axis_case(op, {4}, 0));
    cases.push_back(axis_case(op, {3, 5}, 0));
    cases.push_back(axis_case(op, {3, 5}, 1));
    cases.push_back(axis_case(op, {2, 3, 4}, 0));
    cases.push_back(axis_case(op, {2, 3, 4}, 1));
    cases.push_back(axis_case(op, {5, 1, 7}, -2));
    cases.push_back(axis_case(op, {2, 3, 37}, -1));
    cases.push_back(axis_case(op, {1, 1}, 1));
  }
  for (const Shape& shape : {Shape{}, Shape{3, 5}, Shape{2, 3, 4, 5}, Shape{71}}) {
    cases.push_back(total_case("sum", sum, shape));
    cases.push_back(total_case("mean", mean, shape));
  }
}

}  // namespace p2s::families
