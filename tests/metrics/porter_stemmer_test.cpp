#include "metrics/porter_stemmer.h"

#include <doctest/doctest.h>

#include <utility>

namespace p2s {

TEST_CASE("words lose their suffixes as in Porter's examples") {
  const std::pair<const char*, const char*> examples[] = {{"caresses", "caress"},
                                                          {"ponies", "poni"},
                                                          {"cats", "cat"},
                                                          {"feed", "feed"},
                                                          {"agreed", "agre"},
                                                          {"plastered", "plaster"},
                                                          {"motoring", "motor"},
                                                          {"sing", "sing"},
                                                          {"conflated", "conflat"},
                                                          {"troubled", "troubl"},
                                                          {"hopping", "hop"},
                                                          {"falling", "fall"},
                                                          {"hissing", "hiss"},
                                                          {"filing", "file"},
                                                          {"happy", "happi"},
                                                          {"sky", "sky"},
                                                          {"relational", "relat"},
                                                          {"vietnamization", "vietnam"},
                                                          {"sensibiliti", "sensibl"},
                                                          {"triplicate", "triplic"},
                                                          {"hopeful", "hope"},
                                                          {"goodness", "good"},
                                                          {"allowance", "allow"},
                                                          {"adoption", "adopt"},
                                                          {"replacement", "replac"},
                                                          {"controll", "control"},
                                                          {"roll", "roll"},
                                                          {"rate", "rate"},
                                                          {"cease", "ceas"},
                                                          {"probate", "probat"},
                                                          {"generalizations", "gener"},
                                                          {"oscillators", "oscil"}};
  for (const auto& [word, stem] : examples) {
    CAPTURE(word);
    CHECK(porter_stem(word) == stem);
  }
  CHECK(porter_stem("is") == "is");
  CHECK(porter_stem("6:30s") == "6:30s");
  CHECK(porter_stem("") == "");
}

}  // namespace p2s
