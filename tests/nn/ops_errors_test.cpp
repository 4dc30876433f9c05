#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "nn/ops.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

Var of(const Shape& shape) { return parameter(Tensor(shape, Device::ref, real(1))); }

Ids ids(std::vector<int32_t> values) {
  return Ids(Shape{int64_t(values.size())}, Device::ref, values);
}

}  // namespace

TEST_CASE("every operation names itself and the shapes that do not fit") {
  struct Case {
    std::string expected;
    std::function<void(Tape&)> work;
  };
  const std::vector<Var> unequal{of({2, 3}), of({3, 3})};
  const BatchNormState state{Tensor({3}, Device::ref, real(0)), Tensor({3}, Device::ref, real(1))};
  const std::vector<Case> cases{
      {"matmul: inner sizes differ: [2,3] x [4,5]",
       [](Tape& t) {
         matmul(t, of({2, 3}), of({4, 5}));
       }},
      {"matmul: inner sizes differ: [2,3]^T x [3,5]",
       [](Tape& t) {
         matmul(t, of({2, 3}), of({3, 5}), Transpose::a);
       }},
      {"matmul: batches differ: [2,3,4] x [3,4,5]",
       [](Tape& t) {
         matmul(t, of({2, 3, 4}), of({3, 4, 5}));
       }},
      {"[3] x [3,5]",
       [](Tape& t) {
         matmul(t, of({3}), of({3, 5}));
       }},
      {"linear: inner sizes differ: [2,3] x [4,5]",
       [](Tape& t) {
         linear(t, of({2, 3}), of({4, 5}), {});
       }},
      {"linear: bias is [4], [5] is needed",
       [](Tape& t) {
         linear(t, of({2, 3}), of({3, 5}), of({4}));
       }},
      {"multiply: sizes differ: [2,3] and [2]",
       [](Tape& t) {
         multiply(t, of({2, 3}), of({2}));
       }},
      {"reshape: [2,3] does not fit into [7]",
       [](Tape& t) {
         reshape(t, of({2, 3}), {7});
       }},
      {"concat: along axis 1: [3,3] does not fit to [2,3]",
       [&](Tape& t) { concat(t, unequal, -1); }},
      {"concat: nothing", [](Tape& t) { concat(t, {}, 0); }},
      {"slice: [1, 4) along axis 1 of [2,3]",
       [](Tape& t) {
         slice(t, of({2, 3}), -1, 1, 4);
       }},
      {"embedding: id 5 is past the 5 rows",
       [](Tape& t) {
         embedding(t, of({5, 2}), ids({0, 5}));
       }},
      {"gather: the table is [5]", [](Tape& t) { gather(t, of({5}), ids({0})); }},
      {"reduce: no axis 2 in [2,3]",
       [](Tape& t) {
         reduce(t, Reduce::sum, of({2, 3}), 2);
       }},
      {"reduce: no numbers",
       [](Tape& t) {
         reduce(t, Reduce::max, of({2, 0}), 1);
       }},
      {"layer_norm: gain [2]",
       [](Tape& t) {
         layer_norm(t, of({2, 3}), of({2}), of({3}));
       }},
      {"layer_norm: groups of 4 columns for x [2,3]",
       [](Tape& t) {
         layer_norm(t, of({2, 3}), of({3}), of({3}), real(1e-5), {2, 2});
       }},
      {"batch_norm: gain [2]",
       [&](Tape& t) {
         batch_norm(t, of({4, 3}), of({2}), of({3}), state);
       }},
      {"batch_norm: [1,3] has one row",
       [&](Tape& t) {
         batch_norm(t, of({1, 3}), of({3}), of({3}), state);
       }},
      {"squared_error: x is [2], the target [3]",
       [](Tape& t) { squared_error(t, of({2}), of({3}).value); }},
      {"softmax_cross_entropy: 3 targets",
       [](Tape& t) {
         softmax_cross_entropy(t, of({2, 3}), ids({0, 1, 2}), {});
       }},
      {"ranking_hinge: scores are [2,3]",
       [](Tape& t) {
         ranking_hinge(t, of({2, 3}), real(0.2), true);
       }},
      {"order_scores: images [2,3] and sentences [2,4]",
       [](Tape& t) {
         order_scores(t, of({2, 3}), of({2, 4}));
       }},
      {"conv2d: weight [4,3,3,2]",
       [](Tape& t) {
         conv2d(t, of({1, 8, 8, 3}), of({4, 3, 3, 2}), {}, {});
       }},
      {"conv2d: the kernel",
       [](Tape& t) {
         conv2d(t, of({1, 2, 2, 3}), of({4, 3, 3, 3}), {}, {});
       }},
      {"conv2d: bias is [3]",
       [](Tape& t) {
         conv2d(t, of({1, 8, 8, 3}), of({4, 3, 3, 3}), of({3}), {});
       }},
      {"conv2d: residual is [1,8,8,4], [1,6,6,4] is needed",
       [](Tape& t) {
         conv2d(t, of({1, 8, 8, 3}), of({4, 3, 3, 3}), {}, {}, of({1, 8, 8, 4}));
       }},
      {"max_pool: window 9",
       [](Tape& t) {
         max_pool(t, of({1, 8, 8, 3}), {.window = 9});
       }},
      {"average_pool: x is [8,8]",
       [](Tape& t) {
         average_pool(t, of({8, 8}), {});
       }},
      {"gru: x is [2,3]",
       [](Tape& t) {
         GruWeights w;
         w.input = of({3, 6}), w.recurrent = of({2, 6}), w.bias = of({6});
         gru(t, of({2, 3}), {}, {}, w);
       }},
      {"lstm: bias is [6], [8] is needed",
       [](Tape& t) {
         lstm(t, of({1, 2, 3}), {}, {}, {of({3, 8}), of({2, 8}), of({6})});
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.expected);
    Tape tape(Device::ref, Tape::Mode::training);
    const std::string message = thrown_message(ErrorCode::shape, [&] { c.work(tape); });
    CAPTURE(message);
    CHECK(contains(message, c.expected));
    CHECK(tape.size() == 0);
  }
}

TEST_CASE("dropout refuses rates outside [0, 1)") {
  Tape tape(Device::ref, Tape::Mode::training);
  for (const real p : {real(-0.1), real(1), real(1.5)}) {
    CHECK(contains(thrown_message(ErrorCode::usage, [&] { dropout(tape, of({2}), p); }),
                   "dropout: p is"));
  }
}
