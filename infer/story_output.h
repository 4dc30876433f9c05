#pragma once

#include <filesystem>
#include <string>

#include "infer/story.h"

namespace p2s {

// One object on one line: photo, story, genre, seed, captions [{text, score}], words,
// log_probability, content_match, timings {stage: milliseconds}. Bytes that are not UTF-8 become
// U+FFFD.
std::string story_json(const Story& story, const std::filesystem::path& photo);

// How the story came about, for people: captions with scores, figures, timings; lines that end in
// '\n'.
std::string story_explanation(const Story& story, const StoryOptions& options);

}  // namespace p2s
