#pragma once

#include <string>
#include <vector>

namespace p2s {

using Tokens = std::vector<std::string>;

// A caption as COCO's scores see it: lower case, cut as the Penn Treebank's tokeniser cuts English
// (don't: do n't; the cat's: the cat 's; 6:30 and u.s. stay whole), without punctuation. A point
// inside a word stays ("plate.a"), as does the one of an abbreviation inside a sentence.
Tokens caption_tokens(const std::string& caption);

}  // namespace p2s
