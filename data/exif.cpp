#include "data/exif.h"

#include <utility>

#include "data/image_bytes.h"

namespace p2s {

int exif_orientation(std::string_view tiff) {
  const bool big = tiff.starts_with("MM");
  if (!big && !tiff.starts_with("II")) return 1;
  const auto get16 = [&](size_t at) { return big ? big16(tiff, at) : little16(tiff, at); };
  const size_t directory = big ? big32(tiff, 4) : little32(tiff, 4);
  const size_t entries = get16(directory);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (get16(entry) != 0x0112) continue;
    const uint32_t value = get16(entry + 8);
    return value >= 1 && value <= 8 ? int(value) : 1;
  }
  return 1;
}

Image oriented(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  // Upright (x, y) comes from the stored place: 5..8 swap the axes, then either may run backwards.
  const bool swapped = orientation >= 5;
  const bool right_to_left =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool bottom_up =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image upright{swapped ? image.height : image.width, swapped ? image.width : image.height, {}};
  upright.pixels.resize(image.pixels.size());
  uint8_t* to = upright.pixels.data();
  for (int64_t y = 0; y < upright.height; ++y) {
    for (int64_t x = 0; x < upright.width; ++x) {
      int64_t column = swapped ? y : x, row = swapped ? x : y;
      if (right_to_left) column = image.width - 1 - column;
      if (bottom_up) row = image.height - 1 - row;
      const uint8_t* from = &image.pixels[size_t(row * image.width + column) * 3];
      for (int c = 0; c < 3; ++c) *to++ = from[c];
    }
  }
  return upright;
}

}  // namespace p2s
