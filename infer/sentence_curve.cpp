#include "infer/sentence_curve.h"

#include <algorithm>
#include <charconv>

namespace p2s {
namespace {

// The whole number that a text is; -1: it is none.
double number_of(const std::string& text) {
  int64_t number = -1;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? double(number) : -1;
}

}  // namespace

LineChart sentence_curve(std::span<const SentenceColumn> columns) {
  std::vector<const SentenceColumn*> encoders;
  const SentenceColumn* words = nullptr;
  for (const SentenceColumn& column : columns) {
    if (column.encoder) {
      encoders.push_back(&column);
    } else if (words == nullptr) {
      words = &column;
    }
  }
  const bool numbered =
      std::ranges::all_of(encoders, [](const auto* e) { return number_of(e->name) >= 0; });
  LineChart chart{.title = "What sentence vectors tell",
                  .x_label = numbered ? "step" : "encoder",
                  .y_label = words != nullptr ? "points above the " + words->name
                                              : "accuracy, or 100 x Pearson's coefficient",
                  .curves = {}};
  for (size_t i = 0; !encoders.empty() && i < encoders[0]->scores.size(); ++i) {
    const SentenceScore& score = encoders[0]->scores[i];
    if (i > 0 && score.set == encoders[0]->scores[i - 1].set) continue;
    LineChart::Curve curve{score.set + " " + score.metric, {}};
    for (size_t e = 0; e < encoders.size(); ++e) {
      const double base = words != nullptr ? words->scores[i].value : 0;
      curve.points.emplace_back(numbered ? number_of(encoders[e]->name) : double(e + 1),
                                100 * (encoders[e]->scores[i].value - base));
    }
    chart.curves.push_back(std::move(curve));
  }
  return chart;
}

}  // namespace p2s
