#include "infer/options.h"

#include <doctest/doctest.h>

#include "nn/base/error.h"

using namespace p2s;

namespace {

std::string refusal(const std::vector<std::string>& arguments) {
  try {
    parse_generate_options(arguments);
  } catch (const Error& e) {
    CHECK(exit_status(e) == 2);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("options: all flags arrive") {
  const GenerateOptions o = parse_generate_options({"a.jpg",
                                                    "b.png",
                                                    "--genre",
                                                    "thriller",
                                                    "--pack",
                                                    "p.h5",
                                                    "--words",
                                                    "50",
                                                    "--captions",
                                                    "7",
                                                    "--sampling",
                                                    "top-k",
                                                    "--top-k",
                                                    "9",
                                                    "--temperature",
                                                    "0.5",
                                                    "--seed",
                                                    "18446744073709551615",
                                                    "--content-strength",
                                                    "1.5",
                                                    "--style-strength",
                                                    "-0.5",
                                                    "--candidates",
                                                    "3",
                                                    "--precision",
                                                    "fp32",
                                                    "--json",
                                                    "--explain",
                                                    "--threads",
                                                    "2"});
  CHECK(o.photos == std::vector<std::filesystem::path>{"a.jpg", "b.png"});
  CHECK(o.pack == "p.h5");
  CHECK(o.story.genre == "thriller");
  CHECK(o.story.captions == 7);
  CHECK(o.story.strength.content == doctest::Approx(1.5));
  CHECK(o.story.strength.style == doctest::Approx(-0.5));
  CHECK(o.story.search.sampling == Sampling::top_k);
  CHECK(o.story.search.top_k == 9);
  CHECK(o.story.precision == Precision::fp32);
  CHECK(o.story.search.temperature == 0.5);
  CHECK(o.story.search.seed == 18446744073709551615u);
  CHECK(o.story.search.stories == 3);
  CHECK(o.story.search.rules.words == 50);
  CHECK((o.json && o.explain && !o.list_genres));
  CHECK(o.compute.threads == 2);
}

TEST_CASE("options: help and genre help need no photograph") {
  CHECK(parse_generate_options({"--help"}).help.find("--temperature") != std::string::npos);
  CHECK(parse_generate_options({"--help"}).help.find("Examples:") != std::string::npos);
  CHECK(parse_generate_options({"--genre", "help"}).list_genres);
}

TEST_CASE("options: what is wrong is refused in one line that names the flag") {
  const std::vector<std::vector<std::string>> bad = {{"--words", "0"},
                                                     {"--words", "-3"},
                                                     {"--words", "many"},
                                                     {"--words", "nan"},
                                                     {"--temperature", "-1"},
                                                     {"--temperature", "nan"},
                                                     {"--temperature", "inf"},
                                                     {"--top-p", "0"},
                                                     {"--top-p", "1.5"},
                                                     {"--top-k", "0"},
                                                     {"--beam-width", "0"},
                                                     {"--captions", "0"},
                                                     {"--candidates", "0"},
                                                     {"--threads", "-1"},
                                                     {"--seed", "x"},
                                                     {"--seed", "-1"},
                                                     {"--sampling", "best"},
                                                     {"--content-strength", "nan"},
                                                     {"--style-strength", "1e9"},
                                                     {"--words", "12.5"}};
  for (const auto& flags : bad) {
    std::vector<std::string> arguments = {"photo.jpg"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const std::string said = refusal(arguments);
    INFO(flags[0], " ", flags[1], " -> ", said);
    CHECK(said.find(flags[0]) != std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
  }
  CHECK(refusal({"photo.jpg", "--gnere", "x"}).find("--gnere") != std::string::npos);
  CHECK(refusal({"photo.jpg", "--words"}).find("--words") != std::string::npos);
  CHECK(refusal({}).find("photograph") != std::string::npos);
}
