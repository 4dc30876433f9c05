#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/image.h"

// Pictures put together from others, and text on them.
namespace p2s {

struct Colour {
  uint8_t red = 0, green = 0, blue = 0;
};

Image blank_image(int64_t width, int64_t height, Colour);

// Lays `image` over `on` with its upper left corner at (left, top); what sticks out is cut off.
void paste(Image& on, const Image& image, int64_t left, int64_t top);

// A small font of lines; what is not printable ASCII shows as '?'. `scale` multiplies its size.
inline constexpr int64_t kTextHeight = 12;  // from one line to the next, at scale 1
int64_t text_width(std::string_view text, int64_t scale = 1);
void draw_text(Image& on, std::string_view text, int64_t left, int64_t top, Colour,
               int64_t scale = 1);

// Words in lines of at most `width` pixels; the last of `most` lines ends in "..." where words are
// left over, a word that is too wide is cut.
std::vector<std::string> wrap_text(const std::string& text, int64_t width, int64_t most,
                                   int64_t scale = 1);

}  // namespace p2s
