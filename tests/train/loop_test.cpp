#include "train/loop.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "nn/base/files.h"
#include "tests/file_size_limit.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/toy_training.h"

namespace p2s::test {
namespace {

std::vector<real> train_toy(
    const RunOptions& options,
    const std::function<bool(int64_t)>& spoil = [](int64_t) { return false; },
    int64_t look_steps = 0) {
  Toy toy;
  toy.look_steps = look_steps;
  toy.spoil = spoil;
  Training training = toy.training();
  train(options, training);
  return toy.weight.value.to_host();
}

// The lines of metrics.jsonl without what depends on the clock.
std::vector<nlohmann::json> metrics(const fs::path& run) {
  std::vector<nlohmann::json> records;
  std::ifstream in(run / "metrics.jsonl");
  for (std::string line; std::getline(in, line);) {
    nlohmann::json record = nlohmann::json::parse(line);
    record.erase("seconds");
    record.erase("rows_per_second");
    records.push_back(record);
  }
  return records;
}

RunOptions resumed(RunOptions options) {
  options.resume = true;
  return options;
}

}  // namespace

TEST_CASE("training lowers the loss and leaves a complete run folder") {
  TemporaryFolder folder;
  const fs::path run = folder / "run";
  train_toy(toy_options(run, 400));
  const auto records = metrics(run);
  REQUIRE(records.size() == 50);
  CHECK(records.front()["step"] == 10);
  CHECK(records.back()["validation"]["loss"] < 0.1);
  CHECK(records.front()["loss"] > 1);
  for (const char* name : {"model.h5", "last.h5", "loss.svg", "config.toml", "metrics.jsonl"}) {
    CHECK_MESSAGE(fs::exists(run / name), name);
  }
  const ModelFileReader last(run / "last.h5");
  CHECK(last.attribute("config") == "batch=4\nseed=1\n");
  CHECK(ModelFileReader(run / "model.h5").has("weight"));
}

TEST_CASE("a run that stopped anywhere and was resumed ends with the same bits and metrics") {
  TemporaryFolder folder;
  const auto whole = train_toy(toy_options(folder / "whole", 240));
  for (int64_t stop : {100, 133, 7}) {
    const fs::path run = folder / std::to_string(stop);
    RunOptions options = toy_options(run, stop);
    options.validate_steps = 1000;
    train_toy(options);
    CHECK(train_toy(resumed(toy_options(run, 240))) == whole);
  }
}

TEST_CASE("--average: the average is what is validated and written, the weights go on as without") {
  TemporaryFolder folder;
  const fs::path run = folder / "run";
  RunOptions options = toy_options(run, 240);
  const auto plain = train_toy(toy_options(folder / "plain", 240));
  options.average = 0.9;
  CHECK(train_toy(options) == plain);
  const ModelFileReader last(run / "last.h5");
  const auto average = last.tensor("state/average.weight", Device::ref).to_host();
  CHECK(average != plain);
  CHECK(ModelFileReader(run / "model.h5").tensor("weight", Device::ref).to_host() == average);
  // Also across a stop.
  options.out = folder / "stopped";
  options.steps = 133;
  train_toy(options);
  options.steps = 240;
  CHECK(train_toy(resumed(options)) == plain);
  CHECK(ModelFileReader(options.out / "last.h5")
            .tensor("state/average.weight", Device::ref)
            .to_host() == average);
}

TEST_CASE("what a killed run wrote after its last checkpoint is written again, once") {
  TemporaryFolder folder;
  const fs::path run = folder / "run";
  train_toy(toy_options(run, 120));
  fs::copy_file(run / "last.h5", folder / "kept.h5");
  train_toy(resumed(toy_options(run, 200)));
  const auto records = metrics(run);
  fs::copy_file(folder / "kept.h5", run / "last.h5", fs::copy_options::overwrite_existing);
  train_toy(resumed(toy_options(run, 200)));
  CHECK(metrics(run) == records);
}

TEST_CASE("a loss that is not finite rolls back to the last good state at half the rate") {
  TemporaryFolder folder;
  int spoiled = 0;
  const auto once = [&](int64_t step) { return step == 150 && spoiled++ == 0; };
  const auto weights = train_toy(toy_options(folder / "run", 200), once);
  CHECK(spoiled == 2);
  bool told = false;
  for (const auto& record : metrics(folder / "run")) {
    if (!record.contains("rolled_back_to")) continue;
    told = true;
    CHECK(record["step"] == 150);
    CHECK(record["rolled_back_to"] == 100);
    CHECK(record["rate"] == 0.005);
  }
  CHECK(told);
  CHECK(metrics(folder / "run").back()["step"] == 200);

  // The place to return to survives a stop between the good state and the bad step.
  spoiled = 0;
  train_toy(toy_options(folder / "stopped", 130), once);
  CHECK(train_toy(resumed(toy_options(folder / "stopped", 200)), once) == weights);
}

TEST_CASE("a run that looks at its losses seldom ends with the same bits and metrics") {
  TemporaryFolder folder;
  const auto run = [&](const char* name, int64_t look_steps) {
    int spoiled = 0;
    const auto once = [&](int64_t step) { return step == 150 && spoiled++ == 0; };
    RunOptions options = toy_options(folder / name, 333);
    options.log_steps = 250;
    options.validate_steps = 1000;
    const auto weights = train_toy(options, once, look_steps);
    CHECK(spoiled == 2);
    return weights;
  };
  CHECK(run("each", 1) == run("seldom", 1000));
  CHECK(metrics(folder / "each") == metrics(folder / "seldom"));
}

TEST_CASE("a run that never gets past a bad step gives up") {
  TemporaryFolder folder;
  const std::string message = thrown_message(ErrorCode::usage, [&] {
    train_toy(toy_options(folder / "run", 50), [](int64_t step) { return step == 30; });
  });
  CHECK(contains(message, "roll-backs"));
  CHECK(contains(message, "--lr"));
}

TEST_CASE("a run folder is neither overwritten nor resumed with other options or data") {
  TemporaryFolder folder;
  const fs::path run = folder / "run";
  train_toy(toy_options(run, 20));
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { train_toy(toy_options(run, 20)); }),
                 "--resume"));

  RunOptions other = resumed(toy_options(run, 40));
  other.config = "batch=8\nseed=1\n";
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { train_toy(other); }), "batch was 4, is 8"));

  CHECK(contains(thrown_message(ErrorCode::usage,
                                [&] { train_toy(resumed(toy_options(folder / "none", 40))); }),
                 "no run to resume"));

  Toy toy;
  Training training = toy.training();
  training.data = "other numbers";
  const RunOptions options = resumed(toy_options(run, 40));
  CHECK(
      contains(thrown_message(ErrorCode::usage, [&] { train(options, training); }), "other data"));
}

TEST_CASE("a full disk at a checkpoint leaves the old one") {
  TemporaryFolder folder;
  const fs::path run = folder / "run";
  train_toy(toy_options(run, 20));
  const std::string before = read_file(run / "last.h5");
  {
    FileSizeLimit limit(2000);
    CHECK(contains(thrown_message(ErrorCode::io, [&] { train_toy(resumed(toy_options(run, 25))); }),
                   "h5"));
  }
  CHECK(read_file(run / "last.h5") == before);
  for (const auto& entry : fs::directory_iterator(run)) {
    CHECK_FALSE(contains(entry.path().string(), ".tmp"));
  }
}

TEST_CASE("a run folder that cannot be made is named") {
  TemporaryFolder folder;
  write_atomically(folder / "file", "");
  CHECK(contains(
      thrown_message(ErrorCode::io, [&] { train_toy(toy_options((folder / "file") / "run", 5)); }),
      "file/run"));
}

TEST_CASE("a finished run says so and validates no more") {
  TemporaryFolder folder;
  train_toy(toy_options(folder / "run", 30));
  Toy toy;
  Training training = toy.training();
  train(resumed(toy_options(folder / "run", 30)), training);
  CHECK(toy.validations == 0);
}

TEST_CASE("patience ends a run that gets no better, saved and with its best model") {
  TemporaryFolder folder;
  const fs::path run = folder / "run";
  Toy toy;
  Training training = toy.training();
  int64_t validations = 0;
  training.validate = [&] {
    ++validations;
    return Validation{{}, validations == 2 ? 1.0 : 5.0};  // the second is the best
  };
  RunOptions options = toy_options(run, 1000);
  options.validate_steps = 10;
  options.patience = 3;
  train(options, training);
  CHECK(validations == 5);
  CHECK(ModelFileReader(run / "model.h5").number_attribute("training.step") == 20);
  CHECK(ModelFileReader(run / "last.h5").number_attribute("state.step") == 50);
}

}  // namespace p2s::test
