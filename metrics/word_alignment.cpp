#include "metrics/word_alignment.h"

#include <algorithm>
#include <tuple>

#include "metrics/porter_stemmer.h"

namespace p2s {
namespace {

constexpr size_t kBeam = 40;

struct Path {
  WordAlignment alignment;
  std::vector<bool> taken;  // places of the reference
  size_t distance = 0;

  bool better_than(const Path& other) const {
    const auto key = [](const Path& p) {
      return std::make_tuple(-std::ptrdiff_t(p.alignment.matches.size()), p.alignment.chunks,
                             p.distance);
    };
    return key(*this) < key(other);
  }

  Path with(const WordMatch& match) const {
    Path next = *this;
    std::vector<WordMatch>& matches = next.alignment.matches;
    const bool follows = !matches.empty() && matches.back().candidate + 1 == match.candidate &&
                         matches.back().reference + 1 == match.reference;
    next.alignment.chunks += follows ? 0 : 1;
    next.distance +=
        std::max(match.candidate, match.reference) - std::min(match.candidate, match.reference);
    next.taken[match.reference] = true;
    matches.push_back(match);
    return next;
  }
};

// For each place of the candidate, where the reference has the same word or stem.
std::vector<std::vector<WordMatch>> possible_matches(const Tokens& candidate,
                                                     const Tokens& reference) {
  Tokens stems;
  for (const std::string& word : reference) stems.push_back(porter_stem(word));
  std::vector<std::vector<WordMatch>> possible(candidate.size());
  for (size_t i = 0; i < candidate.size(); ++i) {
    const std::string stem = porter_stem(candidate[i]);
    for (size_t j = 0; j < reference.size(); ++j) {
      if (stem == stems[j]) possible[i].push_back({i, j, candidate[i] == reference[j]});
    }
  }
  return possible;
}

}  // namespace

WordAlignment align_words(const Tokens& candidate, const Tokens& reference) {
  std::vector<Path> beam = {{{}, std::vector<bool>(reference.size(), false), 0}};
  for (const std::vector<WordMatch>& matches : possible_matches(candidate, reference)) {
    if (matches.empty()) continue;
    std::vector<Path> next = beam;  // the word left unmatched
    for (const Path& path : beam) {
      for (const WordMatch& match : matches) {
        if (!path.taken[match.reference]) next.push_back(path.with(match));
      }
    }
    std::stable_sort(next.begin(), next.end(),
                     [](const Path& a, const Path& b) { return a.better_than(b); });
    if (next.size() > kBeam) next.resize(kBeam);
    beam = std::move(next);
  }
  return beam.front().alignment;
}

}  // namespace p2s
