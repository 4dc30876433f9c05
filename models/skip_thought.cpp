#include "models/skip_thought.h"

#include <array>

#include "nn/base/error.h"
#include "nn/init.h"

namespace p2s {
namespace {

struct Target {
  const ThoughtDecoder& decoder;
  const SentenceBatch& sentences;
  double weight;
};

std::array<Target, 3> targets_of(const SkipThought& model, const Neighbours& n) {
  return {Target{model.previous, n.before, model.config.previous},
          Target{model.next, n.after, model.config.next},
          Target{model.itself, n.middle, model.config.itself}};
}

ThoughtDecoder make_decoder(const SkipThoughtConfig& c, Device device, Rng& rng) {
  ThoughtDecoder decoder{make_gru(c.embedding, c.hidden, c.layer_norm, device, rng), {}};
  if (c.conditional) decoder.condition = uniform({c.hidden, 3 * c.hidden}, device, rng, real(0.1));
  return decoder;
}

}  // namespace

SkipThought::SkipThought(const SkipThoughtConfig& wanted, Device device, Rng& rng)
    : config(wanted),
      encoder(wanted.vocabulary, wanted.embedding, wanted.hidden, wanted.layer_norm, device, rng,
              wanted.bidirectional) {
  check(wanted.previous >= 0 && wanted.next >= 0 && wanted.itself >= 0 &&
            wanted.previous + wanted.next + wanted.itself > 0,
        ErrorCode::usage,
        "skip-thought: the weights of the previous, next and same sentence are {}, {}, {}; they "
        "must not be negative, and one must be above 0",
        wanted.previous, wanted.next, wanted.itself);
  if (config.previous > 0) previous = make_decoder(config, device, rng);
  if (config.next > 0) next = make_decoder(config, device, rng);
  if (config.itself > 0) itself = make_decoder(config, device, rng);
  if (config.separate_words) {
    decoder_words = uniform({config.vocabulary, config.embedding}, device, rng, real(0.1));
  }
  config.output.vocabulary = config.vocabulary;
  config.output.hidden = config.hidden;
  output = OutputLayer(config.output, device, rng);
  config.output = output.config;
}

double SkipThought::loss_weight(const Neighbours& n) const {
  double sum = 0;
  for (const Target& target : targets_of(*this, n)) {
    sum += target.weight * double(target.sentences.tokens());
  }
  return sum;
}

Var SkipThought::loss(Tape& tape, const Neighbours& n) const {
  check(n.before.batch == n.middle.batch && n.after.batch == n.middle.batch, ErrorCode::shape,
        "skip-thought: {} sentences before and {} after for {}", n.before.batch, n.after.batch,
        n.middle.batch);
  const Var thought = encoder(tape, n.middle);
  const Var& words = decoder_words.value.defined() ? decoder_words : encoder.words;
  const double total = loss_weight(n);
  std::vector<Var> states;
  std::vector<int32_t> predicted;
  std::vector<real> weights;
  for (const Target& target : targets_of(*this, n)) {
    if (target.weight == 0) continue;
    const ThoughtDecoder& decoder = target.decoder;
    const Var extra =
        decoder.condition.value.defined() ? matmul(tape, thought, decoder.condition) : Var();
    const TeacherForcing told =
        teacher_forcing(tape, words, decoder.gru, thought, target.sentences, extra);
    states.push_back(told.states);
    predicted.insert(predicted.end(), told.targets.begin(), told.targets.end());
    weights.resize(predicted.size(), real(target.weight / total));
  }
  return output.loss(tape, concat(tape, states, 0), predicted, weights);
}

}  // namespace p2s
