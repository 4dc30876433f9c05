#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "features/joint_space.h"
#include "infer/genre_classifier.h"
#include "infer/story.h"

namespace p2s {

// Of the rows i of scores [N,N], the share whose own column i is among their `best` largest.
double recall_at(const std::vector<double>& scores, size_t count, size_t best);

struct EvaluatedStory {
  size_t photo = 0;
  int32_t genre = 0;
  Story story;
};

// What is measured over stories of the same photographs in several genres. Recalls: of the
// photograph from its story, among all photographs, within a genre and averaged over genres; chance
// is k / photographs. -1: not measured. A VSE judges more fairly when it is another than the
// pack's, which chose the captions.
struct Evaluation {
  int64_t photos = 0, stories = 0;
  double mean_words = 0, mean_log_probability = 0;
  std::array<double, 3> distinct = {};                   // n = 1, 2, 3
  double content_recall_1 = -1, content_recall_10 = -1;  // by content vectors of the captions
  double vse_recall_1 = -1, vse_recall_10 = -1;  // by a VSE: mean over the story's sentences
  // By the words of people's captions of the photographs (metrics/tf_idf.h): no model judges.
  double reference_recall_1 = -1, reference_recall_10 = -1;
  double genre_by_words = -1;  // naive Bayes over words of passages
  double genre_by_style = -1;  // nearest genre style
};

// photos: one vector a photograph from each side; genres by the pack's ids; references: each
// photograph's captions by people, as one text, or none at all.
Evaluation evaluate(const Storyteller& teller, const std::vector<EvaluatedStory>& stories,
                    const std::vector<PhotoContent>& photos, const JointSpace* scorer,
                    const GenreClassifier* classifier,
                    const std::vector<std::string>& references = {});

}  // namespace p2s
