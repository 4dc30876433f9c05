#include "data/image.h"

#include <algorithm>
#include <climits>
#include <memory>
#include <string>

#include "data/exif.h"
#include "data/image_format.h"
#include "data/image_jpeg_segments.h"
#include "nn/base/error.h"
#include "nn/base/files.h"

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_NO_STDIO
#include <stb/stb_image.h>
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace p2s {
namespace {

const stbi_uc* data(std::string_view bytes) {
  return reinterpret_cast<const stbi_uc*>(bytes.data());
}

// Grey is spread, alpha laid over white.
void to_rgb(const stbi_uc* from, int channels, size_t count, uint8_t* to) {
  const bool grey = channels <= 2, alpha = channels % 2 == 0;
  for (size_t i = 0; i < count; ++i, from += channels, to += 3) {
    const int opacity = alpha ? from[channels - 1] : 255;
    for (int c = 0; c < 3; ++c) {
      const int value = from[grey ? 0 : c];
      to[c] = uint8_t((value * opacity + 255 * (255 - opacity) + 127) / 255);
    }
  }
}

void check_size(std::string_view bytes, ImageFormat format, std::string_view name) {
  const auto [width, height] = image_size(format, bytes);
  check(width == 0 || height <= kMaxPixels / width, ErrorCode::format,
        "{}: {} x {} pixels, at most {} million are read; make it smaller first", name, width,
        height, kMaxPixels / 1'000'000);
  check(is_complete(format, bytes), ErrorCode::format,
        "{}: cut short: the file ends before the picture does; copy or download it again", name);
  check(width > 0 && height > 0, ErrorCode::format, "{}: has no pixels ({} x {})", name, width,
        height);
}

void append_to_string(void* context, void* bytes, int size) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(bytes), size_t(size));
}

}  // namespace

std::string read_image_file(const std::filesystem::path& path) {
  require_file(path);
  std::error_code ignored;
  check(fs::file_size(path, ignored) <= uintmax_t(INT_MAX), ErrorCode::format,
        "{}: larger than 2 GB, no photograph; make it smaller first", path.string());
  return read_file(path);
}

Image read_image(const std::filesystem::path& path) {
  return decode_image(read_image_file(path), path.string());
}

Image decode_image(std::string_view bytes, std::string_view name) {
  check(!bytes.empty(), ErrorCode::format, "{}: is empty; a photograph is needed", name);
  check(bytes.size() <= size_t(INT_MAX), ErrorCode::format, "{}: larger than 2 GB", name);
  const auto format = image_format(bytes);
  check(format.has_value(), ErrorCode::format,
        "{}: is no image that can be read; JPEG, PNG, BMP or GIF is needed", name);
  check_size(bytes, *format, name);
  const JpegSegments jpeg =
      *format == ImageFormat::jpeg ? read_jpeg_segments(bytes) : JpegSegments{};
  check(jpeg.tables_fit, ErrorCode::format,
        "{}: damaged: a Huffman table is too long; copy or download it again", name);
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(data(bytes), int(bytes.size()), &width, &height, &channels, 0),
      stbi_image_free);
  check(pixels != nullptr, ErrorCode::format,
        "{}: damaged or of a rare kind: {}; save it anew as JPEG or PNG", name,
        stbi_failure_reason() ? stbi_failure_reason() : "no reason given");
  Image image{width, height, {}};
  const size_t count = size_t(width) * size_t(height);
  image.pixels.resize(count * 3);
  if (channels == 3) {
    std::copy_n(pixels.get(), count * 3, image.pixels.data());
  } else {
    to_rgb(pixels.get(), channels, count, image.pixels.data());
  }
  return oriented(std::move(image), exif_orientation(jpeg.exif));
}

Image resize(const Image& image, int64_t width, int64_t height) {
  if (image.width == width && image.height == height) return image;
  Image result{width, height, std::vector<uint8_t>(size_t(width * height) * 3)};
  // Catmull-Rom widened to the shrinking factor, as Pillow's bicubic: of the antialiased filters
  // it is nearest to the unfiltered resizing that the network saw in training.
  const int ok = stbir_resize_uint8_generic(
      image.pixels.data(), int(image.width), int(image.height), 0, result.pixels.data(), int(width),
      int(height), 0, 3, STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_FILTER_CATMULLROM,
      STBIR_COLORSPACE_LINEAR, nullptr);
  check(ok != 0, ErrorCode::internal, "resize: {} x {} to {} x {} failed: out of memory",
        image.width, image.height, width, height);
  return result;
}

Image squash(const Image& image, int64_t size) { return resize(image, size, size); }

void to_floats(const Image& image, float* out) {
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    out[i] = (float(image.pixels[i]) - 127.0f) / 128.0f;
  }
}

void write_png(const std::filesystem::path& path, const Image& image) {
  std::string bytes;
  const int ok =
      stbi_write_png_to_func(append_to_string, &bytes, int(image.width), int(image.height), 3,
                             image.pixels.data(), int(image.width) * 3);
  check(ok != 0, ErrorCode::internal, "{}: cannot encode {} x {} pixels", path.string(),
        image.width, image.height);
  write_atomically(path, bytes);
}

}  // namespace p2s
