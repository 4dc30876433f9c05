#include "models/style.h"

#include <algorithm>
#include <cmath>

#include "nn/base/error.h"

namespace p2s {
namespace {

void add_moments(const Tensor& vectors, std::vector<double>& sum, std::vector<double>& squares) {
  const size_t columns = size_t(vectors.shape().columns());
  sum.resize(columns);
  squares.resize(columns);
  const std::vector<real> values = vectors.to_host();
  for (size_t i = 0; i < values.size(); ++i) {
    sum[i % columns] += double(values[i]);
    squares[i % columns] += double(values[i]) * double(values[i]);
  }
}

Tensor mean_of(const std::vector<double>& sum, int64_t count) {
  std::vector<real> mean;
  for (double s : sum) mean.push_back(real(s / double(count)));
  return Tensor({int64_t(sum.size())}, Device::ref, mean);
}

// A dimension that never varies gets deviation 1: it is only centred.
Tensor deviation_of(const std::vector<double>& sum, const std::vector<double>& squares,
                    int64_t count) {
  std::vector<real> deviation;
  for (size_t i = 0; i < sum.size(); ++i) {
    const double mean = sum[i] / double(count);
    const double variance = squares[i] / double(count) - mean * mean;
    deviation.push_back(variance > 1e-12 ? real(std::sqrt(variance)) : real(1));
  }
  return Tensor({int64_t(sum.size())}, Device::ref, deviation);
}

std::string group_of(const std::string& name) { return "styles/" + name; }

struct Part {
  const Tensor& vectors;
  const Tensor &caption_mean, &caption_deviation, &genre_mean, &mean, &deviation;
};

// What (v - caption mean) / deviation is multiplied by, so that over many captions its mean square
// is one, as the passages' is.
double spread(const Tensor& caption_deviation, const Tensor& deviation) {
  const std::vector<real> c = caption_deviation.to_host(), p = deviation.to_host();
  double squares = 0;
  for (size_t i = 0; i < c.size(); ++i) squares += double(c[i] / p[i]) * double(c[i] / p[i]);
  return squares > 0 ? std::sqrt(double(c.size()) / squares) : 1;
}

Tensor shift_part(const Part& p, const ShiftStrength& strength) {
  const double scale = strength.content * spread(p.caption_deviation, p.deviation);
  std::vector<real> z = standard_scores(p.vectors, p.caption_mean, p.deviation).to_host();
  const std::vector<real> genre = standard_scores(p.genre_mean, p.mean, p.deviation).to_host();
  for (size_t i = 0; i < z.size(); ++i) {
    z[i] = real(scale) * z[i] + real(strength.style) * genre[i % genre.size()];
  }
  return Tensor(p.vectors.shape(), p.vectors.device(), z);
}

}  // namespace

void StyleAccumulator::add(const PassageVectors& vectors) {
  texts_ += vectors.thought.shape()[0];
  add_moments(vectors.thought, thought_sum_, thought_squares_);
  add_moments(vectors.content, content_sum_, content_squares_);
}

Style StyleAccumulator::finish(const std::string& name, const std::string& encoder) const {
  check(texts_ > 0, ErrorCode::usage, "style {}: not one text to average; is the folder right?",
        name);
  return {name,
          encoder,
          texts_,
          mean_of(thought_sum_, texts_),
          deviation_of(thought_sum_, thought_squares_, texts_),
          mean_of(content_sum_, texts_),
          deviation_of(content_sum_, content_squares_, texts_)};
}

void write_style(ModelFileWriter& file, const Style& style) {
  const std::string group = group_of(style.name);
  file.texts(group + "/encoder", {style.encoder});
  file.numbers(group + "/texts", {style.texts});
  file.tensor(group + "/thought_mean", style.thought_mean);
  file.tensor(group + "/thought_deviation", style.thought_deviation);
  file.tensor(group + "/content_mean", style.content_mean);
  file.tensor(group + "/content_deviation", style.content_deviation);
}

Style read_style(const ModelFileReader& file, const std::string& name, Device device) {
  const std::string group = group_of(name);
  check(file.has(group + "/thought_mean"), ErrorCode::format,
        "{}: holds no style \"{}\"; it has: {}", file.path().string(), name,
        fmt::join(style_names(file), ", "));
  return {name,
          file.texts(group + "/encoder").at(0),
          file.numbers(group + "/texts").at(0),
          file.tensor(group + "/thought_mean", device),
          file.tensor(group + "/thought_deviation", device),
          file.tensor(group + "/content_mean", device),
          file.tensor(group + "/content_deviation", device)};
}

std::vector<std::string> style_names(const ModelFileReader& file) {
  const std::string tail = "/thought_mean", head = "styles/";
  std::vector<std::string> result;
  for (std::string name : file.names("styles")) {
    if (name.starts_with(head)) name.erase(0, head.size());
    if (name.ends_with(tail)) result.push_back(name.substr(0, name.size() - tail.size()));
  }
  return result;
}

void require_same_encoder(const Style& style, const std::string& encoder) {
  check(style.encoder == encoder, ErrorCode::usage,
        "style {}: was made with encoder {}, not with {}; make it again with p2s-train style",
        style.name, style.encoder, encoder);
}

Style mix_styles(const std::vector<StyleShare>& shares, const Style& passages) {
  Style mixed = passages;
  const auto mean = [&](Tensor Style::*part) {
    const std::vector<real> middle = (passages.*part).to_host();
    std::vector<real> sum = middle;
    for (const StyleShare& share : shares) {
      const std::vector<real> own = (share.style->*part).to_host();
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += share.share * (own[i] - middle[i]);
    }
    return Tensor((passages.*part).shape(), (passages.*part).device(), sum);
  };
  mixed.thought_mean = mean(&Style::thought_mean);
  mixed.content_mean = mean(&Style::content_mean);
  return mixed;
}

Tensor standard_scores(const Tensor& v, const Tensor& mean, const Tensor& deviation) {
  check(v.shape().columns() == mean.elements(), ErrorCode::shape,
        "style: vectors of {} for a style of {}", v.shape().columns(), mean.elements());
  const Tensor m = mean.to(v.device()), d = deviation.to(v.device());
  const Tensor z(v.shape(), v.device());
  const Kernels& k = v.kernels();
  k.binary(Binary::subtract, v.elements(), m.elements(), v.data(), m.data(), z.data());
  k.binary(Binary::divide, v.elements(), d.elements(), z.data(), d.data(), z.data());
  return z;
}

PassageCondition standardise(const PassageVectors& v, const Style& passages,
                             std::vector<int32_t> genres) {
  return {standard_scores(v.thought, passages.thought_mean, passages.thought_deviation),
          standard_scores(v.content, passages.content_mean, passages.content_deviation),
          std::move(genres)};
}

PassageCondition shift(const PassageVectors& captions, const Style& caption_style,
                       const Style& genre, const Style& passages, const ShiftStrength& strength,
                       std::vector<int32_t> genres) {
  const Part thought{
      captions.thought,   caption_style.thought_mean, caption_style.thought_deviation,
      genre.thought_mean, passages.thought_mean,      passages.thought_deviation};
  const Part content{
      captions.content,   caption_style.content_mean, caption_style.content_deviation,
      genre.content_mean, passages.content_mean,      passages.content_deviation};
  return {shift_part(thought, strength), shift_part(content, strength), std::move(genres)};
}

}  // namespace p2s
