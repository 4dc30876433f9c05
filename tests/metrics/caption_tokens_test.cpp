#include "metrics/caption_tokens.h"

#include <doctest/doctest.h>

namespace p2s {

TEST_CASE("captions are cut as COCO's evaluation cuts them") {
  const auto cut = [](const char* text) {
    std::string joined;
    for (const std::string& token : caption_tokens(text))
      joined += (joined.empty() ? "" : " ") + token;
    return joined;
  };
  CHECK(cut("A man riding a motorcycle, down a dirt road.") ==
        "a man riding a motorcycle down a dirt road");
  CHECK(cut("The cat's toy; they don't see it's HIS!") ==
        "the cat 's toy they do n't see it 's his");
  CHECK(cut("It cannot be 6:30 or 1,000") == "it can not be 6:30 or 1,000");
  CHECK(cut("Presented by U.S. Cellular on Front Ave. and 5th St.") ==
        "presented by u.s. cellular on front ave. and 5th st");
  CHECK(cut("a room with a T.V.") == "a room with a t.v");
  CHECK(cut("toilet,bathtub.In between") == "toilet bathtub.in between");
  CHECK(cut("a tub/shower (or both) 'No Parking' \"x\"") ==
        "a tub/shower -lrb- or both -rrb- no parking x");
  CHECK(cut("beach--kite black-and-white a walkie- talkie - M&Ms") ==
        "beach kite black-and-white a walkie talkie m&ms");
  CHECK(cut("farmers' market ... ") == "farmers market");
  CHECK(cut(" . ").empty());
  CHECK(cut("").empty());
}

}  // namespace p2s
