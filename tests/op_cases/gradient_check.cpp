#include "tests/op_cases/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "tests/op_cases/run_case.h"

namespace p2s {
namespace {

constexpr double kStep = 1e-3;
constexpr size_t kSmall = 64, kSample = 12;

// sum(projection * output) as a function of the operands' numbers.
class Projected {
 public:
  explicit Projected(const OpCase& op_case)
      : op_case_(op_case), inputs_(make_inputs(op_case, Device::ref)) {
    // Without a wish for gradients the operations take their plain paths.
    for (Var& var : inputs_.vars) var.grad = nullptr;
  }
  real* data(size_t operand) { return inputs_.vars[operand].value.data(); }
  double operator()() {
    Tape tape = case_tape(op_case_, Device::ref);
    const std::vector<real> value = op_case_.run(tape, inputs_).value.to_host();
    if (projection_.empty()) projection_ = projection(op_case_, value.size());
    double sum = 0;
    for (size_t i = 0; i < value.size(); ++i) sum += double(projection_[i]) * double(value[i]);
    return sum;
  }

 private:
  const OpCase& op_case_;
  OpInputs inputs_;
  std::vector<real> projection_;
};

// move(t) sets the operands t away from where they were.
template <class Move>
double slope(Projected& f, Move&& move) {
  const auto at = [&](double t) {
    move(t);
    return f();
  };
  const double near = at(kStep) - at(-kStep), far = at(2 * kStep) - at(-2 * kStep);
  move(0.0);
  return (8 * near - far) / (12 * kStep);
}

std::vector<size_t> places_to_check(size_t n, Rng& rng) {
  std::vector<size_t> places;
  for (size_t i = 0; i < (n <= kSmall ? n : kSample); ++i) {
    places.push_back(n <= kSmall ? i : size_t(rng.below(n)));
  }
  return places;
}

std::vector<std::vector<double>> unit_direction(const OpCase& op_case, Rng& rng) {
  std::vector<std::vector<double>> direction;
  double squares = 0;
  for (const Operand& operand : op_case.operands) {
    const int64_t n = operand.trained ? operand.shape.elements() : 0;
    direction.emplace_back(size_t(n));
    for (double& value : direction.back()) {
      value = rng.normal();
      squares += value * value;
    }
  }
  for (auto& part : direction) {
    for (double& value : part) value /= std::sqrt(squares);
  }
  return direction;
}

double relative(double analytic, double numeric, double floor) {
  const double scale = std::max({std::abs(analytic), std::abs(numeric), floor, 1e-4});
  const double error = std::abs(analytic - numeric) / scale;
  return error == error ? error : INFINITY;
}

}  // namespace

NumericGradient numeric_gradient(const OpCase& op_case) {
  Rng rng(1, 2);
  Projected f(op_case);
  NumericGradient result;
  result.direction = unit_direction(op_case, rng);
  std::vector<std::vector<real>> origin;
  for (size_t k = 0; k < op_case.operands.size(); ++k) {
    const auto n = size_t(op_case.operands[k].shape.elements());
    origin.emplace_back(f.data(k), f.data(k) + n);
    if (!op_case.operands[k].trained) continue;
    for (size_t place : places_to_check(n, rng)) {
      const auto move = [&](double t) { f.data(k)[place] = real(origin[k][place] + t); };
      result.elements.push_back({k, place, slope(f, move)});
    }
  }
  result.slope_along_direction = slope(f, [&](double t) {
    for (size_t k = 0; k < origin.size(); ++k) {
      for (size_t i = 0; i < result.direction[k].size(); ++i) {
        f.data(k)[i] = real(origin[k][i] + t * result.direction[k][i]);
      }
    }
  });
  return result;
}

double gradient_error(const std::vector<std::vector<real>>& gradients,
                      const NumericGradient& numeric) {
  std::vector<double> largest(gradients.size());
  for (const auto& element : numeric.elements) {
    largest[element.operand] = std::max(largest[element.operand], std::abs(element.slope));
  }
  double worst = 0;
  for (const auto& element : numeric.elements) {
    const double analytic = double(gradients[element.operand][element.place]);
    worst = std::max(worst, relative(analytic, element.slope, 1e-3 * largest[element.operand]));
  }
  double along = 0, squares = 0;
  for (size_t k = 0; k < gradients.size(); ++k) {
    for (size_t i = 0; i < gradients[k].size(); ++i) {
      along += double(gradients[k][i]) * numeric.direction[k][i];
      squares += double(gradients[k][i]) * double(gradients[k][i]);
    }
  }
  return std::max(worst, relative(along, numeric.slope_along_direction, 1e-3 * std::sqrt(squares)));
}

}  // namespace p2s
