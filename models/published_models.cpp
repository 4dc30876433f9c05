#include "models/published_models.h"

#include <algorithm>
#include <cmath>

#include "nn/base/error.h"

namespace p2s {
namespace {

struct Array {
  int64_t rows = 0, columns = 0;  // a vector is one row
  std::vector<real> numbers;
};

// A matrix of wanted sizes, or a vector: rows 1; 0 means any.
Array array(const TensorFile& file, const std::string& name, int64_t rows, int64_t columns) {
  const std::vector<int64_t>& shape = file.shape(name);
  Array found{shape.size() == 2 ? shape[0] : 1, shape.empty() ? 1 : shape.back(), {}};
  const size_t rank = rows == 1 ? 1 : 2;
  check(shape.size() == rank && (rows == 0 || found.rows == rows) &&
            (columns == 0 || found.columns == columns),
        ErrorCode::format, "{}: {} is [{}], [{}{}] is needed (0: any)", file.path().string(), name,
        fmt::join(shape, ","), rank == 1 ? "" : fmt::format("{},", rows), columns);
  found.numbers = file.values(name);
  return found;
}

Var matrix(const TensorFile& file, const std::string& name, int64_t rows, int64_t columns,
           Device device) {
  const Array a = array(file, name, rows, columns);
  return Var(Tensor({a.rows, a.columns}, device, a.numbers));
}

Var vector(const TensorFile& file, const std::string& name, int64_t columns, Device device) {
  return Var(Tensor({columns}, device, array(file, name, 1, columns).numbers));
}

// [R,2H] and [R,H] side by side.
Tensor beside(const Array& gates, const Array& candidate, bool row, Device device) {
  std::vector<real> both;
  for (int64_t r = 0; r < gates.rows; ++r) {
    for (const Array* part : {&gates, &candidate}) {
      const auto begin = part->numbers.begin() + std::ptrdiff_t(r * part->columns);
      both.insert(both.end(), begin, begin + std::ptrdiff_t(part->columns));
    }
  }
  const int64_t columns = gates.columns + candidate.columns;
  return {row ? Shape({columns}) : Shape({gates.rows, columns}), device, both};
}

GruWeights gru(const TensorFile& file, const std::string& prefix, int64_t input, Device device) {
  const Array candidate = array(file, prefix + "_Ux", 0, 0);
  const int64_t hidden = candidate.rows;
  const auto joined = [&](const char* gates, const char* rest, int64_t rows) {
    return beside(array(file, prefix + gates, rows, 2 * hidden),
                  array(file, prefix + rest, rows, hidden), rows == 1, device);
  };
  GruWeights weights;
  weights.input = Var(joined("_W", "_Wx", input));
  weights.recurrent = Var(joined("_U", "_Ux", hidden));
  weights.bias = Var(joined("_b", "_bx", 1));
  return weights;
}

}  // namespace

PublishedModel published_model(const TensorFile& file) {
  check(file.has("Wemb"), ErrorCode::format,
        "{}: no array \"Wemb\"; a model of skip-thoughts, VSE or neural-storyteller has it "
        "(.npz)",
        file.path().string());
  if (file.has("ff_image_W")) return PublishedModel::vse;
  if (file.has("ff_state_W")) return PublishedModel::decoder;
  check(file.has("encoder_W"), ErrorCode::format,
        "{}: neither \"encoder_W\" (skip-thoughts), \"ff_image_W\" (VSE) nor \"ff_state_W\" (story "
        "decoder) is in it",
        file.path().string());
  return PublishedModel::skip_thought;
}

SentenceEncoder read_published_skip_thought(const TensorFile& file, const TensorFile* table,
                                            Device device) {
  SentenceEncoder encoder;
  const int64_t width = array(file, "Wemb", 0, 0).columns;
  encoder.words =
      table ? matrix(*table, "array", 0, width, device) : matrix(file, "Wemb", 0, width, device);
  encoder.gru = gru(file, "encoder", width, device);
  if (file.has("encoder_r_W")) {
    encoder.reverse = gru(file, "encoder_r", width, device);
    check(encoder.reverse.hidden() == encoder.gru.hidden(), ErrorCode::format,
          "{}: encoder_Ux is for {} units, encoder_r_Ux for {}", file.path().string(),
          encoder.gru.hidden(), encoder.reverse.hidden());
  }
  return encoder;
}

// Theirs multiplies unit features by W, ours features of mean square one: by W / sqrt(F).
Vse read_published_vse(const TensorFile& file, Device device) {
  Vse vse;
  vse.sentence.words = matrix(file, "Wemb", 0, 0, device);
  const int64_t width = vse.sentence.words.shape()[1];
  vse.sentence.gru = gru(file, "encoder", width, device);
  const int64_t joint = vse.sentence.gru.hidden();
  Array image = array(file, "ff_image_W", 0, joint);
  const real scale = 1 / std::sqrt(real(image.rows));
  for (real& number : image.numbers) number *= scale;
  vse.image_weight = Var(Tensor({image.rows, joint}, device, image.numbers));
  vse.image_bias = vector(file, "ff_image_b", joint, device);
  vse.config.vocabulary = vse.sentence.words.shape()[0];
  vse.config.word = width;
  vse.config.embedding = joint;
  vse.config.features = image.rows;
  return vse;
}

// Theirs is told of the thought vector alone, and at the start alone: what else ours is told of has
// weights of zero.
PassageDecoder read_published_decoder(const TensorFile& file, Device device) {
  check(!file.has("ff_hid_W"), ErrorCode::format,
        "{}: has ff_hid_W: a decoder with a hidden layer before its words (doutput), which is not "
        "read",
        file.path().string());
  const Array state = array(file, "ff_state_W", 0, 0);
  PassageDecoder decoder;
  decoder.words = matrix(file, "Wemb", 0, 0, device);
  const int64_t vocabulary = decoder.words.shape()[0], width = decoder.words.shape()[1];
  decoder.gru = gru(file, "decoder", width, device);
  const int64_t hidden = decoder.gru.hidden(), told = state.rows + PassageDecoder::kGenreSize;
  const Array logit = array(file, "ff_logit_W", hidden, vocabulary);
  check(state.columns == hidden, ErrorCode::format, "{}: ff_state_W is [{},{}], [0,{}] is needed",
        file.path().string(), state.rows, state.columns, hidden);
  std::vector<real> start(size_t(told * hidden), 0), output(logit.numbers.size());
  std::ranges::copy(state.numbers, start.begin());
  for (int64_t h = 0; h < hidden; ++h) {
    for (int64_t v = 0; v < vocabulary; ++v) {
      output[size_t(v * hidden + h)] = logit.numbers[size_t(h * vocabulary + v)];
    }
  }
  decoder.genres = Var(Tensor({1, PassageDecoder::kGenreSize}, device, real(0)));
  decoder.start_weight = Var(Tensor({told, hidden}, device, start));
  decoder.start_bias = vector(file, "ff_state_b", hidden, device);
  decoder.step_weight = Var(Tensor({told, 3 * hidden}, device, real(0)));
  decoder.output.weight = Var(Tensor({vocabulary, hidden}, device, output));
  decoder.output.bias = vector(file, "ff_logit_b", vocabulary, device);
  decoder.config = {.vocabulary = vocabulary,
                    .embedding = width,
                    .hidden = hidden,
                    .thought = state.rows,
                    .content = 0,
                    .genres = 1};
  decoder.config.output.vocabulary = vocabulary;
  decoder.config.output.hidden = hidden;
  decoder.output.config = decoder.config.output;
  return decoder;
}

Tensor reordered_rows(const Tensor& x, const std::vector<int64_t>& order) {
  const std::vector<real> numbers = x.to_host();
  const auto width = numbers.size() / order.size();
  std::vector<real> moved;
  moved.reserve(numbers.size());
  for (const int64_t row : order) {
    const auto begin = numbers.begin() + std::ptrdiff_t(size_t(row) * width);
    moved.insert(moved.end(), begin, begin + std::ptrdiff_t(width));
  }
  return {x.shape(), x.device(), moved};
}

}  // namespace p2s
