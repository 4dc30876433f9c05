#pragma once

#include <vector>

#include "tests/op_cases/op_cases.h"

namespace p2s {

// What one run of a case gives: the output's numbers and, in training mode, the gradient of
// sum(projection * output) for every trained operand (empty for the others).
struct CaseResult {
  std::vector<real> value;
  std::vector<std::vector<real>> gradients;
};
CaseResult run_case(const OpCase& op_case, Device device, Precision precision = Precision::fp32);

// Fixed random numbers for a case's output.
std::vector<real> projection(const OpCase& op_case, size_t elements);

// A tape as run_case uses it, with the same dropout draws each time.
Tape case_tape(const OpCase& op_case, Device device, Precision precision = Precision::fp32);

// The largest difference relative to the largest number of `truth`; infinite where the sizes
// differ or a number is not finite in one only.
double largest_difference(const std::vector<real>& truth, const std::vector<real>& other);

}  // namespace p2s
