#include "data/contact_sheet.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "data/drawing.h"
#include "nn/base/error.h"

using namespace p2s;

namespace {

const uint8_t* pixel(const Image& image, int64_t x, int64_t y) {
  return &image.pixels[size_t(y * image.width + x) * 3];
}

int64_t dark(const Image& image, int64_t left, int64_t top, int64_t right, int64_t bottom) {
  int64_t count = 0;
  for (int64_t y = top; y < bottom; ++y) {
    for (int64_t x = left; x < right; ++x) count += pixel(image, x, y)[0] < 128;
  }
  return count;
}

}  // namespace

TEST_CASE("a contact sheet has the thumbnails in rows, their text under them and a title") {
  const Image wide = blank_image(400, 200, {200, 0, 0}), tall = blank_image(10, 20, {0, 0, 200});
  const SheetLayout layout{.columns = 2, .size = 60, .lines = 2};
  const Image sheet =
      contact_sheet("a red wall", {{wide, "one"}, {tall, "two"}, {wide, ""}}, layout);
  CHECK(sheet.width == 12 + 2 * (60 + 12));
  CHECK(dark(sheet, 0, 0, sheet.width, 36) > 50);  // the title
  // The wide one is 60 x 30 at the foot of its cell, the tall one 30 x 60 in the middle of its.
  CHECK(pixel(sheet, 12, 36 + 59)[0] == 200);
  CHECK(pixel(sheet, 12, 36 + 59)[2] == 0);
  CHECK(pixel(sheet, 12, 36 + 28)[2] == 255);
  CHECK(pixel(sheet, 84 + 30, 36 + 1)[2] == 200);
  CHECK(pixel(sheet, 84 + 10, 36 + 1)[2] == 255);
  CHECK(dark(sheet, 12, 36 + 64, 72, 36 + 90) > 10);  // "one"
  CHECK(pixel(sheet, 40, 36 + 102 + 59)[1] == 0);     // the second row
  const Image empty = contact_sheet("nothing", {}, layout);
  CHECK(empty.height < 60);
}

TEST_CASE("text wraps at words, and says where it was cut") {
  const int64_t width = text_width("a dog on");
  CHECK(wrap_text("a dog on a beach", width, 3) == std::vector<std::string>{"a dog on", "a beach"});
  const auto cut = wrap_text("a dog on a beach runs far away", width, 2);
  REQUIRE(cut.size() == 2);
  CHECK(cut[1].ends_with("..."));
  for (const std::string& line : cut) CHECK(text_width(line) <= width);
  CHECK(text_width(wrap_text("incomprehensibilities", width, 1)[0]) <= width);
  CHECK(wrap_text(" ", width, 2).empty());
}

TEST_CASE("what sticks out of a picture is cut off, and odd letters do no harm") {
  Image on = blank_image(20, 20, {255, 255, 255});
  paste(on, blank_image(10, 10, {0, 0, 0}), -5, -5);
  CHECK(dark(on, 0, 0, 20, 20) == 25);
  paste(on, blank_image(10, 10, {0, 0, 0}), 15, 15);
  CHECK(dark(on, 0, 0, 20, 20) == 50);
  paste(on, blank_image(10, 10, {0, 0, 0}), 30, -40);
  draw_text(on, "\xc3\xa4\x01 outside", 15, 15, {0, 0, 0}, 3);
  CHECK(on.pixels.size() == 20 * 20 * 3);
  CHECK_THROWS_AS(blank_image(0, 5, {}), Error);
}
