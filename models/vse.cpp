#include "models/vse.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "nn/base/error.h"
#include "nn/init.h"

namespace p2s {

using Measure = VseConfig::Measure;
using TextEncoder = VseConfig::TextEncoder;

std::string name(Measure measure) { return measure == Measure::cosine ? "cosine" : "order"; }

std::string name(TextEncoder encoder) { return encoder == TextEncoder::gru ? "gru" : "bow"; }

Measure measure(const std::string& text) {
  for (Measure m : {Measure::cosine, Measure::order}) {
    if (text == name(m)) return m;
  }
  fail(ErrorCode::usage, "\"{}\" is no measure; take cosine or order", text);
}

TextEncoder text_encoder(const std::string& text) {
  for (TextEncoder e : {TextEncoder::gru, TextEncoder::bow}) {
    if (text == name(e)) return e;
  }
  fail(ErrorCode::usage, "\"{}\" is no text encoder; take gru or bow", text);
}

Vse::Vse(const VseConfig& c, Device device, Rng& rng)
    : config(c),
      image_weight(xavier({c.features, c.embedding}, device, rng)),
      image_bias(zeros({c.embedding}, device)) {
  if (c.text_encoder == TextEncoder::gru) {
    sentence = SentenceEncoder(c.vocabulary, c.word, c.embedding, false, device, rng);
  } else {
    sentence.words = uniform({c.vocabulary, c.word}, device, rng, real(0.1));
    bag_weight = xavier({c.word, c.embedding}, device, rng);
  }
}

Var Vse::embedded(Tape& tape, const Var& x) const {
  const Var unit = l2_normalize(tape, x);
  return config.measure == Measure::order ? unary(tape, Unary::abs, unit) : unit;
}

Var Vse::embed_images(Tape& tape, const Var& features) const {
  // Brought to a mean square of one a feature: beside unit vectors the bias would learn so much
  // faster than the weights that all photographs first collapse to one point.
  const Var scaled =
      affine(tape, l2_normalize(tape, features), std::sqrt(real(features.shape().columns())));
  const Var dropped = dropout(tape, scaled, config.dropout);
  return embedded(tape, linear(tape, dropped, image_weight, image_bias));
}

Var Vse::embed_sentences(Tape& tape, const SentenceBatch& batch) const {
  // A GRU's products shrink as sentences end, where the longest come first.
  if (!std::ranges::is_sorted(batch.lengths, std::greater<>())) {
    const std::vector<int32_t> order = batch.longest_first();
    std::vector<int32_t> place(order.size());
    for (size_t i = 0; i < order.size(); ++i) place[size_t(order[i])] = int32_t(i);
    const Var sorted = embed_sentences(tape, batch.ordered(order));
    return gather(tape, sorted, Ids({batch.batch}, tape.device(), place));
  }
  const Var words = dropout(tape, embedding(tape, sentence.words, batch.device_ids(tape.device())),
                            config.dropout);
  if (config.text_encoder == TextEncoder::bow) {
    return embedded(tape, linear(tape, reduce(tape, Reduce::sum, words, 0), bag_weight, {}));
  }
  return embedded(tape, last_state(tape, sentence.gru, words, batch.device_lengths(tape.device())));
}

Var Vse::scores(Tape& tape, const Var& images, const Var& sentences) const {
  return config.measure == Measure::order ? order_scores(tape, images, sentences)
                                          : matmul(tape, images, sentences, Transpose::b);
}

Var Vse::loss(Tape& tape, const Var& features, const SentenceBatch& captions,
              const Contrasts& contrasts) const {
  const int64_t images = features.shape()[0];
  check(images > 0 && captions.batch > 0 && captions.batch % images == 0, ErrorCode::shape,
        "vse: {} images for {} captions", images, captions.batch);
  const Var v = embed_images(tape, features), s = embed_sentences(tape, captions);
  Var total;
  for (int64_t first = 0; first < captions.batch; first += images) {
    const Var part = images == captions.batch ? s : slice(tape, s, 0, first, first + images);
    const Var hinge =
        ranking_hinge(tape, scores(tape, v, part), contrasts.margin, contrasts.hardest);
    total = first == 0 ? hinge : add(tape, total, hinge);
  }
  return affine(tape, total, real(1) / real(captions.batch));
}

}  // namespace p2s
