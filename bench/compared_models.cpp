#include "bench/compared_models.h"

#include <memory>

#include "bench/training_steps.h"
#include "models/convnet.h"
#include "models/passage_decoder.h"
#include "nn/base/error.h"
#include "nn/optim.h"

namespace p2s::bench {
namespace {

TrainedSizes trained_sizes(const ComparedRun& run) {
  const auto& s = run.sizes;
  return {.vocabulary = s[0], .embedding = s[1], .hidden = s[2], .time = s[3], .batch = s[4]};
}

std::function<void()> adam_update(int64_t count, Device device) {
  const Var weights = parameter(Tensor({count}, device, real(0.5)));
  weights.grad_target();
  weights.grad->tensor().fill(real(0.01));
  auto optimizer = std::make_shared<Optimizer>(std::vector<NamedParameter>{{"weights", weights}},
                                               OptimizerOptions{});
  return [optimizer] { optimizer->step(1e-3); };
}

std::function<void()> told_word(const ComparedRun& run) {
  const auto& s = run.sizes;
  Rng rng(1);
  const PassageDecoderConfig config{
      .vocabulary = s[2], .embedding = s[0], .hidden = s[1], .content = 0};
  auto decoder = std::make_shared<PassageDecoder>(config, run.device, rng);
  decoder->pack(run.precision);
  const int64_t stories = s[3];
  const PassageCondition told{Tensor({stories, config.thought}, run.device, real(0.1)),
                              {},
                              std::vector<int32_t>(size_t(stories))};
  auto state = std::make_shared<PassageDecoder::State>(decoder->start(told));
  auto previous = std::make_shared<std::vector<int32_t>>(size_t(stories), -1);
  return [=] {
    const Tensor log_p = decoder->step(*state, *previous);
    const int64_t words = log_p.shape()[1];
    const Tensor largest({stories}, log_p.device());
    const Ids ids({stories}, log_p.device());
    log_p.kernels().reduce(Reduce::max, stories, words, 1, log_p.data(), largest.data(),
                           ids.data());
    *previous = ids.to_host();
  };
}

ConvNet convnet_of(const ComparedRun& run) {
  const ConvNetArchitecture* architecture = find_convnet_architecture(run.name);
  check(architecture != nullptr, ErrorCode::usage, "--name: \"{}\" is none of {}", run.name,
        convnet_names());
  Rng rng(1);
  return ConvNet(*architecture, run.device, rng);
}

Var images_for(const ConvNet& net, int64_t count, Device device) {
  return Tensor({count, net.input(), net.input(), 3}, device, real(0.5));
}

std::function<void()> convnet_logits(const ComparedRun& run) {
  auto net = std::make_shared<ConvNet>(convnet_of(run));
  net->pack();
  const Var images = images_for(*net, run.sizes[0], run.device);
  return [=, device = run.device] {
    Tape tape(device);
    net->layer(tape, images, net->layers().back());
  };
}

// Of all layers, batch norms and classifier among them, by SGD with momentum.
std::function<void()> convnet_step(const ComparedRun& run) {
  auto net = std::make_shared<ConvNet>(convnet_of(run));
  net->train_from(net->layers().front(), false);
  const int64_t count = run.sizes[0];
  const Var images = images_for(*net, count, run.device);
  std::vector<int32_t> classes;
  for (int64_t i = 0; i < count; ++i) classes.push_back(int32_t(i * 7));
  const Ids targets({count}, run.device, classes);
  auto optimizer = std::make_shared<Optimizer>(
      net->trained(), OptimizerOptions{.kind = OptimizerOptions::Kind::sgd});
  return [=, device = run.device] {
    Tape tape(device, Tape::Mode::training, 1);
    const Var logits = net->layer(tape, images, net->layers().back());
    const int64_t words = logits.value.elements() / count;
    tape.backward(softmax_cross_entropy(tape, reshape(tape, logits, {count, words}), targets,
                                        Tensor({count}, device, 1 / real(count))));
    optimizer->step(1e-3);
    clear_gradients(optimizer->parameters());
  };
}

}  // namespace

std::function<void()> compared_run(const ComparedRun& run) {
  const size_t count = run.sizes.size();
  if (run.what == "skip_thought" && count == 5) {
    return skip_thought_step(trained_sizes(run), run.softmax, run.device, run.precision).run;
  }
  if (run.what == "vse" && count == 5) {
    return vse_step(trained_sizes(run), run.device, run.precision).run;
  }
  if (run.what == "adam" && count == 1) return adam_update(run.sizes[0], run.device);
  if (run.what == "decode" && count == 4) return told_word(run);
  if (run.what == "convnet" && count == 1) return convnet_logits(run);
  if (run.what == "convnet_step" && count == 1) return convnet_step(run);
  fail(ErrorCode::usage, "p2s_compare: no \"{}\" with {} sizes", run.what, count);
}

}  // namespace p2s::bench
