#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/base/files.h"
#include "tests/cli/photo_and_pack.h"
#include "tests/cli/program.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

Outcome generate(std::vector<std::string> arguments, const ProgramOptions& options = {}) {
  arguments.insert(arguments.end(), {"--pack", pack_file().string()});
  return run_program("p2s-generate", arguments, options);
}

}  // namespace

TEST_CASE("p2s-generate tells a story, the same one for the same seed") {
  const std::vector<std::string> arguments = {
      photo_file().string(), "--genre", "thriller", "--words", "20", "--seed", "7"};
  const Outcome first = generate(arguments), second = generate(arguments);
  CHECK(first.status == 0);
  CHECK(first.err.empty());
  CHECK(first.out.size() > 20);
  CHECK(first.out == second.out);
}

TEST_CASE("p2s-generate --json prints one object a photograph") {
  const std::string photo = photo_file().string();
  const Outcome outcome = generate({photo, photo, "--genre", "scifi", "--json", "--captions", "2",
                                    "--words", "10", "--seed", "3"});
  CHECK(outcome.status == 0);
  const size_t end = outcome.out.find('\n');
  REQUIRE(end != std::string::npos);
  const auto story = nlohmann::json::parse(outcome.out.substr(0, end));
  CHECK(nlohmann::json::parse(outcome.out.substr(end))["photo"] == photo);
  CHECK(story["genre"] == "scifi");
  CHECK(story["seed"] == 3);
  CHECK(story["story"].get<std::string>().size() > 5);
  CHECK(story["captions"].size() == 2);
  CHECK(story["captions"][0]["text"].is_string());
  CHECK(story["captions"][0]["score"].is_number());
  CHECK(story["timings"].is_object());
}

TEST_CASE("p2s-generate --explain shows the captions and their scores") {
  const Outcome outcome =
      generate({photo_file().string(), "--explain", "--words", "10", "--captions", "2"});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.out, "captions nearest to the photograph"));
}

TEST_CASE("p2s-generate --genre help lists the genres") {
  const Outcome outcome = generate({"--genre", "help"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "scifi\nthriller\n");
}

TEST_CASE("p2s-generate --help goes to stdout") {
  const Outcome outcome = run_program("p2s-generate", {"--help"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  for (const char* flag :
       {"--genre", "--pack", "--words", "--captions", "--sampling", "--temperature", "--seed",
        "--content-strength", "--style-strength", "--json", "--explain"}) {
    CHECK_MESSAGE(contains(outcome.out, flag), flag);
  }
}

TEST_CASE("p2s-generate finds the pack that $P2S_PACK names") {
  ProgramOptions options;
  options.environment = {"P2S_PACK=" + pack_file().string()};
  CHECK(run_program("p2s-generate", {"--genre", "help"}, options).out == "scifi\nthriller\n");
  options.environment = {"P2S_PACK=/nowhere/pack.h5"};
  check_refusal("p2s-generate", run_program("p2s-generate", {"--genre", "help"}, options), 1,
                {"/nowhere/pack.h5"});
}

TEST_CASE("p2s-generate says so when its output cannot be written") {
  ProgramOptions options;
  options.out = "/dev/full";
  const Outcome outcome = generate({photo_file().string(), "--words", "10"}, options);
  check_refusal("p2s-generate", outcome, 1, {"standard output"});
}
