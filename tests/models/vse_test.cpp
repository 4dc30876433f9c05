#include "models/vse.h"

#include <doctest/doctest.h>

#include "models/model_files.h"
#include "nn/base/error.h"
#include "nn/init.h"
#include "nn/optim.h"
#include "tests/temporary_folder.h"

using namespace p2s;

namespace {

struct Kind {
  VseConfig::Measure measure;
  VseConfig::TextEncoder text_encoder;
};
constexpr Kind kKinds[] = {{VseConfig::Measure::cosine, VseConfig::TextEncoder::gru},
                           {VseConfig::Measure::cosine, VseConfig::TextEncoder::bow},
                           {VseConfig::Measure::order, VseConfig::TextEncoder::gru},
                           {VseConfig::Measure::order, VseConfig::TextEncoder::bow}};

Vse small(const Kind& kind, Rng& rng) {
  return Vse({.vocabulary = 9,
              .word = 8,
              .embedding = 16,
              .features = 10,
              .measure = kind.measure,
              .text_encoder = kind.text_encoder},
             Device::cpu, rng);
}

}  // namespace

TEST_CASE("the embedding has unit rows, and training brings photographs to their captions") {
  for (const Kind& kind : kKinds) {
    CAPTURE(name(kind.measure) + " " + name(kind.text_encoder));
    Rng rng(6);
    Vse model = small(kind, rng);
    const Var features(normal({4, 10}, Device::cpu, rng, real(1)).value);
    const SentenceBatch captions = pack_sentences({{2, 3}, {4, 5, 6}, {7}, {8, 2}});
    Optimizer optimizer(parameters_of(model), {});
    for (int step = 0; step < 60; ++step) {
      Tape tape(Device::cpu, Tape::Mode::training, uint64_t(step));
      const Var loss = model.loss(tape, features, captions, {.hardest = step > 30});
      tape.backward(loss);
      optimizer.step(0.01);
      clear_gradients(optimizer.parameters());
    }
    Tape tape(Device::cpu);
    const Var images = model.embed_images(tape, features);
    const Var sentences = model.embed_sentences(tape, captions);
    const std::vector<real> scores = model.scores(tape, images, sentences).value.to_host();
    const std::vector<real> squares = matmul(tape, images, images, Transpose::b).value.to_host();
    for (size_t i = 0; i < 4; ++i) {
      CHECK(squares[i * 5] == doctest::Approx(1).epsilon(1e-4));
      for (size_t j = 0; j < 4; ++j) {
        if (i != j) CHECK(scores[i * 5] > scores[i * 4 + j] + 0.2);
      }
    }
    CHECK_THROWS_AS(model.loss(tape, features, pack_sentences({{2}}), {}), Error);
  }
}

TEST_CASE("order embeddings are non-negative; a caption below its image costs nothing") {
  Rng rng(6);
  const Vse model = small({VseConfig::Measure::order, VseConfig::TextEncoder::gru}, rng);
  Tape tape(Device::cpu);
  for (const Var& x : {model.embed_images(tape, normal({4, 10}, Device::cpu, rng, real(1))),
                       model.embed_sentences(tape, pack_sentences({{2, 3}, {4}}))}) {
    for (real value : x.value.to_host()) CHECK(value >= 0);
  }
  const Var image(Tensor({1, 2}, Device::cpu, std::vector<real>{real(0.5), real(0.5)})),
      caption(Tensor({1, 2}, Device::cpu, std::vector<real>{0, real(0.5)}));
  CHECK(model.scores(tape, image, caption).value.item() == 0);
  CHECK(model.scores(tape, caption, image).value.item() == doctest::Approx(-0.5));
}

TEST_CASE("a bag of words does not know their order, and adds") {
  Rng rng(6);
  const Vse model = small({VseConfig::Measure::cosine, VseConfig::TextEncoder::bow}, rng);
  Tape tape(Device::cpu);
  const std::vector<real> rows =
      model.embed_sentences(tape, pack_sentences({{2, 3, 4}, {4, 2, 3}, {2}, {3}})).value.to_host();
  for (size_t c = 0; c < 16; ++c) CHECK(rows[c] == doctest::Approx(rows[16 + c]).epsilon(1e-5));
  const Var words =
      embedding(tape, model.sentence.words, Ids({2}, Device::cpu, std::vector<int32_t>{2, 3}));
  const std::vector<real> both =
      l2_normalize(tape, linear(tape, words, model.bag_weight, {})).value.to_host();
  for (size_t c = 0; c < 32; ++c) CHECK(rows[32 + c] == doctest::Approx(both[c]).epsilon(1e-5));
}

TEST_CASE("a file keeps measure and text encoder; one of before them is of cosine and GRU") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.h5";
  for (const Kind& kind : kKinds) {
    Rng rng(6);
    Vse model = small(kind, rng);
    ModelFileWriter file(path);
    write_model(file, model);
    file.finish();
    Vse read = read_vse(ModelFileReader(path), Device::cpu);
    CHECK(read.config.measure == kind.measure);
    CHECK(read.config.text_encoder == kind.text_encoder);
    CHECK(parameters_of(read).size() == parameters_of(model).size());
    CHECK(read.sentence.words.value.to_host() == model.sentence.words.value.to_host());
  }
  Rng rng(6);
  Vse model = small(kKinds[0], rng);
  ModelFileWriter file(path);
  const VseConfig& c = model.config;
  for (const auto& [name, value] : {std::pair{"vocabulary", double(c.vocabulary)},
                                    {"word", double(c.word)},
                                    {"embedding", double(c.embedding)},
                                    {"features", double(c.features)},
                                    {"margin", double(c.margin)},
                                    {"dropout", double(c.dropout)}}) {
    file.attribute(std::string("vse.") + name, value);
  }
  write_parameters(file, "vse", parameters_of(model));
  file.finish();
  const Vse read = read_vse(ModelFileReader(path), Device::cpu);
  CHECK(read.config.measure == VseConfig::Measure::cosine);
  CHECK(read.sentence.gru.bias.value.shape() == model.sentence.gru.bias.shape());
}
