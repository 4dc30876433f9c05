#include "train/run_options.h"

#include <doctest/doctest.h>

#include <sstream>

#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "train/cli.h"
#include "train/run_flags.h"

namespace p2s::test {
namespace {

struct Parsed {
  RunOptions run;
  int64_t size = 5;
  std::vector<std::string> genres;
  std::string printed;
};

Parsed parse(std::vector<std::string> arguments) {
  Parsed result;
  CommandLine line("p2s-train toy", "A toy.", "  p2s-train toy\n");
  line.whole("--size", result.size, 1, 100, "a size");
  line.texts("--genre", result.genres, "genres");
  add_run_flags(line, result.run);
  std::ostringstream out;
  parse_run(line, result.run, arguments, out);
  result.printed = out.str();
  return result;
}

std::string refusal(const std::vector<std::string>& arguments) {
  return thrown_message(ErrorCode::usage, [&] { parse(arguments); });
}

}  // namespace

TEST_CASE("flags override the config file, which overrides the defaults") {
  TemporaryFolder folder;
  const fs::path file = folder / "c.toml";
  write_atomically(file, "size=7\nbatch=9\ngenre=[\"a\", \"b\"]\n");
  const Parsed p = parse({"--out", "run", "--config", file.string(), "--batch", "11"});
  CHECK(p.size == 7);
  CHECK(p.run.batch == 11);
  CHECK(p.run.seed == 1);
  CHECK(p.genres == std::vector<std::string>{"a", "b"});
  CHECK(contains(p.run.config, "batch=11\n"));
  CHECK_FALSE(contains(p.run.config, "resume"));
}

TEST_CASE("a resumed run takes its stored config, which reads back as it was") {
  TemporaryFolder folder;
  const Parsed first = parse(
      {"--out", folder.path().string(), "--size", "8", "--lr", "2e-4", "--precision", "bf16"});
  write_atomically(folder / "config.toml", first.run.config);
  const Parsed second = parse({"--out", folder.path().string(), "--resume", "--steps", "50"});
  CHECK(second.size == 8);
  CHECK(second.run.rate == 2e-4);
  CHECK(second.run.steps == 50);
  CHECK(second.genres.empty());
  CHECK(config_difference(first.run.config, second.run.config).empty());
}

TEST_CASE("mistakes on the command line are refused in one line that names them") {
  TemporaryFolder folder;
  const fs::path file = folder / "c.toml";
  write_atomically(file, "siez=7\n");
  const struct {
    std::vector<std::string> arguments;
    const char* named;
  } cases[] = {
      {{"--out", "r", "--siez", "3"}, "--siez"},
      {{"--out", "r", "--config", file.string()}, "unknown key \"siez\""},
      {{"--out", "r", "--config", file.string()}, "c.toml"},
      {{"--out", "r", "--config", "nowhere.toml"}, "nowhere.toml"},
      {{"--out", "r", "--size", "0"}, "--size"},
      {{"--out", "r", "--size", "2.5"}, "2.5"},
      {{"--out", "r", "--size", "many"}, "many"},
      {{"--out", "r", "--lr", "nan"}, "nan"},
      {{"--out", "r", "--batch", "-4"}, "--batch"},
      {{"--out", "r", "--precision", "fp8"}, "fp32, tf32, bf16"},
      {{"--out", "r", "--schedule", "linear"}, "cosine"},
      {{}, "--out is missing"},
  };
  for (const auto& c : cases) {
    const std::string message = refusal(c.arguments);
    CHECK_MESSAGE(contains(message, c.named), message);
  }
}

TEST_CASE("configurations are compared by value, and what a resumed run may change is not") {
  CHECK(config_difference("lr=1e-3\nsteps=5\n", "lr=0.001\nsteps=9\nthreads=2\n").empty());
  CHECK(config_difference("lr=1e-3\n", "lr=2e-3\n") == "lr was 1e-3, is 2e-3");
  CHECK(contains(config_difference("hidden=4\n", ""), "hidden was 4, is unset"));
  CHECK(config_difference("", "average=0\naugment=false\n").empty());
  CHECK(config_difference("", "average=0.9\n") == "average was unset, is 0.9");
}

TEST_CASE("epochs become steps, and steps override them") {
  RunOptions o;
  o.epochs = 2.5;
  CHECK(total_steps(o, 10) == 25);
  o.steps = 7;
  CHECK(total_steps(o, 10) == 7);
  o.schedule = "step";
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { run_schedule(o, 10); }), "--decay-epochs"));
  o.decay_epochs = 1.5;
  CHECK(run_schedule(o, 10).at(15) == doctest::Approx(0.1));
  CHECK(run_schedule(o, 10).at(14) == doctest::Approx(1));
}

TEST_CASE("every command helps, with examples, and unknown ones list the known") {
  std::ostringstream overview;
  run_p2s_train({"--help"}, overview);
  for (const char* name :
       {"import-cnn", "import", "skipthought", "vse", "captioner", "decoder", "style", "pack"}) {
    CHECK(contains(overview.str(), name));
    std::ostringstream help;
    run_p2s_train({name, "--help"}, help);
    CHECK_MESSAGE(contains(help.str(), std::string("  p2s-train ") + name), name);
  }
  std::ostringstream none;
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { run_p2s_train({"trian"}, none); }),
                 "skipthought"));
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { run_p2s_train({}, none); }), "no command"));
}

}  // namespace p2s::test
