#include "models/caption_search.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "nn/base/parallel.h"

namespace p2s {
namespace {

constexpr int32_t kEnd = 0, kUnknown = 1;

struct Continuation {
  size_t parent;
  int32_t word;
  double log_p;
};

// Inserts by falling log-probability, earlier ones first among equals; keeps `width` at most.
void keep_best(std::vector<Continuation>& best, const Continuation& next, size_t width) {
  if (best.size() == width && next.log_p <= best.back().log_p) return;
  const auto place = std::find_if(best.begin(), best.end(),
                                  [&](const Continuation& c) { return next.log_p > c.log_p; });
  best.insert(place, next);
  if (best.size() > width) best.pop_back();
}

// The search of one image.
class Beam {
 public:
  explicit Beam(const CaptionSearch& options) : options_(options), live_(1) {}

  bool done() const { return live_.empty(); }
  size_t rows() const { return live_.size(); }
  int32_t last_word(size_t row) const {
    return live_[row].words.empty() ? -1 : live_[row].words.back();
  }

  // From the log-probabilities [rows(), V] of the next words; `parents` gets the row that each row
  // goes on from.
  void advance(const real* log_p, size_t vocabulary, std::vector<size_t>& parents) {
    const auto width = size_t(options_.beam);
    std::vector<Continuation> best;
    for (size_t row = 0; row < live_.size(); ++row) {
      const real* own = log_p + row * vocabulary;
      for (size_t word = 0; word < vocabulary; ++word) {
        if (word == size_t(kUnknown)) continue;
        keep_best(best, {row, int32_t(word), live_[row].log_probability + double(own[word])},
                  width);
      }
    }
    std::vector<FoundCaption> next;
    parents.clear();
    for (const Continuation& c : best) {
      FoundCaption caption{live_[c.parent].words, c.log_p, 0};
      if (c.word != kEnd) caption.words.push_back(c.word);
      if (c.word == kEnd || int64_t(caption.words.size()) == options_.most_words) {
        ended_.push_back(std::move(caption));
      } else {
        parents.push_back(c.parent);
        next.push_back(std::move(caption));
      }
    }
    live_ = std::move(next);
    if (ended_.size() >= width) live_.clear(), parents.clear();
  }

  std::vector<FoundCaption> best() {
    for (FoundCaption& c : ended_) {
      c.score = c.log_probability / std::pow(double(c.words.size() + 1), options_.length_power);
    }
    std::stable_sort(ended_.begin(), ended_.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    ended_.resize(std::min(ended_.size(), size_t(options_.best)));
    return std::move(ended_);
  }

 private:
  const CaptionSearch& options_;
  std::vector<FoundCaption> live_, ended_;
};

}  // namespace

std::vector<std::vector<FoundCaption>> search_captions(const CaptionDecoder& decoder,
                                                       const Tensor& maps,
                                                       const CaptionSearch& options) {
  std::vector<Beam> beams(size_t(maps.shape()[0]), Beam(options));
  const auto vocabulary = size_t(decoder.config().vocabulary);
  CaptionDecoder::State state = decoder.start(maps);
  std::vector<int32_t> previous(beams.size(), -1);
  while (!previous.empty()) {
    const std::vector<real> log_p = decoder.step(state, previous).to_host();
    std::vector<size_t> first(beams.size());
    size_t rows = 0;
    for (size_t i = 0; i < beams.size(); ++i) {
      first[i] = rows;
      rows += beams[i].rows();
    }
    std::vector<std::vector<size_t>> parents(beams.size());
    parallel_for(int64_t(beams.size()), 1, [&](int64_t begin, int64_t end) {
      for (auto i = size_t(begin); i < size_t(end); ++i) {
        if (beams[i].done()) continue;
        beams[i].advance(log_p.data() + first[i] * vocabulary, vocabulary, parents[i]);
      }
    });
    std::vector<int32_t> going_on;
    previous.clear();
    for (size_t i = 0; i < beams.size(); ++i) {
      for (size_t row = 0; row < beams[i].rows(); ++row) {
        going_on.push_back(int32_t(first[i] + parents[i][row]));
        previous.push_back(beams[i].last_word(row));
      }
    }
    if (!previous.empty()) decoder.reorder(state, going_on);
  }
  std::vector<std::vector<FoundCaption>> found;
  for (Beam& beam : beams) found.push_back(beam.best());
  return found;
}

std::vector<std::vector<int32_t>> draw_captions(const CaptionDecoder& decoder, const Tensor& maps,
                                                int64_t each, int64_t most_words, Rng& rng) {
  const auto vocabulary = size_t(decoder.config().vocabulary);
  CaptionDecoder::State state = decoder.start(maps);
  std::vector<std::vector<int32_t>> captions(size_t(maps.shape()[0] * each));
  std::vector<size_t> running;  // the caption of each row
  std::vector<int32_t> rows, previous(captions.size(), -1);
  for (size_t i = 0; i < captions.size(); ++i) {
    running.push_back(i);
    rows.push_back(int32_t(int64_t(i) / each));
  }
  for (int64_t words = 0; words < most_words && !running.empty(); ++words) {
    decoder.reorder(state, rows);
    const std::vector<real> log_p = decoder.step(state, previous).to_host();
    rows.clear(), previous.clear();
    std::vector<size_t> going_on;
    for (size_t row = 0; row < running.size(); ++row) {
      const int32_t word = draw_word({log_p.data() + row * vocabulary, vocabulary}, rng);
      captions[running[row]].push_back(word);
      if (word == kEnd) continue;
      rows.push_back(int32_t(row)), previous.push_back(word);
      going_on.push_back(running[row]);
    }
    running = std::move(going_on);
  }
  return captions;
}

int32_t draw_word(std::span<const real> log_p, Rng& rng) {
  double left = rng.uniform_double() * (1 - std::exp(double(log_p[kUnknown])));
  int32_t likeliest = kEnd;
  for (size_t word = 0; word < log_p.size(); ++word) {
    if (word == size_t(kUnknown)) continue;
    left -= std::exp(double(log_p[word]));
    if (left < 0) return int32_t(word);
    if (log_p[word] > log_p[size_t(likeliest)]) likeliest = int32_t(word);
  }
  return likeliest;  // rounding left something over
}

CaptionLooks caption_looks(const CaptionDecoder& decoder, const Tensor& maps,
                           const std::vector<int32_t>& words) {
  CaptionDecoder::State state = decoder.start(maps);
  CaptionLooks looks;
  for (size_t i = 0; i <= words.size(); ++i) {
    decoder.step(state, {i == 0 ? -1 : words[i - 1]});
    looks.weights.push_back(state.weights.to_host());
    looks.gates.push_back(state.gate.item());
  }
  return looks;
}

}  // namespace p2s
