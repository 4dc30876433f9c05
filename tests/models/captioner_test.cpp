#include "models/captioner.h"

#include <doctest/doctest.h>

#include <cmath>

#include "models/caption_search.h"
#include "models/model_files.h"
#include "nn/base/files.h"
#include "nn/optim.h"
#include "tests/temporary_folder.h"

using namespace p2s;
using namespace p2s::test;

namespace {

CaptionerConfig small_config() {
  return {.vocabulary = 7,
          .word = 5,
          .hidden = 8,
          .attention = 4,
          .annotation = 6,
          .places = 4,
          .features = 3,
          .layer = "maps",
          .dropout = 0};
}

Captioner small_captioner(const CaptionerConfig& config = small_config()) {
  Rng rng(5);
  return Captioner(config, Device::cpu, rng);
}

// Image i has something to be told about at place i, the other places are all alike.
Tensor maps_of(int64_t images) {
  std::vector<real> numbers;
  for (int64_t i = 0; i < images; ++i) {
    for (int64_t place = 0; place < 4; ++place) {
      const bool here = place == i;
      numbers.insert(numbers.end(), {here ? real(2) : real(0), real(i % 2), here ? real(0) : 1});
    }
  }
  return Tensor({images, 4, 3}, Device::cpu, numbers);
}

// Even images: "2 3 4", odd ones: "5 6".
CaptionBatch lesson() {
  CaptionBatch batch;
  batch.maps = maps_of(4);
  batch.image = {0, 2, 1, 3};
  batch.words = pack_sentences({{2, 3, 4, 0}, {2, 3, 4, 0}, {5, 6, 0}, {5, 6, 0}});
  return batch;
}

double learn(Captioner& model, int steps, const Captioner::Penalties& penalties = {}) {
  Optimizer optimizer(parameters_of(model), {});
  double loss = 0;
  for (int step = 0; step < steps; ++step) {
    Tape tape(Device::cpu, Tape::Mode::training, uint64_t(step));
    const Var total = model.loss(tape, lesson(), penalties);
    loss = double(total.value.item());
    tape.backward(total);
    optimizer.step(0.02);
    clear_gradients(optimizer.parameters());
  }
  return loss;
}

double sum(const std::vector<real>& numbers) {
  double total = 0;
  for (real number : numbers) total += double(number);
  return total;
}

}  // namespace

TEST_CASE("a captioner learns which caption an image has, and beam search tells it") {
  Captioner model = small_captioner();
  const double before = model.mean_loss(lesson());
  learn(model, 150);
  CHECK(model.mean_loss(lesson()) < 0.1);
  CHECK(model.mean_loss(lesson()) < before / 10);
  const CaptionDecoder decoder(model);
  for (const int64_t beam : {1, 3}) {
    const auto found = search_captions(decoder, maps_of(4), {.beam = beam, .best = beam});
    REQUIRE(found.size() == 4);
    for (size_t image = 0; image < 4; ++image) {
      REQUIRE(!found[image].empty());
      CHECK(found[image][0].words ==
            (image % 2 == 0 ? std::vector<int32_t>{2, 3, 4} : std::vector<int32_t>{5, 6}));
      for (size_t i = 1; i < found[image].size(); ++i) {
        CHECK(found[image][i].score <= found[image][i - 1].score);
      }
    }
  }
}

TEST_CASE("telling word by word gives the probabilities of teacher forcing") {
  const Captioner model = small_captioner();
  const CaptionBatch batch = lesson();
  const Captioner::WordScores scores = model.word_scores(batch);
  const std::vector<real> forced = scores.log_probabilities.to_host();
  const CaptionDecoder decoder(model);
  CaptionDecoder::State state = decoder.start(batch.maps.value);
  decoder.reorder(state, batch.image);
  std::vector<int32_t> previous(4, -1);
  for (int64_t t = 0; t < batch.words.time; ++t) {
    const std::vector<real> log_p = decoder.step(state, previous).to_host();
    for (size_t n = 0; n < scores.places.size(); ++n) {
      if (scores.places[n] / 4 != t) continue;
      const auto row = size_t(scores.places[n] % 4);
      for (size_t word = 0; word < 7; ++word) {
        CHECK(double(log_p[row * 7 + word]) ==
              doctest::Approx(double(forced[n * 7 + word])).epsilon(1e-4));
      }
    }
    for (size_t row = 0; row < 4; ++row) {
      previous[row] = std::max(0, batch.words.ids[size_t(t) * 4 + row]);
    }
  }
}

TEST_CASE("a wide beam finds the likeliest caption, and never the unknown word") {
  CaptionerConfig config = small_config();
  config.vocabulary = 4;
  Captioner model = small_captioner(config);
  model.output.bias.value.copy_from(Tensor({4}, Device::cpu, std::vector<real>{-1, 5, 0, 0}));
  const CaptionDecoder decoder(model);
  const Tensor maps = maps_of(1);
  const auto log_p_of = [&](const std::vector<int32_t>& words) {
    CaptionDecoder::State state = decoder.start(maps);
    double total = 0;
    for (size_t i = 0; i < words.size(); ++i) {
      total +=
          double(decoder.step(state, {i == 0 ? -1 : words[i - 1]}).to_host()[size_t(words[i])]);
    }
    return total;
  };
  // All captions of up to two words, cut off there.
  double best = -1e9;
  std::vector<int32_t> likeliest;
  for (const std::vector<int32_t>& words :
       std::vector<std::vector<int32_t>>{{0}, {2, 0}, {3, 0}, {2, 2}, {2, 3}, {3, 2}, {3, 3}}) {
    const double log_p = log_p_of(words);
    if (log_p <= best) continue;
    best = log_p;
    likeliest = words;
  }
  std::erase(likeliest, 0);
  const auto found =
      search_captions(decoder, maps, {.beam = 9, .most_words = 2, .length_power = 0, .best = 9});
  CHECK(found[0][0].words == likeliest);
  CHECK(found[0][0].log_probability == doctest::Approx(best).epsilon(1e-4));
  for (const FoundCaption& caption : found[0]) {
    for (int32_t word : caption.words) CHECK(word > 1);
  }
}

TEST_CASE("looks are one distribution over the places for each word, and follow the image") {
  Captioner model = small_captioner();
  learn(model, 150);
  const CaptionDecoder decoder(model);
  const CaptionLooks looks = caption_looks(decoder, maps_of(1), {2, 3, 4});
  REQUIRE(looks.weights.size() == 4);
  REQUIRE(looks.gates.size() == 4);
  for (size_t word = 0; word < 4; ++word) {
    CHECK(sum(looks.weights[word]) == doctest::Approx(1).epsilon(1e-5));
    CHECK(looks.gates[word] > 0);
    CHECK(looks.gates[word] < 1);
  }
}

TEST_CASE("the regulariser spreads attention over the places") {
  const auto unevenness = [](real coverage) {
    Captioner model = small_captioner();
    learn(model, 200, {.coverage = coverage});
    const CaptionDecoder decoder(model);
    std::vector<real> seen(4, real(0));
    for (const auto& weights : caption_looks(decoder, maps_of(1), {2, 3, 4}).weights) {
      for (size_t place = 0; place < 4; ++place) seen[place] += weights[place];
    }
    double squares = 0;
    for (real total : seen) squares += double((1 - total) * (1 - total));
    return squares;
  };
  CHECK(unevenness(10) < 0.05);
  CHECK(unevenness(10) < unevenness(0));
}

TEST_CASE("hard attention learns too, and keeps the mean loss of a caption as its baseline") {
  CaptionerConfig config = small_config();
  config.hard = true;
  Captioner model = small_captioner(config);
  const double before = model.mean_loss(lesson());
  learn(model, 200, {.coverage = 0, .soft_share = real(0.5)});
  CHECK(model.mean_loss(lesson()) < before / 4);
  const double baseline = double(model.baseline.value.item());
  CHECK(baseline > 0);
  CHECK(baseline < 3.5 * before);
}

TEST_CASE("drawn captions are drawn by their probability") {
  Captioner model = small_captioner();
  learn(model, 150);
  Rng rng(3);
  const CaptionDecoder decoder(model);
  const auto drawn = draw_captions(decoder, maps_of(2), 50, 20, rng);
  REQUIRE(drawn.size() == 100);
  int told = 0;
  for (size_t i = 0; i < drawn.size(); ++i) {
    const std::vector<int32_t> learned =
        i < 50 ? std::vector<int32_t>{2, 3, 4, 0} : std::vector<int32_t>{5, 6, 0};
    told += int(drawn[i] == learned);
  }
  CHECK(told > 80);
  CHECK(draw_captions(decoder, maps_of(2), 50, 20, rng) != drawn);
}

TEST_CASE("weights of captions weigh them in the loss") {
  const Captioner model = small_captioner();
  const auto loss_of = [&](const std::vector<real>& weights) {
    CaptionBatch batch = lesson();
    batch.weights = weights;
    Tape tape(Device::cpu);
    return double(model.loss(tape, batch, {.coverage = 0}).value.item());
  };
  const double even = loss_of({1, 0, 1, 0}), odd = loss_of({0, 1, 0, 1});
  CHECK(even + odd == doctest::Approx(loss_of({})).epsilon(1e-5));
  CHECK(loss_of({-1, 0, -1, 0}) == doctest::Approx(-even).epsilon(1e-5));
}

TEST_CASE("a captioner comes back from its file") {
  const TemporaryFolder folder;
  const fs::path path = folder / "captioner.h5";
  Captioner model = small_captioner();
  {
    ModelFileWriter file(path);
    write_model(file, model);
    file.finish();
  }
  const Captioner read = read_captioner(ModelFileReader(path), Device::cpu);
  CHECK(read.config.layer == "maps");
  CHECK(read.config.places == 4);
  CHECK(read.mean_loss(lesson()) == model.mean_loss(lesson()));
}
