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

bool bmp_is_old(std::string_view bytes) { return little32(bytes, 14) == 12; }

ImageSize bmp_size(std::string_view bytes) {
  if (bmp_is_old(bytes)) return {little16(bytes, 18), little16(bytes, 20)};
  // A negative height stands for rows from the top.
  const int64_t height = int32_t(little32(bytes, 22));
  return {little32(bytes, 18), height < 0 ? -height : height};
}

bool bmp_complete(std::string_view bytes) {
  const uint64_t offset = little32(bytes, 10);
  const uint64_t bits = little16(bytes, bmp_is_old(bytes) ? 24 : 28);
  const ImageSize size = bmp_size(bytes);
  if (bits > 32 || offset > bytes.size()) return false;
  const uint64_t row = (uint64_t(size.width) * bits + 31) / 32 * 4;
  return size.height == 0 || row <= (bytes.size() - offset) / uint64_t(size.height);
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

ImageSize image_size(ImageFormat format, std::string_view bytes) {
  switch (format) {
    case ImageFormat::jpeg: {
      const JpegSegments segments = read_jpeg_segments(bytes);
      return {segments.width, segments.height};
    }
    case ImageFormat::png:
      return {big32(bytes, 16), big32(bytes, 20)};
    case ImageFormat::bmp:
      return bmp_size(bytes);
    case ImageFormat::gif:
      return {little16(bytes, 6), little16(bytes, 8)};
  }
  return {};
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
