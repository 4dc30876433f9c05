#include "infer/confirmed_captions.h"

#include <doctest/doctest.h>

#include "nn/init.h"

using namespace p2s;

namespace {

// Words 2 to 4 point one way, 5 to 7 another, all are equally frequent.
PassageEncoder encoder_of_two_things() {
  Rng rng(1);
  ThoughtEncoder encoder;
  encoder.parts.emplace_back(8, 2, 3, false, Device::cpu, rng);
  const Tensor words(
      {8, 2}, Device::cpu,
      std::vector<real>{0, 0, 0, 0, 1, 0, 1, 0.1f, 1, -0.1f, 0, 1, 0.1f, 1, -0.1f, 1});
  return {encoder, words, {0, 0, 5, 5, 5, 5, 5, 5}};
}

Style plain_style() {
  Style style;
  style.content_mean = Tensor({2}, Device::cpu, real(0));
  style.content_deviation = Tensor({2}, Device::cpu, real(1));
  return style;
}

}  // namespace

TEST_CASE("confirmed captions: what is told is kept where the found captions say the same") {
  const PassageEncoder encoder = encoder_of_two_things();
  const std::vector<Sentence> found = {{2, 3}, {3, 4}, {2, 4, 6}};
  CHECK(confirmed({{2, 3, 4}, {5, 6}, {3, 5}}, found, encoder, plain_style()) ==
        std::vector<bool>{true, false, false});
}

TEST_CASE("confirmed captions: with nothing to compare to, all are kept; a wordless one is not") {
  const PassageEncoder encoder = encoder_of_two_things();
  CHECK(confirmed({{5}}, {{2}}, encoder, plain_style()) == std::vector<bool>{true});
  CHECK(confirmed({}, {{2}, {3}}, encoder, plain_style()).empty());
  CHECK(confirmed({{}}, {{2}, {3}}, encoder, plain_style()) == std::vector<bool>{false});
}
