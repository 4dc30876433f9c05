#include "bench/op_benchmarks.h"

#include <benchmark/benchmark.h>

#include <memory>

#include "bench/rates.h"
#include "tests/op_cases/op_cases.h"

namespace p2s::bench {
namespace {

struct Variant {
  Device device;
  Precision precision;
  bool backward;
};

// Drawing the numbers of a large case takes longer than running it: its variants share them.
const OpInputs& inputs_of(const OpCase& op_case, Device device) {
  static std::string made_for;
  static OpInputs inputs;
  const std::string key = std::string(name(device)) + op_case.name;
  if (made_for != key) {
    inputs = {};
    inputs = make_inputs(op_case, device);
    made_for = key;
  }
  return inputs;
}

// The least traffic: operands read and output written; backward, the output's gradient read with
// the operands and every wanted gradient read and written.
double bytes_of(const OpCase& op_case, int64_t output, bool backward) {
  int64_t operands = 0, gradients = 0;
  for (const Operand& operand : op_case.operands) {
    operands += operand.shape.elements();
    if (operand.trained) gradients += operand.shape.elements();
  }
  int64_t numbers = operands + output;
  if (backward) numbers += operands + output + 2 * gradients;
  return double(numbers) * sizeof(real);
}

void run(benchmark::State& state, const OpCase& op_case, const Variant& v) {
  const OpInputs& inputs = inputs_of(op_case, v.device);
  const auto mode = v.backward ? Tape::Mode::training : Tape::Mode::inference;
  Tensor seed;
  int64_t output_size = 0;
  bool copied = true;
  const auto once = [&] {
    Tape tape(v.device, mode, 7, v.precision);
    const Var output = op_case.run(tape, inputs);
    output_size = output.value.elements();
    copied = output.value.data() != inputs.vars[0].value.data();
    if (v.backward) {
      if (!seed.defined()) seed = Tensor(output.shape(), v.device, real(0.5));
      tape.backward(output, seed);
    }
    finish(output.value.data(), v.device);
  };
  once();  // the first run asks the system for memory and makes primitives
  const Stopwatch watch;
  for ([[maybe_unused]] auto unused : state) once();
  const double seconds = watch.seconds() / double(state.iterations());
  if (op_case.flops > 0) {
    // The gradients of both operands of a product cost as much as the product each.
    report_flops(state, (v.backward ? 3 : 1) * op_case.flops, seconds, v.device, v.precision);
  } else if (copied) {  // dropout is the identity in inference, a reshape always
    report_bytes(state, bytes_of(op_case, output_size, v.backward), seconds, v.device);
  }
}

void add(const std::shared_ptr<const OpCase>& op_case, const Variant& v) {
  const std::string name = std::string(p2s::name(v.device)) + "/" +
                           std::string(p2s::name(v.precision)) +
                           (v.backward ? "/both ways/" : "/forward/") + op_case->name;
  choose_clock(benchmark::RegisterBenchmark(
      name.c_str(), [op_case, v](benchmark::State& state) { run(state, *op_case, v); }));
}

}  // namespace

void add_op_benchmarks(Device device) {
  // The reference is for small sizes.
  const CaseSizes sizes = device == Device::ref ? CaseSizes::threads : CaseSizes::bench;
  for (OpCase& each : op_cases(sizes)) {
    const auto op_case = std::make_shared<const OpCase>(std::move(each));
    for (Precision precision : {Precision::fp32, Precision::bf16}) {
      const bool wanted =
          precision == Precision::fp32 || (op_case->products && device != Device::ref);
      for (bool backward : {false, true}) {
        const bool possible = !backward || op_case->mode == Tape::Mode::training;
        if (wanted && possible) add(op_case, {device, precision, backward});
      }
    }
  }
}

}  // namespace p2s::bench
