#include "train/vse_trainer.h"

#include <doctest/doctest.h>

#include <cstring>
#include <sstream>

#include "features/joint_space.h"
#include "features/sentence_vectors.h"
#include "metrics/recall.h"
#include "models/model_files.h"
#include "nn/base/npy_header.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/tiny_data.h"
#include "train/cli.h"
#include "train/vse_batches.h"

using namespace p2s;
using namespace p2s::test;

namespace {

using Arguments = std::vector<std::string>;

struct Photos {
  TemporaryFolder folder;
  fs::path photos = folder / "photos", convnet = folder / "convnet.h5";
  Photos() {
    use_cache(folder / "cache");
    write_tiny_photos(photos, 20);
    write_tiny_convnet(convnet);
  }
  // The model.h5 of a small run on the photographs.
  fs::path train(const char* run, Arguments more) const {
    Arguments arguments = {"vse",
                           "--coco",
                           photos.string(),
                           "--convnet",
                           convnet.string(),
                           "--out",
                           (folder / run).string(),
                           "--batch",
                           "6",
                           "--threads",
                           "1",
                           "--lr",
                           "0.01"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::ostringstream out;
    run_p2s_train(arguments, out);
    return folder / run / "model.h5";
  }
  std::string refusal(const Arguments& more) const {
    fs::remove_all(folder / "refused");
    return thrown_message(ErrorCode::usage, [&] { train("refused", more); });
  }
};

const Photos& photos() {
  static const Photos all;
  return all;
}

const Arguments kSmall = {"--word", "6", "--embedding", "8"};

Arguments with(Arguments first, const Arguments& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

std::vector<real> numbers(const fs::path& file, const std::string& name) {
  return ModelFileReader(file).tensor(name, Device::ref).to_host();
}

}  // namespace

TEST_CASE("contrasts: the margin grows, and the hardest alone count later") {
  ContrastSchedule schedule{
      .margin = 0.2, .margin_start = 0.1, .margin_epochs = 4, .hardest_after = 2};
  CHECK(schedule.at(0).margin == doctest::Approx(0.1));
  CHECK(schedule.at(2).margin == doctest::Approx(0.15));
  CHECK(schedule.at(9).margin == doctest::Approx(0.2));
  CHECK(!schedule.at(1.9).hardest);
  CHECK(schedule.at(2).hardest);
  CHECK(ContrastSchedule{}.at(0).margin == doctest::Approx(0.2));
  CHECK(!ContrastSchedule{}.at(100).hardest);
}

TEST_CASE("batches: several captions a photograph, grouped so that each group is of all") {
  CaptionedFeatures data;
  data.features = Tensor({3, 1}, Device::ref, real(0));
  data.image = {0, 0, 0, 1, 1, 2};
  data.words.resize(6, {2, 0});
  VseBatches batches(data, 3, 2, 1);
  CHECK(batches.per_epoch() == 1);
  for (int64_t step = 0; step < 5; ++step) {
    const VseBatch batch = batches.at(step);
    REQUIRE(batch.images.size() == 3);
    REQUIRE(batch.captions.size() == 6);
    for (size_t c = 0; c < 6; ++c) {
      CHECK(data.image[size_t(batch.captions[c])] == batch.images[c % 3]);
    }
    // Two of the first photograph's are never the same one; the last has one only.
    for (size_t i = 0; i < 3; ++i) {
      CHECK((batch.captions[i] == batch.captions[i + 3]) == (batch.images[i] == 2));
    }
  }
  VseBatches alone(data, 3, 0, 1);
  CHECK(alone.per_epoch() == 2);
  CHECK(alone.at(0).images == data.images_of(alone.at(0).captions));
}

TEST_CASE("vse: order embeddings and bags of words train from the command line") {
  const fs::path model = photos().train(
      "order",
      with(kSmall, {"--measure", "order", "--text-encoder", "bow", "--margin", "0.05",
                    "--margin-epochs", "2", "--captions-per-photo", "2", "--epochs", "4"}));
  const Vse vse = read_vse(ModelFileReader(model), Device::ref);
  CHECK(vse.config.measure == VseConfig::Measure::order);
  CHECK(vse.config.text_encoder == VseConfig::TextEncoder::bow);
}

TEST_CASE("vse: --finetune trains the layers from that one on; the model holds the convnet") {
  const fs::path model = photos().train(
      "tuned",
      with(kSmall, {"--finetune", "block15", "--finetune-rate", "0.001", "--frozen-batch-norm",
                    "--augment", "--views", "2", "--captions-per-photo", "2", "--epochs", "3"}));
  CHECK(numbers(model, "convnet/block14.conv0.weight") ==
        numbers(photos().convnet, "convnet/block14.conv0.weight"));
  CHECK(numbers(model, "convnet/block15.conv0.weight") !=
        numbers(photos().convnet, "convnet/block15.conv0.weight"));
  // Its figures are those of the embedding with this convnet. Every tenth photograph was held out.
  const ModelFileReader file(model);
  REQUIRE(has_own_convnet(file));
  ConvNet convnet = read_convnet(file, Device::cpu);
  const JointSpace space = read_joint_space(file, Device::cpu);
  CaptionedFeatures held =
      hold_out(captioned_features({photos().photos / "captions_train.json"}, convnet), 10)
          .validation;
  held.encode(space.vocabulary);
  Tape tape(Device::cpu);
  const Var scores = space.vse.scores(tape, space.vse.embed_images(tape, held.features),
                                      sentence_vectors(space.vse, held.words));
  CHECK(recall_both_ways(scores.value.to_host(), held.image).sum() ==
        doctest::Approx(file.number_attribute("validation.sum")));
}

TEST_CASE("vse: --from starts with another run's words, weights and convnet") {
  const fs::path first = photos().train("first", with(kSmall, {"--steps", "2"}));
  const fs::path second =
      photos().train("second", {"--from", first.string(), "--lr", "0", "--steps", "1"});
  CHECK(numbers(second, "vse/sentence.words") == numbers(first, "vse/sentence.words"));
  CHECK(!has_own_convnet(ModelFileReader(second)));
  CHECK(
      contains(photos().refusal({"--from", first.string(), "--word-vectors", "x.h5"}), "give one"));
}

TEST_CASE("vse: a fine-tuning that was stopped goes on to the same bits") {
  const Arguments tune = with(kSmall, {"--finetune", "head", "--augment", "--views", "0",
                                       "--frozen-batch-norm", "--validate-steps", "2"});
  const fs::path whole = photos().train("whole", with(tune, {"--steps", "4"}));
  photos().train("parts", with(tune, {"--steps", "2"}));
  const fs::path parts = photos().train("parts", {"--steps", "4", "--resume"});
  const fs::path last = whole.parent_path() / "last.h5", resumed = parts.parent_path() / "last.h5";
  for (const char* name :
       {"state/parameters.convnet.head.weight", "state/parameters.image_weight"}) {
    CHECK(numbers(last, name) == numbers(resumed, name));
  }
}

TEST_CASE("vse: flags that contradict each other are refused") {
  CHECK(contains(photos().refusal({"--augment"}), "give --finetune LAYER"));
  CHECK(contains(photos().refusal({"--finetune", "block99", "--frozen-batch-norm"}),
                 "has no layer \"block99\""));
  CHECK(contains(photos().refusal({"--features", "a_ims.npy"}), "one too many"));
}

TEST_CASE("vse: maps of a file are refused") {
  const TemporaryFolder folder;
  std::string bytes = npy_header({10, 2, 3});
  for (int i = 0; i < 60; ++i) {
    const float number = float(i);
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  write_atomically(folder / "m_ims.npy", bytes);
  write_atomically(folder / "m_caps.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
  const std::string message = thrown_message(ErrorCode::usage, [&] {
    std::ostringstream out;
    run_p2s_train(
        {"vse", "--features", (folder / "m_ims.npy").string(), "--out", (folder / "run").string()},
        out);
  });
  CHECK(contains(message, "m_ims.npy: holds maps [2,3]"));
}

TEST_CASE("vse: trains from features that others computed, without photographs") {
  const TemporaryFolder folder;
  // Two kinds of photographs, which their captions tell apart.
  std::string captions, bytes = npy_header({20, 3});
  for (int i = 0; i < 20; ++i) {
    const float row[] = {i % 2 == 0 ? 1.0f : 0.1f, i % 2 == 0 ? 0.1f : 1.0f, float(i) / 50};
    bytes.append(reinterpret_cast<const char*>(row), sizeof row);
    captions += i % 2 == 0 ? "a red wall\nall is red\n" : "a blue sea\nall is blue\n";
  }
  write_atomically(folder / "x_train_ims.npy", bytes);
  write_atomically(folder / "x_train_caps.txt", captions);
  std::ostringstream out;
  run_p2s_train({"vse", "--features", (folder / "x_train_ims.npy").string(), "--out",
                 (folder / "run").string(), "--batch", "6", "--threads", "1", "--lr", "0.02",
                 "--epochs", "8", "--word", "6", "--embedding", "8"},
                out);
  const ModelFileReader file(folder / "run" / "model.h5");
  CHECK(read_vse(file, Device::ref).config.features == 3);
  CHECK(!has_own_convnet(file));
}
