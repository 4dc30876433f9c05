#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace p2s {

// 8-bit RGB, row-major, interleaved.
struct Image {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> pixels;  // height * width * 3
};

// JPEG, PNG, BMP, GIF (first frame); grey is spread to RGB, alpha is laid over white, EXIF
// orientation is applied. Error(io/format) names the file and says what is wrong: missing, a
// folder, empty, cut short, not an image, or larger than kMaxPixels (checked before decoding).
inline constexpr int64_t kMaxPixels = 100'000'000;
Image read_image(const std::filesystem::path& path);
Image decode_image(std::string_view bytes, std::string_view name);

// The bytes of an image file, for who needs them beside the image; errors as read_image's.
std::string read_image_file(const std::filesystem::path& path);

Image resize(const Image& image, int64_t width, int64_t height);

// Squashed to size x size without cropping (every photograph is treated alike, see docs/decisions).
Image squash(const Image& image, int64_t size);

// (value - 127) / 128 a channel: the input of EfficientNet-Lite. size*size*3 floats, NHWC.
void to_floats(const Image& image, float* out);

void write_png(const std::filesystem::path& path, const Image& image);

}  // namespace p2s
