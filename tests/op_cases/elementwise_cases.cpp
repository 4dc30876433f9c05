#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

struct BinaryOp {
  const char* name;
  Var (*run)(Tape&, const Var&, const Var&);
};
constexpr BinaryOp kBinaryOps[] = {
    {"add", add}, {"subtract", subtract}, {"multiply", multiply}, {"divide", divide}};

OpCase binary_case(const BinaryOp& op, const Shape& a, const Shape& b) {
  return {.op = op.name,
          .name = fmt::format("{} {} and {}", op.name, a.text(), b.text()),
          .operands = {{a}, {b, Draw::positive}},
          .run = [run = op.run](Tape& tape, const OpInputs& in) {
            return run(tape, in.vars[0], in.vars[1]);
          }};
}

OpCase with_itself(const BinaryOp& op, const Shape& shape) {
  return {.op = op.name,
          .name = fmt::format("{} {} with itself", op.name, shape.text()),
          .operands = {{shape, Draw::positive}},
          .run = [run = op.run](Tape& tape, const OpInputs& in) {
            return run(tape, in.vars[0], in.vars[0]);
          }};
}

struct UnaryOp {
  const char* name;
  Unary op;
  Draw draw;
};
constexpr UnaryOp kUnaryOps[] = {
    {"negative", Unary::negative, Draw::normal}, {"sigmoid", Unary::sigmoid, Draw::normal},
    {"tanh", Unary::tanh, Draw::normal},         {"relu", Unary::relu, Draw::off_kinks},
    {"relu6", Unary::relu6, Draw::off_kinks},    {"exp", Unary::exp, Draw::normal},
    {"log", Unary::log, Draw::positive},         {"sqrt", Unary::sqrt, Draw::positive},
    {"square", Unary::square, Draw::normal},     {"abs", Unary::abs, Draw::off_kinks},
};

OpCase unary_case(const UnaryOp& op, const Shape& shape) {
  return {.op = op.name,
          .name = fmt::format("{} {}", op.name, shape.text()),
          .operands = {{shape, op.draw}},
          .run = [kind = op.op](Tape& tape, const OpInputs& in) {
            return unary(tape, kind, in.vars[0]);
          }};
}

OpCase affine_case(const Shape& shape, real scale, real shift) {
  return {.op = "affine",
          .name = fmt::format("affine {} {} x + {}", shape.text(), scale, shift),
          .operands = {{shape}},
          .run = [scale, shift](Tape& tape, const OpInputs& in) {
            return affine(tape, in.vars[0], scale, shift);
          }};
}

OpCase dropout_case(const Shape& shape, real p) {
  return {.op = "dropout",
          .name = fmt::format("dropout {} p {}", shape.text(), p),
          .operands = {{shape}},
          .run = [p](Tape& tape, const OpInputs& in) { return dropout(tape, in.vars[0], p); }};
}

}  // namespace

void add_elementwise(Cases& cases, CaseSizes sizes) {
  if (sizes == CaseSizes::threads) {
    const Shape shape{211, 333};
    for (const BinaryOp& op : kBinaryOps) {
      cases.push_back(binary_case(op, shape, shape));
      cases.push_back(binary_case(op, shape, {333}));
      cases.push_back(binary_case(op, {70003, 1}, {1}));
    }
    for (const UnaryOp& op : kUnaryOps) cases.push_back(unary_case(op, shape));
    cases.push_back(affine_case(shape, real(-1.5), real(0.25)));
    cases.push_back(dropout_case({70003}, real(0.3)));
    return;
  }
  if (sizes == CaseSizes::bench) {
    const Shape shape{4096, 2400};
    for (const BinaryOp& op : kBinaryOps) cases.push_back(binary_case(op, shape, shape));
    cases.push_back(binary_case(kBinaryOps[0], shape, {2400}));
    for (const UnaryOp& op : kUnaryOps) cases.push_back(unary_case(op, shape));
    cases.push_back(affine_case(shape, 2, 1));
    cases.push_back(dropout_case(shape, real(0.5)));
    return;
  }
  for (const BinaryOp& op : kBinaryOps) {
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 5}, Shape{2, 3, 4, 5}, Shape{67}}) {
      cases.push_back(binary_case(op, shape, shape));
    }
    cases.push_back(binary_case(op, {6, 7}, {7}));
    cases.push_back(binary_case(op, {2, 3, 33}, {33}));
    cases.push_back(binary_case(op, {5, 1}, {1}));
    cases.push_back(binary_case(op, {1, 19}, {19}));
  }
  cases.push_back(with_itself(kBinaryOps[0], {3, 5}));
  cases.push_back(with_itself(kBinaryOps[2], {3, 5}));
  for (const UnaryOp& op : kUnaryOps) {
    for (const Shape& shape : {Shape{}, Shape{7}, Shape{3, 35}}) {
      cases.push_back(unary_case(op, shape));
    }
  }
  cases.push_back(affine_case({3, 5}, real(-1.5), real(0.25)));
  cases.push_back(affine_case({1}, 2, 0));
  cases.push_back(dropout_case({7}, real(0.5)));
  cases.push_back(dropout_case({3, 37}, real(0.1)));
  cases.push_back(dropout_case({2, 3, 5}, 0));
}

}  // namespace p2s::families
