#pragma once

#include <string>

#include "models/pack.h"
#include "nn/optim.h"
#include "tests/models/random_convnet.h"

namespace p2s {

inline WordList tiny_words() {
  WordList list;
  list.words = {"<eos>", "<unk>", ".",  ",",   "the", "“",   "”",     "a",    "!",     "dog",
                "beach", "runs",  "on", "man", "in",  "red", "paris", "sea",  "his",   "walks",
                "boat",  "sings", "by", "sun", "and", "she", "old",   "café", "night", "waits"};
  list.spellings = list.words;
  list.spellings[16] = "Paris";
  for (size_t i = 0; i < list.words.size(); ++i) list.counts.push_back(int64_t(1000 / (i + 1)));
  return list;
}

inline Style tiny_style(const std::string& name, int64_t thought, int64_t content, Rng& rng) {
  const Device device = Device::cpu;
  return {name,
          "0123456789abcdef",
          10,
          normal({thought}, device, rng, real(0.1)).value,
          Tensor({thought}, device, real(1)),
          normal({content}, device, rng, real(0.1)).value,
          Tensor({content}, device, real(1))};
}

// A random pack of a few words, whole but for its size.
inline Pack tiny_pack(OutputConfig::Kind output = OutputConfig::Kind::full) {
  constexpr int64_t kThought = 12, kContent = 6, kJoint = 8;
  const Device device = Device::cpu;
  Rng rng(5);
  Pack pack;
  pack.words = tiny_words();
  const auto words = int64_t(pack.words.words.size());
  pack.convnet = random_convnet();
  pack.caption_words = tiny_words();
  pack.vse = Vse({.vocabulary = words, .word = 5, .embedding = kJoint}, device, rng);
  pack.vse.image_bias = normal({kJoint}, device, rng, real(0.1));
  pack.captions = {"A dog runs on the beach.", "A dog runs on a beach .", "A man walks by the sea.",
                   "She sings in Paris.",      "An old red boat.",        "The sun and the night."};
  Tape tape(device);
  pack.caption_vectors =
      l2_normalize(tape, normal({int64_t(pack.captions.size()), kJoint}, device, rng, 1)).value;
  pack.encoder.parts.emplace_back(words, kContent, kThought, false, device, rng);
  PassageDecoderConfig config;
  config.vocabulary = words;
  config.embedding = kContent;
  config.hidden = 16;
  config.thought = kThought;
  config.content = kContent;
  config.genres = 2;
  config.output.kind = output;
  pack.decoder = PassageDecoder(config, device, rng);
  pack.genres = {"scifi", "thriller"};
  pack.caption_style = tiny_style("captions", kThought, kContent, rng);
  pack.passage_style = tiny_style("passages", kThought, kContent, rng);
  for (const std::string& genre : pack.genres) {
    pack.genre_styles.push_back(tiny_style(genre, kThought, kContent, rng));
  }
  pack.card = "# Tiny\nRandom numbers.\n";
  return pack;
}

// A random captioner of the same words.
inline void add_tiny_captioner(Pack& pack) {
  Rng rng(6);
  const Shape shape = pack.convnet.layer_shape("head");
  const CaptionerConfig config{.vocabulary = int64_t(pack.words.words.size()),
                               .word = 5,
                               .hidden = 7,
                               .attention = 4,
                               .annotation = 6,
                               .places = shape[1] * shape[2],
                               .features = shape[3],
                               .layer = "head"};
  pack.captioner = {Captioner(config, Device::cpu, rng), pack.words};
}

}  // namespace p2s
