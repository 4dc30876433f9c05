#pragma once

#include <ostream>

#include "infer/caption_options.h"

namespace p2s {

// p2s-caption: prints captions as they are found, in the order of the photographs. What cannot be
// read is named in a warning and passed over; Error(io) at the end says how many, if one was.
void caption_photos(const CaptionOptions& options, std::ostream& out);

}  // namespace p2s
