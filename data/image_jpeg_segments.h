#pragma once

#include <cstdint>
#include <string_view>

namespace p2s {

// What the markers of a JPEG file say, without decoding it.
struct JpegSegments {
  std::string_view exif;           // the TIFF block of the first EXIF segment (APP1), or empty
  uint32_t width = 0, height = 0;  // as stored; 0 where no frame header was found
  bool tables_fit = true;          // no Huffman table states more than 256 codes
  bool complete = false;           // the end marker (EOI) was reached after a scan
};
JpegSegments read_jpeg_segments(std::string_view bytes);

}  // namespace p2s
