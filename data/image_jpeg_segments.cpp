#include "data/image_jpeg_segments.h"

#include "data/image_bytes.h"

namespace p2s {
namespace {

constexpr uint32_t kStartOfImage = 0xD8, kEndOfImage = 0xD9, kStartOfScan = 0xDA,
                   kHuffmanTables = 0xC4, kApp1 = 0xE1;
constexpr std::string_view kExif("Exif\0\0", 6);

bool stands_alone(uint32_t marker) {
  return marker == 0x01 || (marker >= 0xD0 && marker <= kStartOfImage);
}

// SOF0 to SOF15, among which DHT, JPG and DAC have numbers of their own.
bool is_frame_header(uint32_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// stb_image 2.27 writes past its arrays when a table (DHT) states more codes than there are bytes
// to code. Like stb this takes the tables' own sizes, even past the segment's end.
bool huffman_tables_fit(std::string_view bytes, size_t at, int64_t length) {
  while (length > 0) {
    size_t codes = 0;
    for (size_t i = 1; i <= 16; ++i) codes += byte_at(bytes, at + i);
    if (codes > 256) return false;
    at += 17 + codes;
    length -= int64_t(17 + codes);
  }
  return true;
}

// The place of the next marker's 0xFF in entropy-coded data: there, FF 00 is a data byte and
// FF D0..D7 a restart.
size_t skip_scan(std::string_view bytes, size_t at) {
  while ((at = bytes.find('\xFF', at)) != std::string_view::npos) {
    const uint32_t next = byte_at(bytes, at + 1);
    if (next != 0x00 && next != 0xFF && !stands_alone(next)) return at;
    ++at;
  }
  return bytes.size();
}

}  // namespace

JpegSegments read_jpeg_segments(std::string_view bytes) {
  JpegSegments found;
  bool scanned = false;
  for (size_t at = 0; at + 1 < bytes.size();) {
    const uint32_t marker = byte_at(bytes, at + 1);
    if (byte_at(bytes, at) != 0xFF || marker == 0xFF) {
      ++at;  // fill bytes, or rubbish that decoders pass over as well
      continue;
    }
    at += 2;
    if (marker == kEndOfImage) {
      found.complete = scanned;
      return found;
    }
    if (marker == 0 || stands_alone(marker)) continue;
    const size_t length = big16(bytes, at);
    if (length < 2 || at + length > bytes.size()) return found;
    const std::string_view segment = bytes.substr(at + 2, length - 2);
    if (marker == kApp1 && found.exif.empty() && segment.starts_with(kExif)) {
      found.exif = segment.substr(kExif.size());
    }
    if (marker == kHuffmanTables && !huffman_tables_fit(bytes, at + 2, int64_t(length) - 2)) {
      found.tables_fit = false;
    }
    if (is_frame_header(marker) && found.height == 0) {
      found.height = big16(segment, 1);
      found.width = big16(segment, 3);
    }
    at += length;
    if (marker == kStartOfScan) {
      scanned = true;
      at = skip_scan(bytes, at);
    }
  }
  return found;
}

}  // namespace p2s
