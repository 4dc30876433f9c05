#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

OpCase squared_error_case(const Shape& shape) {
  return {.op = "squared_error",
          .name = fmt::format("squared_error {}", shape.text()),
          .operands = {{shape}, {shape, Draw::normal, false}},
          .run = [](Tape& tape, const OpInputs& in) {
            return squared_error(tape, in.vars[0], in.vars[1].value);
          }};
}

// Which rows count, and how much.
enum class Rows { all, masked, weighted };

const char* text(Rows rows) {
  return rows == Rows::all ? "all rows" : (rows == Rows::masked ? "masked" : "weighted");
}

IdOperand targets(int64_t rows, int64_t columns, Rows which) {
  std::vector<int32_t> ids(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) {
    const bool masked = which != Rows::all && i % 3 == 1;
    ids[size_t(i)] = masked ? -1 : int32_t(i * 7 % columns);
  }
  return {{rows}, ids};
}

// The third row's weight is 0: it is masked although it has a target.
Tensor weights(Tape& tape, int64_t rows, Rows which) {
  if (which != Rows::weighted) return {};
  std::vector<real> values(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) values[size_t(i)] = i == 2 ? 0 : real(0.5) + real(i % 4);
  return Tensor({rows}, tape.device(), values);
}

OpCase cross_entropy_case(int64_t rows, int64_t columns, Rows which) {
  return {.op = "softmax_cross_entropy",
          .name = fmt::format("softmax_cross_entropy [{},{}] {}", rows, columns, text(which)),
          .operands = {{{rows, columns}}},
          .ids = {targets(rows, columns, which)},
          .run = [rows, which](Tape& tape, const OpInputs& in) {
            return softmax_cross_entropy(tape, in.vars[0], in.ids[0], weights(tape, rows, which));
          }};
}

struct OutputLayer {
  int64_t rows, inputs, vocabulary;
  bool tied, with_bias;
  int64_t block_rows;
  Rows which;
};

OpCase linear_cross_entropy_case(const OutputLayer& o) {
  const Shape weight = o.tied ? Shape{o.vocabulary, o.inputs} : Shape{o.inputs, o.vocabulary};
  OpCase result{.op = "linear_cross_entropy",
                .name = fmt::format("linear_cross_entropy [{},{}]x{}{}{}, blocks of {}, {}", o.rows,
                                    o.inputs, weight.text(), o.tied ? " tied" : "",
                                    o.with_bias ? " + bias" : "", o.block_rows, text(o.which)),
                .operands = {{{o.rows, o.inputs}}, {weight}},
                .ids = {targets(o.rows, o.vocabulary, o.which)},
                .run =
                    [o](Tape& tape, const OpInputs& in) {
                      return linear_cross_entropy(tape, in.vars[0], in.vars[1],
                                                  o.with_bias ? in.vars[2] : Var(), in.ids[0],
                                                  weights(tape, o.rows, o.which),
                                                  {.tied = o.tied, .block_rows = o.block_rows});
                    },
                .flops = 2.0 * double(o.rows * o.inputs * o.vocabulary),
                .products = true};
  if (o.with_bias) result.operands.push_back({{o.vocabulary}});
  return result;
}

OpCase ranking_hinge_case(int64_t batch, bool hardest) {
  return {.op = "ranking_hinge",
          .name = fmt::format("ranking_hinge [{},{}]{}", batch, batch, hardest ? " hardest" : ""),
          .operands = {{{batch, batch}, Draw::distinct}},
          .run = [hardest](Tape& tape, const OpInputs& in) {
            return ranking_hinge(tape, in.vars[0], real(0.225), hardest);
          }};
}

OpCase order_scores_case(int64_t images, int64_t sentences, int64_t size) {
  return {.op = "order_scores",
          .name = fmt::format("order_scores [{},{}]x[{},{}]", images, size, sentences, size),
          .operands = {{{images, size}, Draw::grid}, {{sentences, size}, Draw::off_grid}},
          .run = [](Tape& tape, const OpInputs& in) {
            return order_scores(tape, in.vars[0], in.vars[1]);
          }};
}

void add_linear_cross_entropy(Cases& cases) {
  for (bool tied : {false, true}) {
    for (bool with_bias : {false, true}) {
      cases.push_back(linear_cross_entropy_case({7, 5, 9, tied, with_bias, 256, Rows::all}));
      cases.push_back(linear_cross_entropy_case({7, 5, 9, tied, with_bias, 3, Rows::weighted}));
      cases.push_back(linear_cross_entropy_case({4, 3, 2, tied, with_bias, 1, Rows::masked}));
    }
  }
  cases.push_back(linear_cross_entropy_case({21, 17, 67, false, true, 8, Rows::masked}));
  cases.push_back(linear_cross_entropy_case({1, 1, 5, true, false, 4, Rows::all}));
}

}  // namespace

void add_losses(Cases& cases, CaseSizes sizes) {
  if (sizes == CaseSizes::threads) {
    cases.push_back(squared_error_case({301, 333}));
    cases.push_back(cross_entropy_case(61, 2003, Rows::weighted));
    cases.push_back(linear_cross_entropy_case({130, 17, 503, false, true, 64, Rows::masked}));
    cases.push_back(linear_cross_entropy_case({130, 17, 503, true, true, 64, Rows::weighted}));
    cases.push_back(ranking_hinge_case(101, false));
    cases.push_back(ranking_hinge_case(101, true));
    cases.push_back(order_scores_case(67, 43, 129));
    return;
  }
  if (sizes == CaseSizes::bench) {
    cases.push_back(squared_error_case({4096, 2400}));
    cases.push_back(cross_entropy_case(1024, 20000, Rows::all));
    cases.push_back(linear_cross_entropy_case({1920, 2400, 20000, false, true, 256, Rows::all}));
    cases.push_back(linear_cross_entropy_case({1920, 300, 20000, true, true, 256, Rows::all}));
    cases.push_back(ranking_hinge_case(128, false));
    cases.push_back(ranking_hinge_case(128, true));
    cases.push_back(order_scores_case(128, 128, 1024));
    return;
  }
  for (const Shape& shape : {Shape{1}, Shape{3, 5}, Shape{2, 3, 19}}) {
    cases.push_back(squared_error_case(shape));
  }
  for (Rows which : {Rows::all, Rows::masked, Rows::weighted}) {
    cases.push_back(cross_entropy_case(5, 7, which));
    cases.push_back(cross_entropy_case(4, 2, which));
    cases.push_back(cross_entropy_case(9, 33, which));
  }
  add_linear_cross_entropy(cases);
  for (int64_t batch : {2, 5, 17}) {
    cases.push_back(ranking_hinge_case(batch, false));
    cases.push_back(ranking_hinge_case(batch, true));
  }
  // Of two components many a sentence lies below an image: no score, no gradient.
  for (int64_t size : {2, 7, 33}) cases.push_back(order_scores_case(5, 3, size));
  cases.push_back(order_scores_case(1, 1, 19));
}

}  // namespace p2s::families
