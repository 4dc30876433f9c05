#include "bench/op_benchmarks.h"
#include "bench/rates.h"
#include "bench/training_steps.h"

namespace p2s::bench {
namespace {

using Make = std::function<TrainingStep(Precision)>;

void run(benchmark::State& state, const Make& make, Device device, Precision precision) {
  const TrainingStep step = make(precision);
  step.run();
  const Stopwatch watch;
  for ([[maybe_unused]] auto unused : state) step.run();
  const double seconds = watch.seconds() / double(state.iterations());
  state.counters["words/s"] = step.words / seconds;
  if (step.flops > 0) report_flops(state, step.flops, seconds, device, precision);
}

}  // namespace

void add_training_step_benchmarks(Device device) {
  const TrainedSizes encoder{},
      photo{.vocabulary = 10000, .hidden = 1024, .time = 12, .batch = 128},
      teller{.hidden = 768, .time = 60, .batch = 32};
  const auto add = [device](const std::string& name, const Make& make) {
    for (Precision precision : {Precision::fp32, Precision::bf16}) {
      const std::string whole = std::string(p2s::name(device)) + "/" +
                                std::string(p2s::name(precision)) + "/step/" + name;
      choose_clock(benchmark::RegisterBenchmark(
          whole.c_str(), [=](benchmark::State& state) { run(state, make, device, precision); }));
    }
  };
  for (const std::string softmax : {"full", "adaptive", "sampled"}) {
    add("skip-thought, " + softmax + " softmax",
        [=](Precision p) { return skip_thought_step(encoder, softmax, device, p); });
    add("decoder, " + softmax + " softmax",
        [=](Precision p) { return decoder_step(teller, softmax, device, p); });
  }
  add("vse", [=](Precision p) { return vse_step(photo, device, p); });
}

}  // namespace p2s::bench
