#pragma once

#include <string>
#include <vector>

#include "data/vocabulary.h"
#include "models/passage_vectors.h"
#include "models/style.h"

namespace p2s {

// Which of the captions `told` of a photograph say what those `found` for it say: by content vector
// (standardised as captions' are), one is as near to the found ones' mean as their median is to the
// mean of the others. A captioner that has never seen such a thing tells of what it knows, a dog,
// where the found captions agree on a cat.
std::vector<bool> confirmed(const std::vector<Sentence>& told, const std::vector<Sentence>& found,
                            const PassageEncoder& encoder, const Style& captions);

}  // namespace p2s
