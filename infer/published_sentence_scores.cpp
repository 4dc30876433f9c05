#include "infer/published_sentence_scores.h"

namespace p2s {

std::span<const PublishedScore> published_sentence_scores() {
  static constexpr PublishedScore scores[] = {
      {"SICK", "Pearson", .8477, .8405, .8584, .854},
      {"SICK", "Spearman", .7780, .7696, .7916, .785},
      {"SICK", "MSE", .2872, .2995, .2687, .277},
      {"MSRP", "accuracy", .730, .712, .758, 0},  // combine-skip: with pair features
      {"MSRP", "F1", .819, .812, .830, 0},
      {"MR", "accuracy", .755, .739, .765, .795},
      {"CR", "accuracy", .793, .779, .801, .826},
      {"SUBJ", "accuracy", .921, .925, .936, .934},
      {"MPQA", "accuracy", .869, .833, .871, .890},
      {"TREC", "accuracy", .914, .894, .922, 0},
  };
  return scores;
}

}  // namespace p2s
