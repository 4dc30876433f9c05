#include "infer/genre_mix.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr double kLargestShare = 100;

GenreShare parse_share(const std::string& text, const std::vector<std::string>& genres) {
  const size_t colon = text.rfind(':');
  const std::string name = text.substr(0, colon);
  const auto found = std::find(genres.begin(), genres.end(), name);
  check(found != genres.end(), ErrorCode::usage, "--genre: the pack has no \"{}\"; it has: {}",
        name, fmt::join(genres, ", "));
  GenreShare share{int32_t(found - genres.begin()), 1};
  if (colon == std::string::npos) return share;
  const std::string number = text.substr(colon + 1);
  const char* end = number.data() + number.size();
  const auto [at, error] = std::from_chars(number.data(), end, share.share);
  check(error == std::errc() && at == end && std::abs(share.share) <= kLargestShare,
        ErrorCode::usage, "--genre {}: \"{}\" is no share from {} to {}", text, number,
        -kLargestShare, kLargestShare);
  return share;
}

}  // namespace

std::vector<GenreShare> parse_genre_mix(const std::string& text,
                                        const std::vector<std::string>& genres) {
  if (text.empty()) return {{0, 1}};
  // A genre may be called anything, commas and colons too.
  const auto whole = std::find(genres.begin(), genres.end(), text);
  if (whole != genres.end()) return {{int32_t(whole - genres.begin()), 1}};
  std::vector<GenreShare> mix;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    mix.push_back(parse_share(text.substr(at, end - at), genres));
    at = end + 1;
  }
  check(std::any_of(mix.begin(), mix.end(), [](const GenreShare& g) { return g.share > 0; }),
        ErrorCode::usage, "--genre {}: one share must be above zero", text);
  return mix;
}

std::vector<float> genre_weights(const std::vector<GenreShare>& mix, size_t genres) {
  std::vector<float> weights(genres, 0);
  double sum = 0;
  for (const GenreShare& g : mix) sum += std::max(g.share, 0.0);
  for (const GenreShare& g : mix) {
    weights[size_t(g.genre)] += float(std::max(g.share, 0.0) / sum);
  }
  return weights;
}

}  // namespace p2s
