#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "bench/compared_layers.h"
#include "bench/training_steps.h"
#include "models/convnet.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/parallel.h"

namespace p2s::bench {
namespace {

struct Options {
  std::string what, input, output, softmax = "full";
  std::vector<int64_t> sizes;
  int repeats = 3, threads = 0;
  bool bf16 = false;
  Precision precision() const { return bf16 ? Precision::bf16 : Precision::fp32; }
};

template <class Work>
double best_milliseconds(int repeats, Work&& work) {
  double best = 1e30;
  for (int i = 0; i <= repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (i > 0) best = std::min(best, took.count());
  }
  return best;
}

// Consecutive tensors out of a file of float32.
class Numbers {
 public:
  explicit Numbers(const std::string& path) : bytes_(read_file(path)) {}
  Tensor next(const Shape& shape) {
    const size_t size = size_t(shape.elements()) * sizeof(float);
    check(position_ + size <= bytes_.size(), ErrorCode::format, "p2s_compare: too few numbers");
    std::vector<real> values(size_t(shape.elements()));
    std::memcpy(values.data(), bytes_.data() + position_, size);
    position_ += size;
    return Tensor(shape, Device::cpu, values);
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
  for (const Shape& shape : layer.operands) operands.push_back(parameter(numbers.next(shape)));
  const Ids targets = layer.targets.empty()
                          ? Ids()
                          : Ids({int64_t(layer.targets.size())}, Device::cpu, layer.targets);
  Tensor output, seed;
  const double forward = best_milliseconds(o.repeats, [&] {
    Tape tape(Device::cpu, Tape::Mode::inference, 0, o.precision());
    output = layer.run(tape, operands, targets).value;
  });
  seed = numbers.next(output.shape());
  const double both = best_milliseconds(o.repeats, [&] {
    for (const Var& operand : operands) operand.grad->clear();
    Tape tape(Device::cpu, Tape::Mode::training, 0, o.precision());
    const Var y = layer.run(tape, operands, targets);
    tape.backward(y, seed);
  });
  std::printf("{\"forward_ms\": %.3f, \"both_ms\": %.3f}\n", forward, both);
  if (o.output.empty()) return;
  std::string bytes;
  append(bytes, output);
  for (const Var& operand : operands) append(bytes, operand.grad->tensor());
  write_atomically(o.output, bytes);
}

void time_skip_thought(const Options& o) {
  check(o.sizes.size() == 5, ErrorCode::usage, "p2s_compare: skip_thought takes V D H T B");
  const TrainedSizes sizes{o.sizes[0], o.sizes[1], o.sizes[2], o.sizes[3], o.sizes[4]};
  const TrainingStep step = skip_thought_step(sizes, o.softmax, Device::cpu, o.precision());
  std::printf("{\"both_ms\": %.3f}\n", best_milliseconds(o.repeats, step.run));
}

void time_convnet(const Options& o) {
  Rng rng(1);
  ConvNet convnet(*find_convnet_architecture("efficientnet-lite0"), Device::cpu, rng);
  convnet.fold();
  const Var images(Tensor({o.sizes.at(0), 224, 224, 3}, Device::cpu, real(0.5)));
  const double forward = best_milliseconds(o.repeats, [&] {
    Tape tape(Device::cpu);
    convnet(tape, images);
  });
  std::printf("{\"forward_ms\": %.3f}\n", forward);
}

void run(const Options& o) {
  set_threads(o.threads);
  if (o.what == "skip_thought") return time_skip_thought(o);
  if (o.what == "convnet") return time_convnet(o);
  compare_layer(o);
}

}  // namespace
}  // namespace p2s::bench

int main(int argc, char** argv) {
  p2s::bench::Options options;
  CLI::App app("Runs one layer or model on the CPU for compare_torch.py and prints its best time");
  app.add_option("what", options.what, "a layer of compared_layers.h, skip_thought or convnet")
      ->required();
  app.add_option("sizes", options.sizes)->required();
  app.add_option("--input", options.input, "operands and output gradient, float32");
  app.add_option("--output", options.output, "gets the output and the operands' gradients");
  app.add_option("--softmax", options.softmax, "of skip_thought");
  app.add_option("--repeats", options.repeats);
  app.add_option("--threads", options.threads);
  app.add_flag("--bf16", options.bf16);
  CLI11_PARSE(app, argc, argv);
  try {
    p2s::bench::run(options);
  } catch (const p2s::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return p2s::exit_status(error);
  }
  return 0;
}
