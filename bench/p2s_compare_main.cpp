#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "bench/compared_layers.h"
#include "bench/compared_models.h"
#include "bench/machine_peak.h"
#include "kernels/cpu/memory.h"
#include "kernels/profile.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/compute.h"

namespace p2s::bench {
namespace {

struct Options : ComparedRun {
  std::string input, output;
  int repeats = 3;
};

// The best of `repeats` after a first one, which asks the system for memory and makes primitives.
template <class Work>
double best_milliseconds(const Options& o, Work&& work) {
  const Tensor mark({1}, o.device, real(0));
  double best = 1e30;
  for (int i = 0; i <= o.repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    mark.item();  // comes after all that the device was given
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (i > 0) best = std::min(best, took.count());
  }
  return best;
}

// Consecutive tensors out of a file of float32.
class Numbers {
 public:
  explicit Numbers(const std::string& path) : bytes_(read_file(path)) {}
  Tensor next(const Shape& shape, Device device) {
    const size_t size = size_t(shape.elements()) * sizeof(float);
    check(position_ + size <= bytes_.size(), ErrorCode::format, "p2s_compare: too few numbers");
    std::vector<real> values(size_t(shape.elements()));
    std::memcpy(values.data(), bytes_.data() + position_, size);
    position_ += size;
    return Tensor(shape, device, values);
  }

 private:
  std::string bytes_;
  size_t position_ = 0;
};

void append(std::string& bytes, const Tensor& tensor) {
  const std::vector<real> values = tensor.to_host();
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(real));
}

void compare_layer(const Options& o) {
  const ComparedLayer layer = compared_layer(o.what, o.sizes);
  Numbers numbers(o.input);
  std::vector<Var> operands;
  for (const Shape& shape : layer.operands) {
    operands.push_back(parameter(numbers.next(shape, o.device)));
  }
  const Ids targets =
      layer.targets.empty() ? Ids() : Ids({int64_t(layer.targets.size())}, o.device, layer.targets);
  Tensor output, seed;
  const double forward = best_milliseconds(o, [&] {
    output = {};
    Tape tape(o.device, Tape::Mode::inference, 0, o.precision);
    output = layer.run(tape, operands, targets).value;
  });
  seed = numbers.next(output.shape(), o.device);
  const double both = best_milliseconds(o, [&] {
    for (const Var& operand : operands) operand.grad->clear();
    Tape tape(o.device, Tape::Mode::training, 0, o.precision);
    const Var y = layer.run(tape, operands, targets);
    tape.backward(y, seed);
  });
  std::printf("{\"forward_ms\": %.3f, \"both_ms\": %.3f, \"peak_bytes\": %zu}\n", forward, both,
              cpu::memory_counts().peak_bytes);
  if (o.output.empty()) return;
  std::string bytes;
  append(bytes, output);
  for (const Var& operand : operands) append(bytes, operand.grad->tensor());
  write_atomically(o.output, bytes);
}

// "kernels": [...], where P2S_PROFILE=1 timed them, over all the repeats.
void print_kernels() {
  std::printf(", \"kernels\": [");
  const char* comma = "";
  for (const KernelTime& t : kernel_times()) {
    std::printf(
        "%s{\"name\": \"%s\", \"calls\": %lld, \"seconds\": %.6g, \"flops\": %.6g, "
        "\"bytes\": %.6g}",
        comma, t.name.c_str(), static_cast<long long>(t.calls), t.seconds, t.flops, t.bytes);
    comma = ", ";
  }
  std::printf("]");
}

// `system_blocks`: what the repeats after the first asked the system for; 0 in a steady step.
void time_run(const Options& o) {
  const auto work = compared_run(o);
  work();
  work();
  const size_t before = cpu::memory_counts().system_blocks;
  reset_kernel_times();
  const auto start = std::chrono::steady_clock::now();
  const double best = best_milliseconds(o, work);
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - start;
  const MemoryCounts counts = cpu::memory_counts();
  std::printf(
      "{\"ms\": %.3f, \"system_blocks\": %zu, \"peak_bytes\": %zu, \"runs\": %d, "
      "\"seconds\": %.6g",
      best, counts.system_blocks - before, counts.peak_bytes, o.repeats + 1, all.count());
  print_kernels();
  std::printf("}\n");
}

void print_peak(const Options& o) {
  const MachinePeak& peak = machine_peak(o.device);
  std::printf(
      "{\"fp32_flops\": %.4g, \"product_flops\": %.4g, \"bf16_flops\": %.4g, \"int8_flops\": %.4g, "
      "\"bytes\": %.4g}\n",
      peak.fp32_flops, peak.product_flops, peak.bf16_flops, peak.int8_flops, peak.bytes);
}

void run(const Options& o) {
  if (o.what == "peak") return print_peak(o);
  if (!o.input.empty()) return compare_layer(o);
  time_run(o);
}

void main_of(const std::vector<std::string>& arguments) {
  Options o;
  std::filesystem::path what;
  std::vector<std::string> sizes;
  std::string how = "fp32";
  ComputeOptions compute;
  CommandLine line("p2s_compare", "Our side of compare_peers.py: runs one thing, prints its time.",
                   "  p2s_compare peak\n"
                   "  p2s_compare skip_thought --sizes 20000 300 600 15 64 --precision bf16\n");
  line.positional(
      "what", what,
      "a layer of compared_layers.h (with --input), a run of compared_models.h, or peak");
  line.required("what");
  line.texts("--sizes", sizes, "of the run, in its order");
  line.text("--input", o.input, "operands and output gradient, float32");
  line.text("--output", o.output, "gets the output and the operands' gradients");
  line.text("--name", o.name, "of a convnet");
  line.text("--softmax", o.softmax, "of skip_thought");
  line.choice("--precision", how, {"fp32", "tf32", "bf16", "int8"}, "of products");
  line.whole("--repeats", o.repeats, 1, 1'000'000, "runs, of which the best counts");
  add_compute_flags(line, compute);
  if (!line.parse(arguments, std::cout)) return;
  o.what = what.string();
  for (const std::string& size : sizes) o.sizes.push_back(std::stoll(size));
  o.precision =
      precision_named(how, {Precision::fp32, Precision::tf32, Precision::bf16, Precision::int8});
  o.device = start_computing(compute);
  run(o);
}

}  // namespace
}  // namespace p2s::bench

int main(int argc, char** argv) {
  try {
    p2s::bench::main_of({argv + 1, argv + argc});
  } catch (const p2s::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return p2s::exit_status(error);
  }
  return 0;
}
