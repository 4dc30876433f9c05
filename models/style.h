#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/passage_decoder.h"
#include "models/passage_vectors.h"
#include "nn/checkpoint.h"

namespace p2s {

// Mean and standard deviation, a dimension, of the vectors of many texts: of a genre's passages, of
// all passages, or of photographs' captions. `encoder` is the fingerprint of the encoder they were
// made with.
struct Style {
  std::string name;  // "thriller", "captions", ...
  std::string encoder;
  int64_t texts = 0;                       // how many were averaged
  Tensor thought_mean, thought_deviation;  // [H]
  Tensor content_mean, content_deviation;  // [D]
};

// Adds vectors up, batch by batch, in double.
class StyleAccumulator {
 public:
  void add(const PassageVectors& vectors);
  Style finish(const std::string& name,
               const std::string& encoder) const;  // Error(usage) if none came

 private:
  int64_t texts_ = 0;
  std::vector<double> thought_sum_, thought_squares_, content_sum_, content_squares_;
};

// Under the group "styles/<name>"; several may stand in one file.
void write_style(ModelFileWriter&, const Style&);
Style read_style(const ModelFileReader&, const std::string& name, Device);
std::vector<std::string> style_names(const ModelFileReader&);

// Error(usage) that names both unless `style` was made with `encoder`.
void require_same_encoder(const Style& style, const std::string& encoder);

// A style between several, or beyond one: passages' mean + sum of share * (style's mean - passages'
// mean). The shift then adds that sum of theirs.
struct StyleShare {
  const Style* style = nullptr;
  real share = 1;
};
Style mix_styles(const std::vector<StyleShare>& shares, const Style& passages);

// z = (v - mean) / deviation for every row of v [P,C].
Tensor standard_scores(const Tensor& v, const Tensor& mean, const Tensor& deviation);

// In training: the passage's own vectors, standardised by all passages: z = (v - mean) / deviation.
PassageCondition standardise(const PassageVectors&, const Style& passages,
                             std::vector<int32_t> genres);

// At generation, from the vectors of a photograph's captions (one row):
//   z = strength_c k (v - caption mean) / deviation + strength_s (genre mean - mean) / deviation
// for thought (content_strength scales the photograph's part in both) and content alike. This is
// Kiros' F(x) = x - captions + genre; k = 1 / the root mean square of caption deviation / deviation
// over the dimensions, which brings the captions' spread to the passages'.
struct ShiftStrength {
  double content = 0.6, style = 1.5;
};
PassageCondition shift(const PassageVectors& captions, const Style& caption_style,
                       const Style& genre_style, const Style& passages, const ShiftStrength&,
                       std::vector<int32_t> genres);

}  // namespace p2s
