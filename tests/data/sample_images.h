#pragma once

#include <cstdint>
#include <string>

#include "data/image.h"

namespace p2s::test {

// Bytes of image files, made by the test or written out.
std::string png(int width, int height, int channels, const std::string& samples);
std::string jpeg(const Image& image);
std::string bmp(const Image& image);
// The first bytes of a PNG file whose header claims this size.
std::string png_header(uint32_t width, uint32_t height);
// The JPEG with an EXIF segment that holds only this orientation.
std::string with_orientation(std::string jpeg, int orientation, bool big_endian);

std::string cmyk_jpeg();         // 8 x 8, red
std::string progressive_jpeg();  // 16 x 8, grey 90
std::string gif();               // 3 x 2: red blue clear / clear blue red

// Quadrants of red R, green G, blue B or white W, letter by letter: top left, top right, bottom
// left, bottom right.
Image quadrants(const std::string& letters, int64_t width, int64_t height);
// The colour in the middle of each quadrant, as such letters.
std::string letters_of(const Image& image);

}  // namespace p2s::test
