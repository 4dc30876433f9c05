#pragma once

#include <string>
#include <vector>

#include "data/image.h"

namespace p2s {

// A picture with a text below it.
struct SheetCell {
  Image image;
  std::string text;
};

// Rows of cells under a title: thumbnails of at most `size` x `size` pixels with their proportions
// kept, each over up to `lines` lines of text. No cell at all gives a title alone.
struct SheetLayout {
  int64_t columns = 5, size = 200, lines = 2;
};
Image contact_sheet(const std::string& title, const std::vector<SheetCell>& cells,
                    const SheetLayout& layout = {});

}  // namespace p2s
