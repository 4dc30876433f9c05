#pragma once

#include <string>
#include <string_view>

namespace p2s {

// Project Gutenberg's own lines around a book: "*** START OF THE PROJECT GUTENBERG EBOOK ... ***",
// "*END*THE SMALL PRINT!", "End of Project Gutenberg's ...".
enum class GutenbergMarker { none, start, end };
GutenbergMarker gutenberg_marker(std::string_view line);

// What a block of lines is. `heading` ("CHAPTER IV.", "XII", "THE STORM", a table of contents) and
// `gap` ("* * *") start a new section; `apparatus` (transcriber's notes, pictures' captions,
// credits) is left out and nothing else.
enum class BlockKind { prose, heading, gap, apparatus };
BlockKind block_kind(std::u32string_view block);

// A line that is a numbered heading by itself ("CHAPTER IV.  The Storm"), even with prose right
// under it.
bool is_numbered_heading(std::u32string_view line);

// Removes what is not the author's: _emphasis_ marks, note marks "[1]" "[A]" "{12}" "[Pg 12]",
// "[Illustration: ...]"; joins the lines with single blanks (a line that ends in a hyphen or dash
// is joined without).
std::u32string clean_block(std::u32string_view block);

}  // namespace p2s
