#include <doctest/doctest.h>

#include <sstream>

#include "models/model_files.h"
#include "models/word_table.h"
#include "nn/base/files.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "train/cli.h"
#include "train/expand_builder.h"
#include "train/ridge_regression.h"

using namespace p2s;
using namespace p2s::test;

namespace {

constexpr int64_t kInputs = 3, kOutputs = 4;

// The map that is to be found: y_j = x_(j mod 3) * (j + 1) - 0.5.
std::vector<float> mapped(const std::vector<float>& x) {
  std::vector<float> y;
  for (int64_t j = 0; j < kOutputs; ++j) {
    y.push_back(x[size_t(j % kInputs)] * float(j + 1) - 0.5f);
  }
  return y;
}

// A word2vec file in which the encoder's words and some more stand, and the encoder, whose table is
// the map of the file's vectors.
struct Words {
  TemporaryFolder folder;
  fs::path encoder = folder / "encoder.h5", file = folder / "words.txt", out = folder / "more.h5";
  std::vector<float> x_of_zebra, x_of_capital;

  Words() {
    const WordList list = tiny_words();
    Rng rng(11);
    std::string lines;
    int64_t count = 0;
    const auto add = [&](const std::string& word) {
      std::vector<float> x;
      lines += word;
      for (int64_t i = 0; i < kInputs; ++i) {
        x.push_back(float(rng.normal()));
        lines += fmt::format(" {}", x.back());
      }
      lines += "\n";
      ++count;
      return x;
    };
    std::vector<real> table(2 * kOutputs, real(0.25));
    for (size_t id = 2; id < list.words.size(); ++id) {
      const std::vector<float> y = mapped(add(list.words[id]));
      table.insert(table.end(), y.begin(), y.end());
    }
    x_of_zebra = add("zebra");
    add("zebra");
    x_of_capital = add("Zebra");
    add("New_York");
    add("DOG");  // a known word in another spelling
    write_atomically(file, fmt::format("{} {}\n{}", count, kInputs, lines));
    ThoughtEncoder thoughts;
    thoughts.parts.emplace_back(int64_t(list.words.size()), kOutputs, 6, false, Device::cpu, rng);
    thoughts.parts[0].words.value.copy_from(
        Tensor(thoughts.parts[0].words.shape(), Device::cpu, table));
    ModelFileWriter writer(encoder);
    write_thought_encoder(writer, thoughts);
    write_words(writer, list);
    writer.finish();
  }
  std::string expand(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"expand",     "--encoder",   encoder.string(),
                                          "--word2vec", file.string(), "--out",
                                          out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::ostringstream said;
    run_p2s_train(arguments, said);
    return said.str();
  }
};

}  // namespace

TEST_CASE("ridge regression finds an exact map; more ridge shrinks it") {
  RidgeRegression map(kInputs, kOutputs);
  Rng rng(5);
  for (int row = 0; row < 40; ++row) {
    std::vector<float> x;
    for (int64_t i = 0; i < kInputs; ++i) x.push_back(float(rng.normal()) + 2);
    map.add(x, mapped(x), row % 10 == 0);
  }
  map.fit(0);
  CHECK(map.held_out().rows == 4);
  CHECK(map.held_out().explained == doctest::Approx(1));
  CHECK(map.held_out().cosine == doctest::Approx(1));
  const std::vector<float> x = {1, -2, 3};
  const std::vector<float> y = map.predict(x), right = mapped(x);
  for (size_t j = 0; j < y.size(); ++j) CHECK(y[j] == doctest::Approx(right[j]).epsilon(1e-3));
  map.fit(1);
  CHECK(map.held_out().explained < 0.95);
  CHECK_THROWS_AS(map.add({1}, {1}, false), Error);
}

TEST_CASE("expand: new words get their vector through the map, known ones keep theirs") {
  const Words words;
  for (const char* storing : {"float", "half", "int8"}) {
    CAPTURE(storing);
    const std::string said = words.expand({"--storing", storing});
    CHECK(contains(said, "25 words learned from, 3 held out: 100.0 %"));
    CHECK(contains(said, "2 new words"));
    const ModelFileReader file(words.out);
    const WordTable table(more_words_of(file));
    CHECK(table.size() == 2);
    for (const char* none : {"dog", "DOG", "New_York"}) CHECK(table.find(none) < 0);
    std::vector<real> zebra(kOutputs);
    table.read(table.find("zebra"), zebra.data());
    const std::vector<float> right = mapped(words.x_of_zebra);
    for (size_t j = 0; j < right.size(); ++j) {
      CHECK(double(zebra[j]) == doctest::Approx(double(right[j])).epsilon(0.02).scale(1));
    }
    table.read(table.find("Zebra"), zebra.data());
    CHECK(double(zebra[0]) ==
          doctest::Approx(double(mapped(words.x_of_capital)[0])).epsilon(0.02).scale(1));
    CHECK(read_thought_encoder(file, Device::cpu).parts[0].words.value.to_host() ==
          read_thought_encoder(ModelFileReader(words.encoder), Device::cpu)
              .parts[0]
              .words.value.to_host());
  }
}

TEST_CASE("expand: what does not fit is refused, and nothing is written") {
  const Words words;
  const auto refused = [&](const std::string& content, ErrorCode code) {
    write_atomically(words.file, content);
    const std::string said = thrown_message(code, [&] { words.expand(); });
    CHECK(contains(said, words.file.string()));
    CHECK(!fs::exists(words.out));
    CHECK(!fs::exists(words.folder / "more.words"));
    return said;
  };
  CHECK(contains(refused("2 2\nyak 1 2\ngnu 1 2\n", ErrorCode::usage), "only 0 words"));
  CHECK(contains(refused("3 2\nyak 1 2\ngnu 1 2\n", ErrorCode::format), "is it cut?"));
  CHECK(contains(refused("2 2\nyak 1 2\ngnu 1 2 3\n", ErrorCode::format), ":3: more than"));
  std::ostringstream said;
  const auto usage = [&](const std::vector<std::string>& arguments) {
    return thrown_message(ErrorCode::usage, [&] { run_p2s_train(arguments, said); });
  };
  CHECK(contains(usage({"expand"}), "--encoder is missing"));
  CHECK(contains(usage({"expand", "--encoder", "a.h5"}), "--word2vec is missing"));
  CHECK(contains(usage({"expand", "--encoder", "a", "--word2vec", "b", "--out", "c.words"}),
                 "give a name that ends in .h5"));
}
