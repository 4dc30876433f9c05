#pragma once

#include <string>

#include "models/sentence_batch.h"
#include "models/sentence_encoder.h"
#include "nn/ops.h"

namespace p2s {

struct VseConfig {
  enum class Measure { cosine, order };
  enum class TextEncoder { gru, bow };
  int64_t vocabulary = 0, word = 300, embedding = 1024, features = 1280;
  real margin = real(0.2);
  real dropout = 0;  // on image features and on word vectors
  Measure measure = Measure::cosine;
  TextEncoder text_encoder = TextEncoder::gru;
};
// "cosine", "order"; "gru", "bow", and back: Error(usage) for another name.
std::string name(VseConfig::Measure);
std::string name(VseConfig::TextEncoder);
VseConfig::Measure measure(const std::string& name);
VseConfig::TextEncoder text_encoder(const std::string& name);

// What contrasts cost in one step of training: their margin, and whether all count or the hardest
// of each row and column.
struct Contrasts {
  real margin = real(0.2);
  bool hardest = false;
};

// Visual-semantic embedding (Kiros et al. 2014; VSE++, Faghri et al. 2018): v = |W sqrt(F) |f| +
// b|, s = |text(words)|, |.| being L2 normalisation. text is the last state of a GRU, or a bag of
// words, W_t sum of the word vectors, in which words can be added and subtracted. score = v . s; in
// order embeddings (Vendrov et al. 2016) the components of v and s are their absolute values, and
// score = - || max(0, s - v) ||: a caption stands above its image.
struct Vse {
  VseConfig config;
  Var image_weight, image_bias;  // [F,E], [E]
  SentenceEncoder sentence;      // of a bag of words without its GRU
  Var bag_weight;                // [D,E], of a bag of words

  Vse() = default;
  Vse(const VseConfig&, Device, Rng&);
  Var embed_images(Tape&, const Var& features) const;            // [B,F] -> [B,E], unit rows
  Var embed_sentences(Tape&, const SentenceBatch& batch) const;  // -> [B,E], unit rows
  // Of every image [M,E] with every sentence [N,E], as they are embedded -> [M,N].
  Var scores(Tape&, const Var& images, const Var& sentences) const;
  // Whether it has a text side; a pack may hold the image side only.
  bool reads_text() const { return sentence.words.value.defined(); }
  // Mean over the captions of the ranking hinge. Of B images and k B captions, caption i B + j is
  // of image j: the contrasts are within each B captions with the images.
  Var loss(Tape&, const Var& features, const SentenceBatch& captions, const Contrasts&) const;

  template <class F>
  void visit(F&& f) {
    f("image_weight", image_weight), f("image_bias", image_bias);
    if (!reads_text()) return;
    if (config.text_encoder == VseConfig::TextEncoder::gru) {
      f("sentence", sentence);
    } else {
      f("words", sentence.words), f("bag_weight", bag_weight);
    }
  }

 private:
  Var embedded(Tape&, const Var& x) const;
};

}  // namespace p2s
