#include "tests/op_cases/run_case.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/base/files.h"

namespace p2s {

std::vector<real> projection(const OpCase& op_case, size_t elements) {
  Rng rng(content_hash(op_case.name.data(), op_case.name.size()), 1);
  std::vector<real> values(elements);
  for (real& value : values) value = real(rng.normal());
  return values;
}

Tape case_tape(const OpCase& op_case, Device device, Precision precision) {
  return Tape(device, op_case.mode, 7, precision);
}

CaseResult run_case(const OpCase& op_case, Device device, Precision precision) {
  const OpInputs inputs = make_inputs(op_case, device);
  Tape tape = case_tape(op_case, device, precision);
  const Var output = op_case.run(tape, inputs);
  CaseResult result{output.value.to_host(), {}};
  if (!tape.training()) return result;
  const auto seed = projection(op_case, result.value.size());
  tape.backward(output, Tensor(output.shape(), device, seed));
  for (const Var& input : inputs.vars) {
    result.gradients.push_back(input.wants_grad() ? input.grad->tensor().to_host()
                                                  : std::vector<real>());
  }
  return result;
}

double largest_difference(const std::vector<real>& truth, const std::vector<real>& other) {
  if (truth.size() != other.size()) return std::numeric_limits<double>::infinity();
  double scale = 0, difference = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    scale = std::max(scale, std::abs(double(truth[i])));
    const double distance = std::abs(double(truth[i]) - double(other[i]));
    // A maximum would pass over NaN.
    if (!(distance <= std::numeric_limits<double>::max())) {
      return std::numeric_limits<double>::infinity();
    }
    difference = std::max(difference, distance);
  }
  return difference == 0 ? 0 : difference / std::max(scale, 1e-3);
}

}  // namespace p2s
