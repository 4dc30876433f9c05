#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

const char* transposed(Transpose transpose) {
  switch (transpose) {
    case Transpose::none:
      return "";
    case Transpose::a:
      return ", A transposed";
    case Transpose::b:
      return ", B transposed";
    case Transpose::both:
      return ", both transposed";
  }
  return "?";
}

Shape matrix(int64_t batch, int64_t rows, int64_t columns, bool turned) {
  if (turned) std::swap(rows, columns);
  return batch == 0 ? Shape{rows, columns} : Shape{batch, rows, columns};
}

// batch 0: plain matrices.
OpCase matmul_case(int64_t batch, int64_t m, int64_t k, int64_t n, Transpose transpose) {
  const bool turn_a = transpose == Transpose::a || transpose == Transpose::both;
  const bool turn_b = transpose == Transpose::b || transpose == Transpose::both;
  const Shape a = matrix(batch, m, k, turn_a), b = matrix(batch, k, n, turn_b);
  return {.op = "matmul",
          .name = fmt::format("matmul {}x{}{}", a.text(), b.text(), transposed(transpose)),
          .operands = {{a}, {b}},
          .run =
              [transpose](Tape& tape, const OpInputs& in) {
                return matmul(tape, in.vars[0], in.vars[1], transpose);
              },
          .flops = 2.0 * double(std::max<int64_t>(batch, 1) * m * k * n),
          .products = true};
}

OpCase linear_case(const Shape& x, int64_t outputs, bool with_bias) {
  OpCase result{.op = "linear",
                .name = fmt::format("linear {}x[{},{}]{}", x.text(), x[-1], outputs,
                                    with_bias ? " + bias" : ""),
                .operands = {{x}, {{x[-1], outputs}}},
                .run =
                    [with_bias](Tape& tape, const OpInputs& in) {
                      return linear(tape, in.vars[0], in.vars[1], with_bias ? in.vars[2] : Var());
                    },
                .flops = 2.0 * double(x.elements() * outputs),
                .products = true};
  if (with_bias) result.operands.push_back({{outputs}});
  return result;
}

// A gradient is not always wanted for both sides.
OpCase one_sided(OpCase op_case, size_t constant) {
  op_case.operands[constant].trained = false;
  op_case.name += fmt::format(", operand {} constant", constant);
  return op_case;
}

}  // namespace

void add_products(Cases& cases, CaseSizes sizes) {
  const auto all = {Transpose::none, Transpose::a, Transpose::b, Transpose::both};
  if (sizes == CaseSizes::threads) {
    cases.push_back(matmul_case(0, 130, 203, 155, Transpose::none));
    cases.push_back(matmul_case(0, 1, 300, 1501, Transpose::none));
    cases.push_back(matmul_case(0, 1, 300, 1501, Transpose::b));
    cases.push_back(matmul_case(11, 30, 70, 30, Transpose::b));
    cases.push_back(linear_case({301, 67}, 129, true));
    return;
  }
  if (sizes == CaseSizes::bench) {
    cases.push_back(matmul_case(0, 1024, 1024, 1024, Transpose::none));
    cases.push_back(matmul_case(0, 64, 2400, 7200, Transpose::none));
    cases.push_back(matmul_case(0, 1920, 620, 7200, Transpose::none));
    cases.push_back(matmul_case(64, 30, 600, 30, Transpose::b));
    cases.push_back(linear_case({1920, 300}, 1800, true));
    return;
  }
  for (Transpose transpose : all) {
    cases.push_back(matmul_case(0, 1, 1, 1, transpose));
    cases.push_back(matmul_case(0, 3, 5, 7, transpose));
    cases.push_back(matmul_case(0, 17, 33, 66, transpose));
    cases.push_back(matmul_case(0, 1, 40, 19, transpose));
    cases.push_back(matmul_case(3, 4, 5, 2, transpose));
    cases.push_back(matmul_case(1, 9, 1, 6, transpose));
  }
  cases.push_back(one_sided(matmul_case(0, 5, 4, 3, Transpose::none), 0));
  cases.push_back(one_sided(matmul_case(2, 5, 4, 3, Transpose::b), 1));
  for (const Shape& x : {Shape{1, 1}, Shape{5, 7}, Shape{2, 3, 5}, Shape{19, 37}}) {
    cases.push_back(linear_case(x, 1, true));
    cases.push_back(linear_case(x, 9, false));
    cases.push_back(linear_case(x, 35, true));
  }
  cases.push_back(one_sided(linear_case({6, 5}, 4, true), 0));
}

}  // namespace p2s::families
