#include "bench/training_steps.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <memory>

#include "models/passage_decoder.h"
#include "models/skip_thought.h"
#include "models/vse.h"
#include "nn/optim.h"

namespace p2s::bench {
namespace {

// Word ids as frequent as in text: P(id) falls with 1 / id.
SentenceBatch made_up_sentences(const TrainedSizes& s, uint64_t seed) {
  Rng rng(seed);
  std::vector<std::vector<int32_t>> sentences(static_cast<size_t>(s.batch));
  for (auto& sentence : sentences) {
    for (int64_t t = 0; t < s.time; ++t) {
      sentence.push_back(int32_t(std::pow(double(s.vocabulary), rng.uniform_double()) - 1));
    }
  }
  return pack_sentences(sentences);
}

template <class Model, class Loss>
std::function<void()> step_of(std::shared_ptr<Model> model, Device device, Precision precision,
                              Loss loss) {
  auto optimizer = std::make_shared<Optimizer>(parameters_of(*model), OptimizerOptions{});
  return [=] {
    Tape tape(device, Tape::Mode::training, 1, precision);
    tape.backward(loss(tape, *model));
    optimizer->step_clipped(1e-4, gradient_norm(optimizer->parameters()), 5);
    clear_gradients(optimizer->parameters());
  };
}

double gru_flops(const TrainedSizes& s) {
  return 3 * 2.0 * double(s.time * s.batch * 3 * s.hidden * (s.embedding + s.hidden));
}

double output_flops(const TrainedSizes& s) {
  return 3 * 2.0 * double(s.time * s.batch * s.hidden * s.vocabulary);
}

std::string sizes_text(const TrainedSizes& s, const std::string& softmax) {
  return fmt::format("V{} {}->{} T{} B{} {}", s.vocabulary, s.embedding, s.hidden, s.time, s.batch,
                     softmax);
}

}  // namespace

TrainingStep skip_thought_step(const TrainedSizes& s, const std::string& softmax, Device device,
                               Precision precision) {
  Rng rng(1);
  SkipThoughtConfig config{
      .vocabulary = s.vocabulary, .embedding = s.embedding, .hidden = s.hidden};
  config.output.kind = output_kind(softmax);
  auto model = std::make_shared<SkipThought>(config, device, rng);
  const Neighbours batch{made_up_sentences(s, 1), made_up_sentences(s, 2), made_up_sentences(s, 3)};
  const auto loss = [=](Tape& tape, const SkipThought& m) { return m.loss(tape, batch); };
  // The work of the other softmaxes depends on the words.
  const double output = softmax == "full" ? 2 * output_flops(s) : 0;
  return {"skip-thought " + sizes_text(s, softmax), 2.0 * double(s.time * s.batch),
          output > 0 ? 3 * gru_flops(s) + output : 0, step_of(model, device, precision, loss)};
}

TrainingStep vse_step(const TrainedSizes& s, Device device, Precision precision) {
  Rng rng(1);
  const VseConfig config{.vocabulary = s.vocabulary, .word = s.embedding, .embedding = s.hidden};
  auto model = std::make_shared<Vse>(config, device, rng);
  const auto captions = made_up_sentences(s, 1);
  std::vector<real> numbers(size_t(s.batch * config.features));
  for (real& number : numbers) number = rng.uniform();
  const Tensor features({s.batch, config.features}, device, numbers);
  const auto loss = [=](Tape& tape, const Vse& m) {
    return m.loss(tape, features, captions, Contrasts{});
  };
  const double images = 2 * 2.0 * double(s.batch * config.features * s.hidden);
  return {"vse " + sizes_text(s, "all contrasts"), double(s.time * s.batch), gru_flops(s) + images,
          step_of(model, device, precision, loss)};
}

TrainingStep decoder_step(const TrainedSizes& s, const std::string& softmax, Device device,
                          Precision precision) {
  Rng rng(1);
  PassageDecoderConfig config{
      .vocabulary = s.vocabulary, .embedding = s.embedding, .hidden = s.hidden, .genres = 4};
  config.output.kind = output_kind(softmax);
  auto model = std::make_shared<PassageDecoder>(config, device, rng);
  const auto passages = made_up_sentences(s, 1);
  PassageCondition condition{Tensor({s.batch, config.thought}, device, real(0.1)),
                             Tensor({s.batch, config.content}, device, real(0.1)),
                             {}};
  for (int64_t b = 0; b < s.batch; ++b) condition.genres.push_back(int32_t(b % 4));
  const auto loss = [=](Tape& tape, const PassageDecoder& m) {
    return m.loss(tape, passages, condition);
  };
  return {"decoder " + sizes_text(s, softmax), double(s.time * s.batch),
          softmax == "full" ? gru_flops(s) + output_flops(s) : 0,
          step_of(model, device, precision, loss)};
}

}  // namespace p2s::bench
