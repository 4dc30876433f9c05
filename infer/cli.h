#pragma once

#include <ostream>

#include "infer/options.h"

namespace p2s {

// p2s-generate: one story a photograph to `out`. `live`: word by word, as on a terminal. All
// photographs and the pack are read before the first word is written, so a mistake in one of them
// leaves `out` empty. Error(io) when `out` cannot be written.
void generate(const GenerateOptions& options, std::ostream& out, bool live);

}  // namespace p2s
