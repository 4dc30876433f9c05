#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/model_files.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/npy_header.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/tiny_data.h"
#include "train/cli.h"
#include "train/self_critical.h"

namespace p2s::test {
namespace {

using Arguments = std::vector<std::string>;

// A captioner of a few numbers, trained on one thread.
void train_small(const fs::path& out, const Arguments& more) {
  Arguments arguments = {"captioner", "--out",       out.string(),  "--hidden",  "12",
                         "--word",    "8",           "--attention", "6",         "--annotation",
                         "10",        "--min-count", "1",           "--dropout", "0",
                         "--threads", "1",           "--batch",     "6",         "--lr",
                         "0.02"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::ostringstream printed;
  run_p2s_train(arguments, printed);
}

// One-coloured photographs, a convnet with random weights, and a cache of their own.
struct Folder {
  Folder() {
    use_cache(path / "cache");
    write_tiny_photos(photos, 20);
    write_tiny_convnet(convnet);
  }
  void train(const std::string& run, const Arguments& more) const {
    Arguments arguments = {"--coco", photos.string(), "--convnet", convnet.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    train_small(path / run, arguments);
  }
  std::vector<double> validations(const std::string& run, const std::string& figure) const {
    std::vector<double> values;
    std::ifstream in(path / run / "metrics.jsonl");
    for (std::string line; std::getline(in, line);) {
      const nlohmann::json record = nlohmann::json::parse(line);
      if (record.contains("validation")) values.push_back(record["validation"][figure]);
    }
    return values;
  }
  TemporaryFolder path;
  fs::path photos = path / "photos", convnet = path / "convnet.h5";
};

const Folder& folder() {
  static const Folder made;
  return made;
}

Captioner model_of(const std::string& run) {
  return read_captioner(ModelFileReader(folder().path / run / "model.h5"), Device::cpu);
}

}  // namespace

TEST_CASE("captioner: one-coloured photographs get their colour's caption") {
  folder().train("plain", {"--epochs", "60", "--validate-steps", "25", "--choose", "bleu4"});
  const auto losses = folder().validations("plain", "loss");
  CHECK(losses.back() < losses.front());
  const auto bleu = folder().validations("plain", "bleu_1");
  CHECK(*std::max_element(bleu.begin(), bleu.end()) > 0.85);
  CHECK(model_of("plain").config.places == 49);
  CHECK(model_of("plain").config.layer == "head");
}

TEST_CASE("captioner: a run that was stopped ends as one that was not") {
  folder().train("whole", {"--steps", "8", "--validate-steps", "4", "--hard"});
  folder().train("halves", {"--steps", "5", "--validate-steps", "4", "--hard"});
  folder().train("halves", {"--steps", "8", "--validate-steps", "4", "--hard", "--resume"});
  Captioner whole = model_of("whole"), halves = model_of("halves");
  const auto a = parameters_of(whole), b = parameters_of(halves);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].name);
    CHECK(a[i].var.value.to_host() == b[i].var.value.to_host());
  }
}

TEST_CASE("captioner: goes on from a model with self-critical training, scheduled sampling") {
  folder().train("start", {"--steps", "10"});
  const std::string start = (folder().path / "start" / "model.h5").string();
  folder().train("critical", {"--from", start, "--self-critical", "--steps", "5"});
  CHECK(model_of("critical").words.value.to_host() != model_of("start").words.value.to_host());
  folder().train("sampled", {"--from", start, "--scheduled-sampling", "0.5", "--steps", "5"});
  CHECK(model_of("sampled").config.hidden == 12);
}

TEST_CASE("captioner: --finetune trains the convnet's end too; the model holds it") {
  folder().train("before", {"--steps", "20"});
  folder().train("tuned", {"--from", (folder().path / "before" / "model.h5").string(), "--finetune",
                           "block15", "--finetune-rate", "0.001", "--frozen-batch-norm",
                           "--augment", "--views", "2", "--epochs", "12"});
  const ModelFileReader file(folder().path / "tuned" / "model.h5"), plain(folder().convnet);
  const auto weights = [](const ModelFileReader& from, const char* layer) {
    ConvNet convnet = read_convnet(from, Device::cpu);
    for (const NamedParameter& p : parameters_of(convnet)) {
      if (p.name == layer) return p.var.value.to_host();
    }
    return std::vector<real>();
  };
  REQUIRE(has_own_convnet(file));
  CHECK(weights(file, "block14.conv0.weight") == weights(plain, "block14.conv0.weight"));
  CHECK(weights(file, "block15.conv0.weight") != weights(plain, "block15.conv0.weight"));
  const auto losses = folder().validations("tuned", "loss");
  CHECK(losses.back() < losses.front());
  CHECK(!has_own_convnet(ModelFileReader(folder().path / "before" / "model.h5")));
}

TEST_CASE("captioner: trains from maps and vectors of a file") {
  const TemporaryFolder files;
  const auto write = [&](const std::string& name, std::vector<int64_t> shape, int64_t each) {
    std::string captions, bytes = npy_header(shape);
    for (int64_t i = 0; i < 20; ++i) {
      for (int64_t k = 0; k < each; ++k) {
        const float number = k % 2 == i % 2 ? 1.0f : 0.1f * float(i % 3);
        bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
      }
      captions += i % 2 == 0 ? "a red wall\nall is red\n" : "a blue sea\nall is blue\n";
    }
    write_atomically(files / (name + "_ims.npy"), bytes);
    write_atomically(files / (name + "_caps.txt"), captions);
    train_small(files / name,
                {"--features", (files / (name + "_ims.npy")).string(), "--steps", "6"});
    return read_captioner(ModelFileReader(files / name / "model.h5"), Device::cpu).config;
  };
  CHECK(write("maps", {20, 2, 3, 4}, 24).places == 6);
  const CaptionerConfig vectors = write("vectors", {20, 4}, 4);
  CHECK(vectors.places == 1);
  CHECK(vectors.features == 4);
}

TEST_CASE("captioner: mistakes are told") {
  const auto message = [&](const Arguments& more) {
    return thrown_message(ErrorCode::usage, [&] { folder().train("mistake", more); });
  };
  CHECK(message({"--layer", "nose"}).find("nose") != std::string::npos);
  CHECK(message({"--self-critical", "--hard"}).find("--hard") != std::string::npos);
  CHECK(message({"--layer", "block14", "--finetune", "block15"}).find("block14") !=
        std::string::npos);
  CHECK(message({"--augment"}).find("--finetune") != std::string::npos);
  CHECK(message({"--choose", "luck"}).find("luck") != std::string::npos);
}

TEST_CASE("rewards of drawn captions are what they are better than the others") {
  CaptionedMaps data;
  data.tokens = {{{"a", "red", "wall"}, {"red", "wall"}}, {{"a", "blue", "sea"}}};
  const std::vector<std::string> words = {"<eos>", "<unk>", "a", "red", "wall", "blue", "sea"};
  const Vocabulary vocabulary(words, words, std::vector<int64_t>(words.size(), 1));
  const CaptionRewards rewards(data);
  const auto a = rewards.advantages({0}, {{2, 3, 4, 0}, {2, 5, 6, 0}, {2, 3, 4}}, 3, vocabulary);
  REQUIRE(a.size() == 3);
  CHECK(a[0] > 0);
  CHECK(a[1] < 0);
  CHECK(a[0] > a[2]);  // it ends
  CHECK(double(a[0] + a[1] + a[2]) == doctest::Approx(0).epsilon(1e-4));
}

}  // namespace p2s::test
