#include "data/drawing.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "nn/base/error.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_easy_font.h>
#pragma GCC diagnostic pop

namespace p2s {
namespace {

constexpr size_t kBytesPerLetter = 800;  // more than the widest letter's quads take

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c < ' ' || c > '~') c = '?';
  }
  return result;
}

void fill(Image& on, int64_t left, int64_t top, int64_t right, int64_t bottom, Colour colour) {
  for (int64_t y = std::max<int64_t>(top, 0); y < std::min(bottom, on.height); ++y) {
    for (int64_t x = std::max<int64_t>(left, 0); x < std::min(right, on.width); ++x) {
      uint8_t* pixel = &on.pixels[size_t(y * on.width + x) * 3];
      pixel[0] = colour.red, pixel[1] = colour.green, pixel[2] = colour.blue;
    }
  }
}

std::string cut_to(std::string text, int64_t width, int64_t scale, const std::string& end) {
  while (!text.empty() && text_width(text + end, scale) > width) text.pop_back();
  return text + end;
}

}  // namespace

Image blank_image(int64_t width, int64_t height, Colour colour) {
  check(width > 0 && height > 0 && height <= kMaxPixels / width, ErrorCode::usage,
        "a picture of {} x {} pixels cannot be made; at most {} million are", width, height,
        kMaxPixels / 1'000'000);
  Image image{width, height, std::vector<uint8_t>(size_t(width * height) * 3)};
  fill(image, 0, 0, width, height, colour);
  return image;
}

void paste(Image& on, const Image& image, int64_t left, int64_t top) {
  const int64_t from = std::max<int64_t>(0, -left), to = std::min(image.width, on.width - left);
  if (from >= to) return;
  for (int64_t y = std::max<int64_t>(0, -top); y < std::min(image.height, on.height - top); ++y) {
    std::copy_n(&image.pixels[size_t(y * image.width + from) * 3], (to - from) * 3,
                &on.pixels[size_t((top + y) * on.width + left + from) * 3]);
  }
}

int64_t text_width(std::string_view text, int64_t scale) {
  return stb_easy_font_width(printable(text).data()) * scale;
}

void draw_text(Image& on, std::string_view text, int64_t left, int64_t top, Colour colour,
               int64_t scale) {
  struct Vertex {
    float x, y, z;
    uint8_t colour[4];
  };
  std::vector<Vertex> vertices(text.size() * kBytesPerLetter / sizeof(Vertex));
  const int quads = stb_easy_font_print(0, 0, printable(text).data(), nullptr, vertices.data(),
                                        int(vertices.size() * sizeof(Vertex)));
  for (int q = 0; q < quads; ++q) {  // axis-parallel; the third vertex is opposite to the first
    const Vertex &first = vertices[size_t(q) * 4], &third = vertices[size_t(q) * 4 + 2];
    fill(on, left + int64_t(first.x) * scale, top + int64_t(first.y) * scale,
         left + int64_t(third.x) * scale, top + int64_t(third.y) * scale, colour);
  }
}

std::vector<std::string> wrap_text(const std::string& text, int64_t width, int64_t most,
                                   int64_t scale) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const bool fits = !lines.empty() && text_width(lines.back() + " " + word, scale) <= width;
    if (fits) {
      lines.back() += " " + word;
    } else if (int64_t(lines.size()) < most) {
      lines.push_back(cut_to(word, width, scale, ""));
    } else {
      lines.back() = cut_to(lines.back(), width, scale, "...");
      break;
    }
  }
  return lines;
}

}  // namespace p2s
