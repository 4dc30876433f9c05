#include "models/pack.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"

using namespace p2s;

namespace {

// The largest difference, in shares of the largest number.
double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const std::vector<real> x = a.to_host(), y = b.to_host();
  double largest = 0, apart = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    largest = std::max(largest, std::abs(double(x[i])));
    apart = std::max(apart, std::abs(double(x[i]) - double(y[i])));
  }
  return apart / largest;
}

std::string message(const std::filesystem::path& path) {
  try {
    read_pack(path, Device::cpu);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("pack: captions score alike, as vectors and packed for telling") {
  const test::TemporaryFolder folder;
  Pack pack = tiny_pack(OutputConfig::Kind::full);
  write_pack(folder / "tiny.h5", pack);
  Rng rng(7);
  const Tensor query = normal({1, 8}, Device::cpu, rng, 1).value;
  const std::vector<real> expected = pack.caption_scores(query);
  REQUIRE(expected.size() == pack.captions.size());
  for (const Precision telling : {Precision::fp32, Precision::bf16, Precision::int8}) {
    const Pack read = read_pack(folder / "tiny.h5", Device::cpu, telling);
    CHECK(read.caption_vectors.defined() == (telling == Precision::fp32));
    const std::vector<real> scores = read.caption_scores(query);
    REQUIRE(scores.size() == expected.size());
    for (size_t i = 0; i < scores.size(); ++i) {
      CHECK(scores[i] == doctest::Approx(expected[i]).epsilon(0.01).scale(1));
    }
    CHECK_THROWS_AS(read.caption_scores(Tensor({1, 7}, Device::cpu, real(0))), Error);
  }
}

TEST_CASE("pack: what is read is what was written, but for rounding") {
  const test::TemporaryFolder folder;
  for (const auto kind : {OutputConfig::Kind::full, OutputConfig::Kind::adaptive}) {
    const auto path = folder / "tiny.h5";
    Pack pack = tiny_pack(kind);
    const bool own_words = kind == OutputConfig::Kind::adaptive;
    Rng rng(6);
    if (own_words) pack.content_words = normal({30, 6}, Device::cpu, rng, 1).value;
    write_pack(path, pack);
    Pack read = read_pack(path, Device::cpu);
    CHECK(read.words.words == pack.words.words);
    CHECK(read.words.spellings == pack.words.spellings);
    CHECK(read.words.counts == pack.words.counts);
    CHECK(read.captions == pack.captions);
    CHECK(read.genres == pack.genres);
    CHECK(read.card == pack.card);
    REQUIRE(read.content_words.defined() == own_words);
    if (own_words) CHECK(difference(read.content_words, pack.content_words) < 0.01);
    CHECK(difference(read.caption_vectors, pack.caption_vectors) < 0.01);
    CHECK(read.caption_words.words == pack.caption_words.words);
    CHECK(read.vse.config.embedding == 8);
    CHECK(read.genre_styles[1].name == "thriller");
    CHECK(difference(read.genre_styles[1].thought_mean, pack.genre_styles[1].thought_mean) == 0);
    const auto same = [](auto& a, auto& b) {
      const auto x = parameters_of(a), y = parameters_of(b);
      REQUIRE(x.size() == y.size());
      for (size_t i = 0; i < x.size(); ++i) {
        CHECK(x[i].name == y[i].name);
        if (x[i].name.ends_with("bias")) continue;  // zeros
        CHECK_MESSAGE(difference(x[i].var.value, y[i].var.value) < 0.01, x[i].name);
      }
    };
    REQUIRE(read.encoder.parts.size() == 1);
    same(pack.encoder.parts[0], read.encoder.parts[0]);
    same(pack.decoder, read.decoder);
    same(pack.convnet, read.convnet);
    same(pack.vse, read.vse);
  }
}

TEST_CASE("pack: the image side of an embedding is enough to retrieve captions") {
  const test::TemporaryFolder folder;
  Pack pack = tiny_pack();
  pack.vse.sentence = {};
  pack.caption_words = {};
  write_pack(folder / "tiny.h5", pack);
  const Pack read = read_pack(folder / "tiny.h5", Device::cpu);
  CHECK(!read.vse.reads_text());
  CHECK(difference(read.vse.image_weight.value, pack.vse.image_weight.value) < 0.001);
  pack.caption_words = tiny_words();
  CHECK_THROWS_AS(write_pack(folder / "tiny.h5", pack), Error);
}

TEST_CASE("pack: read for telling it leaves out what stories do not need") {
  const test::TemporaryFolder folder;
  Pack pack = tiny_pack();
  REQUIRE(pack.vse.reads_text());
  write_pack(folder / "tiny.h5", pack);
  const Pack read = read_pack(folder / "tiny.h5", Device::cpu, Precision::int8);
  CHECK(!read.vse.reads_text());
  CHECK(!read.decoder.gru.recurrent.value.defined());
}

TEST_CASE("pack: a decoder read from it tells what the written one tells") {
  const test::TemporaryFolder folder;
  Pack pack = tiny_pack(OutputConfig::Kind::adaptive);
  write_pack(folder / "tiny.h5", pack);
  const Pack read = read_pack(folder / "tiny.h5", Device::cpu);
  Rng rng(2);
  const PassageCondition condition{normal({2, 12}, Device::cpu, rng, 1).value,
                                   normal({2, 6}, Device::cpu, rng, 1).value,
                                   {0, 1}};
  PassageDecoder::State a = pack.decoder.start(condition), b = read.decoder.start(condition);
  for (const std::vector<int32_t>& previous :
       {std::vector<int32_t>{-1, -1}, std::vector<int32_t>{4, 7}}) {
    CHECK(difference(pack.decoder.step(a, previous), read.decoder.step(b, previous)) < 0.02);
  }
}

TEST_CASE("pack: a captioner read from it is the written one, but for rounding") {
  const test::TemporaryFolder folder;
  Pack pack = tiny_pack();
  add_tiny_captioner(pack);
  write_pack(folder / "tiny.h5", pack);
  Pack read = read_pack(folder / "tiny.h5", Device::cpu);
  REQUIRE(read.captioner.has_value());
  CHECK(read.captioner->words.words == pack.captioner->words.words);
  CHECK(read.captioner->model.config.layer == "head");
  const auto a = parameters_of(pack.captioner->model), b = parameters_of(read.captioner->model);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].name.ends_with("bias")) continue;  // zeros
    CHECK_MESSAGE(difference(a[i].var.value, b[i].var.value) < 0.01, a[i].name);
  }
}

TEST_CASE("pack: card and genres alone") {
  const test::TemporaryFolder folder;
  Pack pack = tiny_pack();
  write_pack(folder / "tiny.h5", pack);
  CHECK(read_pack_card(folder / "tiny.h5") == pack.card);
  CHECK(read_pack_genres(folder / "tiny.h5") == pack.genres);
}

TEST_CASE("pack: parts that do not fit are refused, and nothing is written") {
  const test::TemporaryFolder folder;
  const auto path = folder / "bad.h5";
  const auto refused = [&](const std::function<void(Pack&)>& spoil) {
    Pack pack = tiny_pack();
    spoil(pack);
    CHECK_THROWS_AS(write_pack(path, pack), Error);
    CHECK(std::filesystem::is_empty(folder.path()));
  };
  refused([](Pack& p) { p.genres.pop_back(); });
  refused([](Pack& p) { p.captions.pop_back(); });
  refused([](Pack& p) { p.genre_styles[1].encoder = "another"; });
  refused([](Pack& p) { p.caption_style.encoder = "another"; });
  refused([](Pack& p) {
    p.words.words.pop_back(), p.words.spellings.pop_back(), p.words.counts.pop_back();
  });
}

TEST_CASE("pack: a file that is damaged or none is refused in one line that names it") {
  const test::TemporaryFolder folder;
  const auto path = folder / "tiny.h5", bad = folder / "bad.h5";
  Pack pack = tiny_pack();
  write_pack(path, pack);
  const std::string bytes = read_file(path);
  const auto refused = [&](const std::string& content) {
    write_atomically(bad, content);
    const std::string said = message(bad);
    INFO(said);
    CHECK(said.find(bad.string()) != std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
  };
  refused("");
  refused("not HDF5 at all");
  refused(bytes.substr(0, bytes.size() / 2));
  refused(bytes.substr(0, bytes.size() - 1));
  std::string flipped = bytes;
  flipped[flipped.size() / 3] ^= 1;
  refused(flipped);
  CHECK(message(folder.path()).find("folder") != std::string::npos);
  CHECK(message(folder / "none.h5").find("none.h5") != std::string::npos);
  ModelFileWriter other(bad);
  other.attribute("kind", "skip_thought");
  other.finish();
  CHECK(message(bad).find("no pack") != std::string::npos);
}
