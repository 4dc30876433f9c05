#pragma once

#include <string_view>

#include "data/image.h"

namespace p2s {

// The orientation tag (0x0112) of an EXIF block, which is a TIFF header and its first directory:
// 1..8 as EXIF numbers them, 1 (upright) where there is none or it is damaged.
int exif_orientation(std::string_view tiff);

// The image turned and mirrored so that orientation 1..8 stands upright.
Image oriented(Image image, int orientation);

}  // namespace p2s
