#include "data/contact_sheet.h"

#include <algorithm>

#include "data/drawing.h"

namespace p2s {
namespace {

constexpr Colour kPaper{255, 255, 255}, kInk{30, 30, 30};
constexpr int64_t kGap = 12, kTitleScale = 2, kTitleLines = 3;

Image thumbnail(const Image& image, int64_t size) {
  const double shrink = double(size) / double(std::max(image.width, image.height));
  const auto side = [&](int64_t all) {
    return std::max<int64_t>(1, int64_t(double(all) * shrink + 0.5));
  };
  return resize(image, side(image.width), side(image.height));
}

void draw_lines(Image& on, const std::vector<std::string>& lines, int64_t left, int64_t top,
                int64_t scale) {
  for (size_t i = 0; i < lines.size(); ++i) {
    draw_text(on, lines[i], left, top + int64_t(i) * kTextHeight * scale, kInk, scale);
  }
}

}  // namespace

Image contact_sheet(const std::string& title, const std::vector<SheetCell>& cells,
                    const SheetLayout& layout) {
  const int64_t count = int64_t(cells.size()), columns = layout.columns;
  const int64_t rows = (count + columns - 1) / columns;
  const int64_t width = kGap + columns * (layout.size + kGap);
  const int64_t cell_height = layout.size + kGap / 2 + layout.lines * kTextHeight + kGap;
  const auto heading = wrap_text(title, width - 2 * kGap, kTitleLines, kTitleScale);
  const int64_t top = kGap + int64_t(heading.size()) * kTextHeight * kTitleScale;
  Image sheet = blank_image(width, top + rows * cell_height + kGap, kPaper);
  draw_lines(sheet, heading, kGap, kGap, kTitleScale);
  for (int64_t i = 0; i < count; ++i) {
    const SheetCell& cell = cells[size_t(i)];
    const int64_t left = kGap + i % columns * (layout.size + kGap);
    const int64_t above = top + i / columns * cell_height;
    const Image small = thumbnail(cell.image, layout.size);
    paste(sheet, small, left + (layout.size - small.width) / 2, above + layout.size - small.height);
    draw_lines(sheet, wrap_text(cell.text, layout.size, layout.lines), left,
               above + layout.size + kGap / 2, 1);
  }
  return sheet;
}

}  // namespace p2s
