#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace p2s {

enum class ImageFormat { jpeg, png, bmp, gif };

// By the first bytes.
std::optional<ImageFormat> image_format(std::string_view bytes);

// As the header states it; zeros where the file ends before that.
struct ImageSize {
  int64_t width = 0, height = 0;
};
ImageSize image_size(ImageFormat format, std::string_view bytes);

// Whether all bytes that the (first) image needs are there: a JPEG up to its end marker, a PNG up
// to IEND, a GIF's first frame, a BMP's last row. Decoders fill what is missing with grey instead.
bool is_complete(ImageFormat format, std::string_view bytes);

}  // namespace p2s
