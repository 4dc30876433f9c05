#pragma once

#include "metrics/scored_caption.h"

namespace p2s {

// METEOR 1.5 (Denkowski & Lavie 2014) with its settings for English, on exact and on stem matches
// (weights 1 and 0.6). The published figures also match WordNet's synonyms and a table of
// paraphrases: on COCO's captions they are about 0.006 higher (0.288 for 0.282). With P and R the
// weighted matches over all words, content words counting 0.75 and function words 0.25:
//   F = P R / (0.85 P + 0.15 R),  score = F (1 - 0.6 (chunks / matches)^0.2)
// of the alignment with the most matches, then the fewest chunks (runs that follow each other in
// both), then the least distance. Of several references the best counts; the statistics of all
// captions are summed before the formula.
double meteor(ScoredCaptions captions);

}  // namespace p2s
