#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/tape.h"

// The one list of operation cases. It feeds the value tests of every kernel table (tests/kernels),
// the gradient tests in double (tests/gradients), the benchmark (bench) and the table of operations
// (op_table_main.cpp). An operation that is missing here is untested: docs/adding_an_op.md.
namespace p2s {

// How the numbers of an operand are drawn. All but `normal` keep a distance of 0.02 or more from
// the places where some operation has a kink.
enum class Draw {
  normal,     // mean 0, variance 1
  positive,   // in [0.5, 2)
  distinct,   // no two within 0.05 of each other (less for more than 1000 numbers)
  off_kinks,  // in [-3, 9], at least 0.25 from 0 and from 6
  grid,       // -1, -0.5, 0, 0.5, 1: sums of products are multiples of 0.25 ...
  off_grid,   // ... and never 0 or 6 when one of these is added
};

// One tensor; a gradient is wanted for it where `trained`.
struct Operand {
  Shape shape;
  Draw draw = Draw::normal;
  bool trained = true;
};

struct IdOperand {
  Shape shape;
  std::vector<int32_t> values;
};

// The operands of a case on one device.
struct OpInputs {
  std::vector<Var> vars;
  std::vector<Ids> ids;
};

struct OpCase {
  std::string op;    // as in nn/ops.h
  std::string name;  // op, shapes and what is special; unique
  std::vector<Operand> operands;
  std::vector<IdOperand> ids = {};
  std::function<Var(Tape&, const OpInputs&)> run;
  double flops = 0;                        // of the forward pass; 0: bound by memory
  bool products = false;                   // contains matrix products: has a bf16 version
  Tape::Mode mode = Tape::Mode::training;  // inference: value only
};

// `test`: small, odd sizes, every branch. `threads`: just large enough that a fast table splits the
// work between threads and blocks, odd again. `bench`: the sizes that training and generation use.
enum class CaseSizes { test, threads, bench };
std::vector<OpCase> op_cases(CaseSizes sizes);

// The same numbers for a case on every device and in both precisions, drawn from its name.
OpInputs make_inputs(const OpCase& op_case, Device device);

}  // namespace p2s
