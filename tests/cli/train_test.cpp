#include <doctest/doctest.h>

#include "models/model_files.h"
#include "nn/base/files.h"
#include "tests/cli/photo_and_pack.h"
#include "tests/cli/program.h"
#include "tests/cli/small_books.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// A folder with books in it; programs keep their caches there too.
struct Workplace {
  TemporaryFolder folder;
  ProgramOptions options;
  Workplace() {
    write_small_books(folder / "books");
    options.folder = folder.path();
    options.environment = {"P2S_CACHE=" + (folder / "cache").string()};
  }
  Outcome train(const std::vector<std::string>& arguments) const {
    return run_program("p2s-train", arguments, options);
  }
};

std::vector<std::string> encoder_run(const std::string& out) {
  return {"skipthought", "--corpus",     "books", "--out",       out,  "--steps",
          "300",         "--batch",      "8",     "--hidden",    "12", "--embedding",
          "8",           "--vocab",      "100",   "--max-words", "12", "--checkpoint-steps",
          "20",          "--seed",       "5",     "--log-steps", "20", "--validate-steps",
          "100",         "--layer-norm", "--lr",  "0.01"};
}

std::vector<std::string> resumed(std::vector<std::string> arguments) {
  arguments.push_back("--resume");
  return arguments;
}

void check_same_parameters(const fs::path& a, const fs::path& b) {
  const ModelFileReader first(a), second(b);
  const auto names = first.names("skip_thought");
  CHECK(names.size() > 10);
  CHECK(names == second.names("skip_thought"));
  for (const std::string& name : names) {
    CAPTURE(name);
    const std::string full = first.has(name) ? name : "skip_thought/" + name;
    CHECK(first.tensor(full, Device::ref).to_host() == second.tensor(full, Device::ref).to_host());
  }
}

}  // namespace

TEST_CASE("a genre of one's own: train a decoder on books, pack it, tell a story") {
  const Workplace work;
  const Outcome trained = work.train(
      {"decoder", "--corpus", "books", "--encoder", pack_file().string(), "--out", "run", "--steps",
       "6", "--batch", "4", "--hidden", "16", "--embedding", "8", "--validate-steps", "3"});
  CAPTURE(trained.err);
  REQUIRE(trained.status == 0);
  for (const char* file : {"model.h5", "last.h5", "metrics.jsonl", "loss.svg", "config.toml"}) {
    CHECK_MESSAGE(fs::exists(work.folder / "run" / file), file);
  }
  const Outcome packed = work.train(
      {"pack", "--from", pack_file().string(), "--decoder", "run/model.h5", "--out", "western.h5"});
  CAPTURE(packed.err);
  REQUIRE(packed.status == 0);
  const auto generate = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--pack", "western.h5"});
    return run_program("p2s-generate", arguments, work.options);
  };
  CHECK(generate({"--genre", "help"}).out == "western\n");
  const Outcome story = generate({photo_file().string(), "--genre", "western", "--words", "20"});
  CHECK(story.status == 0);
  CHECK(story.out.size() > 20);
}

TEST_CASE("a run that was killed goes on to the same bits") {
  const Workplace work;
  const Outcome whole = work.train(encoder_run("whole"));
  CAPTURE(whole.err);
  REQUIRE(whole.status == 0);
  const Outcome killed = run_program_until(
      "p2s-train", encoder_run("killed"),
      [&] { return fs::exists(work.folder / "killed" / "last.h5"); }, SIGKILL, work.options);
  CHECK(killed.status == 128 + SIGKILL);
  const Outcome again = work.train(resumed(encoder_run("killed")));
  CAPTURE(again.err);
  CHECK(again.status == 0);
  check_same_parameters(work.folder / "whole" / "model.h5", work.folder / "killed" / "model.h5");
}

TEST_CASE("SIGTERM saves and stops; --resume needs no other flag than --out") {
  const Workplace work;
  const Outcome whole = work.train(encoder_run("whole"));
  REQUIRE(whole.status == 0);
  const Outcome stopped = run_program_until(
      "p2s-train", encoder_run("stopped"),
      [&] { return fs::exists(work.folder / "stopped" / "last.h5"); }, SIGTERM, work.options);
  check_failure("p2s-train", stopped, 128 + SIGTERM, {"saved", "--resume"});
  CHECK(fs::exists(work.folder / "stopped" / "model.h5"));
  const Outcome again = work.train({"skipthought", "--out", "stopped", "--resume"});
  CAPTURE(again.err);
  CHECK(again.status == 0);
  check_same_parameters(work.folder / "whole" / "model.h5", work.folder / "stopped" / "model.h5");
}

TEST_CASE("flags override the configuration file") {
  const Workplace work;
  write_atomically(work.folder / "run.toml", "steps=4\nbatch=4\nhidden=8\nembedding=8\nvocab=50\n");
  const Outcome outcome = work.train({"skipthought", "--config", "run.toml", "--corpus", "books",
                                      "--out", "run", "--hidden", "10"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  const std::vector<SkipThought> models =
      read_skip_thoughts(ModelFileReader(work.folder / "run" / "model.h5"), Device::cpu);
  REQUIRE(models.size() == 1);
  CHECK(models[0].config.hidden == 10);
  CHECK(models[0].config.embedding == 8);
}
