#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

OpCase row_case(const char* op, Var (*run)(Tape&, const Var&), const Shape& shape) {
  return {.op = op,
          .name = fmt::format("{} {}", op, shape.text()),
          .operands = {{shape}},
          .run = [run](Tape& tape, const OpInputs& in) { return run(tape, in.vars[0]); }};
}

OpCase layer_norm_case(const Shape& shape, real epsilon, const std::vector<int64_t>& groups = {}) {
  return {
      .op = "layer_norm",
      .name = fmt::format("layer_norm {} epsilon {}{}", shape.text(), epsilon,
                          groups.empty() ? "" : fmt::format(", groups {}", fmt::join(groups, " "))),
      .operands = {{shape}, {{shape[-1]}, Draw::positive}, {{shape[-1]}}},
      .run = [epsilon, groups](Tape& tape, const OpInputs& in) {
        return layer_norm(tape, in.vars[0], in.vars[1], in.vars[2], epsilon, groups);
      }};
}

OpCase l2_normalize_case(const Shape& shape, real epsilon) {
  return {.op = "l2_normalize",
          .name = fmt::format("l2_normalize {} epsilon {}", shape.text(), epsilon),
          .operands = {{shape}},
          .run = [epsilon](Tape& tape, const OpInputs& in) {
            return l2_normalize(tape, in.vars[0], epsilon);
          }};
}

OpCase batch_norm_case(const Shape& shape, Tape::Mode mode,
                       Activation activation = Activation::none, bool residual = false) {
  const Shape columns{shape[-1]};
  const bool training = mode == Tape::Mode::training;
  const char* name = activation == Activation::none   ? ""
                     : activation == Activation::relu ? ", relu"
                                                      : ", relu6";
  return {.op = "batch_norm",
          .name = fmt::format("batch_norm {}{}{}{}", shape.text(), name,
                              residual ? ", residual" : "", training ? "" : " in inference"),
          .operands = {{shape},
                       {columns, Draw::positive},
                       {columns},
                       {columns, Draw::normal, false},
                       {columns, Draw::positive, false},
                       {shape, Draw::normal, residual}},
          .run =
              [activation, residual](Tape& tape, const OpInputs& in) {
                const BatchNormState state{in.vars[3].value.clone(), in.vars[4].value.clone()};
                return batch_norm(tape, in.vars[0], in.vars[1], in.vars[2], state,
                                  {.activation = activation}, residual ? in.vars[5] : Var());
              },
          .mode = mode};
}

}  // namespace

void add_normalisations(Cases& cases, CaseSizes sizes) {
  const auto training = Tape::Mode::training, inference = Tape::Mode::inference;
  if (sizes == CaseSizes::threads) {
    cases.push_back(row_case("softmax", softmax, {61, 2003}));
    cases.push_back(row_case("log_softmax", log_softmax, {61, 2003}));
    cases.push_back(layer_norm_case({1301, 133}, real(1e-5)));
    cases.push_back(l2_normalize_case({301, 333}, real(1e-12)));
    cases.push_back(batch_norm_case({1101, 301}, training));
    cases.push_back(batch_norm_case({1101, 301}, inference));
    return;
  }
  if (sizes == CaseSizes::bench) {
    cases.push_back(row_case("softmax", softmax, {1024, 20000}));
    cases.push_back(row_case("log_softmax", log_softmax, {1024, 20000}));
    cases.push_back(layer_norm_case({4096, 2400}, real(1e-5)));
    cases.push_back(l2_normalize_case({4096, 1024}, real(1e-12)));
    cases.push_back(batch_norm_case({16, 56, 56, 144}, training));
    cases.push_back(batch_norm_case({16, 56, 56, 144}, inference));
    return;
  }
  for (const Shape& shape : {Shape{7}, Shape{4, 2}, Shape{2, 3, 5}, Shape{5, 33}}) {
    cases.push_back(row_case("softmax", softmax, shape));
    cases.push_back(row_case("log_softmax", log_softmax, shape));
    cases.push_back(layer_norm_case(shape, real(1e-5)));
    cases.push_back(l2_normalize_case(shape, real(1e-12)));
  }
  cases.push_back(layer_norm_case({3, 1}, real(1e-5)));
  cases.push_back(layer_norm_case({3, 17}, real(0.5)));
  cases.push_back(layer_norm_case({2, 3, 12}, real(1e-5), {8, 4}));
  cases.push_back(layer_norm_case({5, 99}, real(0.1), {66, 33}));
  cases.push_back(l2_normalize_case({3, 5}, real(100)));
  for (const Shape& shape : {Shape{5, 3}, Shape{2, 3, 2, 4}, Shape{33, 17}, Shape{9, 1}}) {
    cases.push_back(batch_norm_case(shape, training));
    cases.push_back(batch_norm_case(shape, inference));
    cases.push_back(batch_norm_case(shape, training, Activation::none, true));
    cases.push_back(batch_norm_case(shape, inference, Activation::relu6, true));
  }
  // Few numbers: none is so near the kink that finite differences cross it.
  for (const Shape& shape : {Shape{5, 3}, Shape{9, 1}}) {
    for (const auto activation : {Activation::relu, Activation::relu6}) {
      cases.push_back(batch_norm_case(shape, training, activation, true));
      cases.push_back(batch_norm_case(shape, training, activation, false));
    }
  }
}

}  // namespace p2s::families
