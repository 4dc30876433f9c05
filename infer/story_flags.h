#pragma once

#include "infer/story.h"
#include "nn/base/command_line.h"

namespace p2s {

// The flags that say how a story is told, shared by p2s-generate and p2s-eval; they set `story`.
void add_story_flags(CommandLine& line, StoryOptions& story);

// --precision of the decoder's weights while it tells.
void add_precision_flag(CommandLine& line, Precision& precision);

}  // namespace p2s
