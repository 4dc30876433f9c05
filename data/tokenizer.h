#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace p2s {

// Splits a sentence into words and punctuation, keeping case. A word keeps its inner apostrophes
// and hyphens ("don't", "good-bye"); "Mr." and other abbreviations keep their dot; an ellipsis is
// "...", a dash is "--"; straight and curly double quotes become “ or ” by where they stand, single
// quotes used as quotation marks become ‘ or ’, apostrophes stay '. Nothing in, nothing out.
std::vector<std::string> tokenize(std::string_view sentence);

// The inverse, as people write: no blank before a comma, none after an opening quote, ...; a
// capital at the start of each sentence and for "I"; quotation marks closed; it ends with a
// sentence: a trailing fragment is cut if at least one whole sentence stands before it, else gets a
// full stop. Output uses " and '.
std::string detokenize(const std::vector<std::string>& tokens);

}  // namespace p2s
