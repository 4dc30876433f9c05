#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace p2s {

// How much of a genre.
struct GenreShare {
  int32_t genre = 0;
  double share = 1;
};

// "thriller" is all of one, "thriller:0.7,scifi:0.3" is between two, "scifi:1.5" is more than
// usual, "thriller:1,romance:-0.5" leads away from another; "" is the first genre. Error(usage)
// names the part that it does not understand, and the genres that there are.
std::vector<GenreShare> parse_genre_mix(const std::string& text,
                                        const std::vector<std::string>& genres);

// What the decoder is told of it, one number a genre: the shares above zero, with sum one.
std::vector<float> genre_weights(const std::vector<GenreShare>& mix, size_t genres);

}  // namespace p2s
