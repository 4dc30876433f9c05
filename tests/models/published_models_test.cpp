#include "models/published_models.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "tests/models/made_up_numbers.h"
#include "tests/models/tensor_bytes.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

using Numbers = std::vector<double>;

constexpr int64_t kWords = 7, kWidth = 3, kHidden = 4;

// A model as Theano's programs save it.
class Saved {
 public:
  void array(const std::string& name, const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    std::vector<float> values;
    for (const real x : weyl(count, uint32_t(tensors_.size() + 1))) values.push_back(float(x));
    tensors_.push_back({name, shape, values});
  }
  void gru(const std::string& prefix, int64_t hidden = kHidden) {
    array(prefix + "_W", {kWidth, 2 * hidden}), array(prefix + "_b", {2 * hidden});
    array(prefix + "_U", {hidden, 2 * hidden}), array(prefix + "_Wx", {kWidth, hidden});
    array(prefix + "_Ux", {hidden, hidden}), array(prefix + "_bx", {hidden});
  }
  double at(const std::string& name, int64_t row, int64_t column) const {
    for (const MadeTensor& t : tensors_) {
      if (t.name == name) return double(t.values[size_t(row * t.shape.back() + column)]);
    }
    FAIL(name);
    return 0;
  }
  void rename(const std::string& from, const std::string& to) {
    for (MadeTensor& t : tensors_) {
      if (t.name == from) t.name = to;
    }
  }
  TensorFile file() const {
    std::ofstream(folder_ / "model.npz", std::ios::binary) << npz_bytes(tensors_);
    return TensorFile(folder_ / "model.npz");
  }

 private:
  TemporaryFolder folder_;
  std::vector<MadeTensor> tensors_;
};

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

// One step of the GRU, written from its equations: gates r, u from the first and second half.
Numbers gru_step(const Saved& m, const std::string& p, const Numbers& x, const Numbers& h) {
  const auto hidden = int64_t(h.size());
  const auto product = [&](const Numbers& v, const std::string& name, int64_t column) {
    double sum = 0;
    for (size_t i = 0; i < v.size(); ++i) sum += v[i] * m.at(p + name, int64_t(i), column);
    return sum;
  };
  Numbers next;
  for (int64_t j = 0; j < hidden; ++j) {
    const auto gate = [&](int64_t column) {
      return sigmoid_of(product(x, "_W", column) + product(h, "_U", column) +
                        m.at(p + "_b", 0, column));
    };
    const double r = gate(j), u = gate(hidden + j);
    const double c =
        std::tanh(product(h, "_Ux", j) * r + product(x, "_Wx", j) + m.at(p + "_bx", 0, j));
    next.push_back(u * h[size_t(j)] + (1 - u) * c);
  }
  return next;
}

Numbers word(const Saved& m, int32_t id) {
  Numbers vector;
  for (int64_t d = 0; d < kWidth; ++d) vector.push_back(m.at("Wemb", id, d));
  return vector;
}

Numbers last_state_of(const Saved& m, const std::string& prefix, const std::vector<int32_t>& ids) {
  Numbers h(size_t(kHidden), 0.0);
  for (const int32_t id : ids) h = gru_step(m, prefix, word(m, id), h);
  return h;
}

void check_close(const Tensor& ours, const Numbers& plain) {
  const std::vector<real> numbers = ours.to_host();
  REQUIRE(numbers.size() == plain.size());
  for (size_t i = 0; i < plain.size(); ++i) {
    CHECK(double(numbers[i]) == doctest::Approx(plain[i]).epsilon(1e-5));
  }
}

Numbers unit(Numbers v) {
  double squares = 0;
  for (const double x : v) squares += x * x;
  for (double& x : v) x /= std::sqrt(squares);
  return v;
}

const std::vector<int32_t> kSentence{2, 6, 3, 0};

}  // namespace

TEST_CASE("a published uni-skip and bi-skip give the vectors of their equations") {
  Saved saved;
  saved.array("Wemb", {kWords, kWidth});
  saved.gru("encoder");
  const SentenceBatch batch = pack_sentences({kSentence});
  Tape tape(Device::ref);
  Numbers forth = last_state_of(saved, "encoder", kSentence);
  const TensorFile uni = saved.file();
  CHECK(published_model(uni) == PublishedModel::skip_thought);
  check_close(read_published_skip_thought(uni, nullptr, Device::ref)(tape, batch).value, forth);

  saved.gru("encoder_r");
  const Numbers back = last_state_of(saved, "encoder_r", {kSentence.rbegin(), kSentence.rend()});
  forth.insert(forth.end(), back.begin(), back.end());
  const SentenceEncoder bi = read_published_skip_thought(saved.file(), nullptr, Device::ref);
  CHECK(bi.bidirectional());
  check_close(bi(tape, batch).value, forth);
}

TEST_CASE("a word table of its own stands in for the model's") {
  Saved saved, table;
  saved.array("Wemb", {kWords, kWidth});
  saved.gru("encoder");
  table.array("array", {3, kWidth});
  const TensorFile rows = table.file();
  const SentenceEncoder encoder = read_published_skip_thought(saved.file(), &rows, Device::ref);
  CHECK(encoder.words.shape() == Shape({3, kWidth}));
  CHECK(double(encoder.words.value.to_host()[4]) == table.at("array", 1, 1));
}

TEST_CASE("a published embedding of photographs and sentences scores as its equations do") {
  constexpr int64_t kFeatures = 5;
  Saved saved;
  saved.array("Wemb", {kWords, kWidth});
  saved.gru("encoder");
  saved.array("ff_image_W", {kFeatures, kHidden});
  saved.array("ff_image_b", {kHidden});
  const TensorFile file = saved.file();
  CHECK(published_model(file) == PublishedModel::vse);
  const Vse vse = read_published_vse(file, Device::ref);
  const Numbers features = unit({1, -2, 0.5, 3, 0.25});
  Numbers image(size_t(kHidden), 0.0);
  for (int64_t j = 0; j < kHidden; ++j) {
    image[size_t(j)] = saved.at("ff_image_b", 0, j);
    for (int64_t f = 0; f < kFeatures; ++f) {
      image[size_t(j)] += features[size_t(f)] * saved.at("ff_image_W", f, j);
    }
  }
  Tape tape(Device::ref);
  const std::vector<real> raw{4, -8, 2, 12, 1};  // of any length
  check_close(vse.embed_images(tape, Tensor({1, kFeatures}, Device::ref, raw)).value, unit(image));
  check_close(vse.embed_sentences(tape, pack_sentences({kSentence})).value,
              unit(last_state_of(saved, "encoder", kSentence)));
}

TEST_CASE("a published story decoder gives the probabilities of its equations") {
  constexpr int64_t kThought = 6;
  Saved saved;
  saved.array("Wemb", {kWords, kWidth});
  saved.array("ff_state_W", {kThought, kHidden}), saved.array("ff_state_b", {kHidden});
  saved.gru("decoder");
  saved.array("ff_logit_W", {kHidden, kWords}), saved.array("ff_logit_b", {kWords});
  const TensorFile file = saved.file();
  CHECK(published_model(file) == PublishedModel::decoder);
  const PassageDecoder decoder = read_published_decoder(file, Device::ref);
  const std::vector<real> thought{1, -1, 0.5, 0.25, 2, -0.125};
  Numbers h;
  for (int64_t j = 0; j < kHidden; ++j) {
    double sum = saved.at("ff_state_b", 0, j);
    for (int64_t t = 0; t < kThought; ++t) {
      sum += double(thought[size_t(t)]) * saved.at("ff_state_W", t, j);
    }
    h.push_back(std::tanh(sum));
  }
  PassageDecoder::State state =
      decoder.start({Tensor({1, kThought}, Device::ref, thought), {}, {0}});
  for (const int32_t previous : {-1, 5, 3}) {
    h = gru_step(saved, "decoder",
                 previous < 0 ? Numbers(size_t(kWidth), 0.0) : word(saved, previous), h);
    Numbers logits;
    double total = 0;
    for (int64_t v = 0; v < kWords; ++v) {
      double sum = saved.at("ff_logit_b", 0, v);
      for (int64_t j = 0; j < kHidden; ++j) sum += h[size_t(j)] * saved.at("ff_logit_W", j, v);
      logits.push_back(sum);
      total += std::exp(sum);
    }
    for (double& logit : logits) logit -= std::log(total);
    check_close(decoder.step(state, {previous}), logits);
  }
}

TEST_CASE("published models that lack an array or hold another are named") {
  Saved saved;
  saved.array("Wemb", {kWords, kWidth});
  saved.gru("encoder");
  const auto refused = [&] {
    return thrown_message(ErrorCode::format, [&] {
      const TensorFile file = saved.file();
      published_model(file);
      read_published_skip_thought(file, nullptr, Device::ref);
    });
  };
  saved.rename("encoder_bx", "encoder_by");
  CHECK(contains(refused(), "no tensor \"encoder_bx\""));
  saved.rename("encoder_by", "encoder_bx");
  saved.rename("encoder_U", "encoder_V"), saved.rename("encoder_W", "encoder_U");
  saved.rename("encoder_V", "encoder_W");
  CHECK(contains(refused(), "encoder_W is [4,8], [3,8] is needed"));
  saved.rename("Wemb", "W");
  CHECK(contains(refused(), "no array \"Wemb\""));
}

TEST_CASE("rows are put in another order") {
  const Tensor x({3, 2}, Device::ref, std::vector<real>{0, 1, 2, 3, 4, 5});
  CHECK(reordered_rows(x, {2, 0, 1}).to_host() == std::vector<real>{4, 5, 0, 1, 2, 3});
}
