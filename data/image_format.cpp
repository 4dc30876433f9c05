#include "data/image_format.h"

#include "data/image_bytes.h"
#include "data/image_jpeg_segments.h"

namespace p2s {
namespace {

constexpr std::string_view kPngMagic = "\x89PNG\r\n\x1a\n";

bool png_complete(std::string_view bytes) {
  for (size_t at = kPngMagic.size(); at + 12 <= bytes.size();) {
    const size_t length = big32(bytes, at);
    if (length > bytes.size() - at - 12) return false;
    if (bytes.substr(at + 4, 4) == "IEND") return true;
    at += 12 + length;
  }
  return false;
}

bool bmp_complete(std::string_view bytes) {
  const uint64_t offset = little32(bytes, 10);
  const bool old_header = little32(bytes, 14) == 12;
  const uint64_t width = old_header ? little16(bytes, 18) : little32(bytes, 18);
  // A negative height stands for rows from the top.
  const int64_t signed_height = old_header ? little16(bytes, 20) : int32_t(little32(bytes, 22));
  const uint64_t height = uint64_t(signed_height < 0 ? -signed_height : signed_height);
  const uint64_t bits = old_header ? little16(bytes, 24) : little16(bytes, 28);
  if (bits > 32) return false;
  // Sizes are below 2^32, so the product of three is only checked where it can matter.
  const uint64_t row = (width * bits + 31) / 32 * 4;
  return offset <= bytes.size() && (height == 0 || row <= (bytes.size() - offset) / height);
}

// Past a chain of sub-blocks with its closing zero; past the end if that is missing.
size_t skip_sub_blocks(std::string_view bytes, size_t at) {
  while (at < bytes.size()) {
    const uint32_t length = byte_at(bytes, at);
    at += 1 + length;
    if (length == 0) return at;
  }
  return bytes.size() + 1;
}

size_t color_table(uint32_t flags) { return flags & 0x80 ? size_t(3) << ((flags & 7) + 1) : 0; }

bool gif_complete(std::string_view bytes) {
  size_t at = 13 + color_table(byte_at(bytes, 10));
  while (at < bytes.size()) {
    const char block = bytes[at];
    if (block == '!') {
      at = skip_sub_blocks(bytes, at + 2);
    } else if (block == ',') {
      return skip_sub_blocks(bytes, at + 11 + color_table(byte_at(bytes, at + 9))) <= bytes.size();
    } else {
      return false;
    }
  }
  return false;
}

}  // namespace

std::optional<ImageFormat> image_format(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return ImageFormat::jpeg;
  if (bytes.starts_with(kPngMagic)) return ImageFormat::png;
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return ImageFormat::gif;
  if (bytes.starts_with("BM")) return ImageFormat::bmp;
  return std::nullopt;
}

bool is_complete(ImageFormat format, std::string_view bytes) {
  switch (format) {
    case ImageFormat::jpeg:
      return read_jpeg_segments(bytes).complete;
    case ImageFormat::png:
      return png_complete(bytes);
    case ImageFormat::bmp:
      return bmp_complete(bytes);
    case ImageFormat::gif:
      return gif_complete(bytes);
  }
  return false;
}

}  // namespace p2s
