#include "infer/eval_sentences.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "infer/sentence_curve.h"
#include "nn/base/files.h"
#include "nn/base/rng.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

std::string evaluated(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  eval_sentences_command(arguments, out);
  return out.str();
}

// Sentences of a few words; those with "dog" in them are of one class, or near each other.
struct Data {
  TemporaryFolder folder;
  Data() {
    const std::vector<std::string> words = {"man", "sea", "sun", "boat", "old", "red"};
    std::string yes, no, pairs = "id\ta\tb\tscore\tx\n";
    Rng rng(1);
    for (int i = 0; i < 60; ++i) {
      std::string some;
      for (int k = 0; k < 3; ++k) some += words[rng.below(words.size())] + " ";
      yes += some + "dog\n", no += some + "night\n";
      const bool near = i % 2 == 0;
      pairs += std::to_string(i) + "\t" + some + "dog\t" + some + (near ? "dog" : "night") + "\t" +
               (near ? "4.6" : "1.4") + "\tx\n";
    }
    for (const char* name : {"MR", "SICK"}) fs::create_directories(folder / name);
    write_atomically(folder / "MR/rt-polarity.pos", yes);
    write_atomically(folder / "MR/rt-polarity.neg", no);
    write_atomically(folder / "SICK/SICK_train.txt", pairs);
    write_atomically(folder / "vectors.txt",
                     "dog 1 0 0\nnight -1 0 0\nman 0 1 0\nsea 0 0 1\nsun 0 1 1\n");
    Pack pack = tiny_pack();
    write_pack(folder / "tiny.h5", pack);
  }
};

}  // namespace

TEST_CASE("p2s-eval sentences: an encoder and the mean of word vectors, in one table") {
  const Data data;
  const std::vector<std::string> arguments = {
      "--data",         data.folder.path().string(),
      "--encoder",      (data.folder / "tiny.h5").string(),
      "--word-vectors", (data.folder / "vectors.txt").string()};
  const std::string table = evaluated(arguments);
  for (const char* part : {"mean of vectors", "tiny", "MR accuracy", "SICK Pearson", "SICK cosine",
                           "10-fold", "76.5", "0.858"}) {
    CAPTURE(part);
    CHECK(contains(table, part));
  }
  std::vector<std::string> as_json = arguments;
  as_json.insert(as_json.end(), {"--json", "--set", "MR", "--set", "SICK"});
  const auto result = nlohmann::json::parse(evaluated(as_json));
  const auto& mean = result.at("vectors").at(0);
  CHECK(mean.at("size") == 3);
  CHECK(mean.at("scores").at("MR").at("accuracy") == 1);
  CHECK(mean.at("scores").at("SICK").at("Pearson").get<double>() > 0.99);
  CHECK(mean.at("scores").at("SICK").at("cosine").get<double>() > 0.7);
  CHECK(result.at("vectors").at(1).at("size") == 12);
  CHECK(result.at("vectors").at(1).at("scores").at("MR").at("accuracy").get<double>() > 0.8);
  CHECK(result.at("published").at("bi-skip").at("TREC").at("accuracy") == 0.894);
  CHECK(result.at("sets").at("MR").at("sentences") == 120);
}

TEST_CASE("a curve of training: against the numbers of files, above the mean of word vectors") {
  const auto column = [](const std::string& name, bool encoder, double mr) {
    return SentenceColumn{
        name, 3, encoder, {{"MR", "accuracy", mr}, {"SICK", "Pearson", 0.5}, {"SICK", "MSE", 9}}};
  };
  std::vector<SentenceColumn> columns = {column("mean", false, 0.7), column("1000", true, 0.6),
                                         column("4000", true, 0.75)};
  const LineChart chart = sentence_curve(columns);
  REQUIRE(chart.curves.size() == 2);
  CHECK(chart.curves[0].name == "MR accuracy");
  REQUIRE(chart.curves[0].points.size() == 2);
  CHECK(chart.curves[0].points[0].first == 1000);
  CHECK(chart.curves[0].points[1].first == 4000);
  CHECK(chart.curves[0].points[0].second == doctest::Approx(-10));
  CHECK(chart.curves[0].points[1].second == doctest::Approx(5));
  CHECK(chart.curves[1].points[1].second == 0);
  CHECK(contains(chart.y_label, "above the mean"));
  columns.erase(columns.begin());
  columns[0].name = "first";
  const LineChart plain = sentence_curve(columns);
  CHECK(plain.curves[0].points[1] == std::pair<double, double>(2, 75));
}

TEST_CASE("p2s-eval sentences --curve draws it") {
  const Data data;
  const std::string tiny = (data.folder / "tiny.h5").string();
  const fs::path svg = data.folder / "curve.svg";
  evaluated({"--data", data.folder.path().string(), "--set", "MR", "--encoder", tiny, "--encoder",
             tiny, "--curve", svg.string()});
  CHECK(count_of(read_file(svg), "<polyline") == 1);
}

TEST_CASE("p2s-eval sentences: mistakes are refused") {
  const Data data;
  const std::string folder = data.folder.path().string();
  const auto refused = [&](const std::vector<std::string>& arguments) {
    return thrown_message(ErrorCode::usage, [&] { evaluated(arguments); });
  };
  CHECK(contains(refused({}), "--data"));
  CHECK(contains(refused({"--data", folder, "--set", "XX", "--word-vectors", "x"}), "\"XX\""));
  write_atomically(data.folder / "other.txt", "zebra 1 2 3\nyak 1 1 1\n");
  CHECK(
      contains(refused({"--data", folder, "--word-vectors", (data.folder / "other.txt").string()}),
               "not one word"));
  CHECK(contains(evaluated({"--help"}), "p2s-eval sentences --data"));
}

TEST_CASE("pair features: numbers, lengths and shared words") {
  const auto features = [](const char* a, const char* b) { return pair_features(a, b); };
  CHECK(features("a dog", "A dog") == std::vector<float>{1, 0, 0, 1, 1, 1});
  CHECK(features("in 1995 and 2003", "in 2003") == std::vector<float>{0, 0, 1, 0.5f, 0.5f, 1});
  CHECK(features("in 2003", "2003 , yes")[1] == 1);
  CHECK(features("in 2003", "in 2004")[2] == 0);
  CHECK(features("", "a") == std::vector<float>{1, 0, 0, 0, 0, 0});
}
