#include "data/image.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "data/exif.h"
#include "tests/data/sample_images.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

using Pixels = std::vector<uint8_t>;

std::string refusal(const std::string& bytes) {
  return thrown_message(ErrorCode::format, [&] { decode_image(bytes, "photo.x"); });
}

}  // namespace

TEST_CASE("a PNG that was written reads back to the same pixels") {
  const TemporaryFolder folder;
  Image image{3, 2, {1, 2, 3, 40, 50, 60, 0, 255, 0, 9, 8, 7, 100, 101, 102, 255, 255, 255}};
  write_png(folder / "a.png", image);
  const Image read = read_image(folder / "a.png");
  CHECK(read.width == 3);
  CHECK(read.height == 2);
  CHECK(read.pixels == image.pixels);
  CHECK(folder.files() == 1);
}

TEST_CASE("grey is spread to three channels and alpha is laid over white") {
  CHECK(decode_image(png(2, 1, 1, "\x10\x80"), "grey").pixels == Pixels{16, 16, 16, 128, 128, 128});
  const std::string grey_alpha("\x00\xFF\x00\x00\x64\x80", 6);
  CHECK(decode_image(png(3, 1, 2, grey_alpha), "grey alpha").pixels ==
        Pixels{0, 0, 0, 255, 255, 255, 177, 177, 177});
  const std::string rgba("\x0A\x14\x1E\xFF\x0A\x14\x1E\x00\xFF\x00\x00\x80", 12);
  CHECK(decode_image(png(3, 1, 4, rgba), "rgba").pixels ==
        Pixels{10, 20, 30, 255, 255, 255, 255, 127, 127});
}

TEST_CASE("BMP, GIF, progressive and CMYK JPEG are read") {
  const Image image = quadrants("RGBW", 6, 4);
  CHECK(decode_image(bmp(image), "bmp").pixels == image.pixels);
  CHECK(letters_of(decode_image(jpeg(quadrants("WBGR", 32, 32)), "jpeg")) == "WBGR");

  const Image frame = decode_image(gif(), "gif");
  CHECK(frame.pixels == Pixels{255, 0, 0, 0, 0, 255, 255, 255, 255,  //
                               255, 255, 255, 0, 0, 255, 255, 0, 0});
  const Image progressive = decode_image(progressive_jpeg(), "progressive");
  CHECK(progressive.width == 16);
  CHECK(std::abs(int(progressive.pixels[3]) - 90) <= 4);
  const Image cmyk = decode_image(cmyk_jpeg(), "cmyk");
  CHECK(letters_of(cmyk) == "RRRR");
}

TEST_CASE("each EXIF orientation is set upright") {
  // What is stored, by quadrant, for an upright RGBW; from the tag's definition of where row 0 and
  // column 0 are seen.
  const char* const stored[] = {"RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "GWRB", "WGBR", "BRWG"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big_endian : {false, true}) {
      CAPTURE(orientation);
      const bool swapped = orientation >= 5;
      const Image lying = quadrants(stored[orientation - 1], swapped ? 16 : 32, swapped ? 32 : 16);
      const Image image =
          decode_image(with_orientation(jpeg(lying), orientation, big_endian), "exif");
      CHECK(image.width == 32);
      CHECK(image.height == 16);
      CHECK(letters_of(image) == "RGBW");
    }
  }
}

TEST_CASE("a damaged EXIF block means upright") {
  CHECK(exif_orientation("") == 1);
  CHECK(exif_orientation("II*") == 1);
  CHECK(exif_orientation(std::string("MM\0*\xFF\xFF\xFF\xFF", 8)) == 1);
  CHECK(exif_orientation(std::string("II*\0\x08\0\0\0\xFF\xFF", 10)) == 1);
  const Image image = quadrants("RGBW", 32, 16);
  CHECK(letters_of(decode_image(with_orientation(jpeg(image), 9, true), "nine")) == "RGBW");
}

TEST_CASE("an image that is cut short is refused wherever the cut is") {
  const Image image = quadrants("RGBW", 16, 16);
  for (const std::string& whole :
       {jpeg(image), progressive_jpeg(), bmp(image), gif(), png(8, 8, 3, std::string(192, 'x'))}) {
    for (size_t size = 8; size + 1 < whole.size(); size += 1 + whole.size() / 40) {
      CAPTURE(size);
      // A GIF needs no trailer after its first frame.
      CHECK_THROWS_AS(decode_image(whole.substr(0, size), "cut"), Error);
    }
  }
  CHECK(contains(refusal(jpeg(image).substr(0, 400)), "photo.x: cut short"));
  CHECK(contains(refusal(bmp(image).substr(0, 200)), "photo.x: cut short"));
}

TEST_CASE("what is no image is refused in one line") {
  CHECK(contains(refusal(""), "photo.x: is empty"));
  CHECK(contains(refusal("Once upon a time there was no picture."), "no image that can be read"));
  CHECK(contains(refusal("\xFF\xD8\xFF" + std::string(500, 'x')), "photo.x"));
  CHECK(contains(refusal(png(4, 4, 3, std::string(48, 'x')).replace(45, 6, "broken")), "damaged"));
}

TEST_CASE("a JPEG with an impossible Huffman table is refused before it is decoded") {
  std::string bytes = jpeg(quadrants("RGBW", 16, 16));
  const size_t table = bytes.find("\xFF\xC4");
  for (size_t i = 0; i < 16; ++i) bytes[table + 5 + i] = '\x7F';
  CHECK(contains(refusal(bytes), "a Huffman table is too long"));
}

TEST_CASE("an image of 50,000 x 50,000 is refused before it is decoded") {
  const std::string message = refusal(png_header(50'000, 50'000));
  CHECK(contains(message, "50000 x 50000 pixels"));
  CHECK(contains(message, "100 million"));
}

TEST_CASE("missing files and folders are told apart") {
  const TemporaryFolder folder;
  CHECK(contains(thrown_message(ErrorCode::io, [&] { read_image(folder / "no.jpg"); }),
                 "no.jpg: no such file"));
  CHECK(contains(thrown_message(ErrorCode::io, [&] { read_image(folder.path()); }), "is a folder"));
}

TEST_CASE("flipped bits in an image never do worse than an error") {
  const std::string whole[] = {jpeg(quadrants("RGBW", 24, 24)),
                               progressive_jpeg(),
                               cmyk_jpeg(),
                               gif(),
                               bmp(quadrants("RGBW", 8, 8)),
                               png(8, 8, 4, std::string(256, 'y'))};
  uint32_t random = 1;
  for (const std::string& original : whole) {
    for (int trial = 0; trial < 300; ++trial) {
      std::string bytes = original;
      for (int flip = 0; flip < 3; ++flip) {
        random = random * 1664525u + 1013904223u;
        bytes[(random >> 8) % bytes.size()] ^= char(1 << (random & 7));
      }
      try {
        const Image image = decode_image(bytes, "flipped");
        CHECK(image.pixels.size() == size_t(image.width * image.height * 3));
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::format);
      }
    }
  }
}

TEST_CASE("squash keeps flat colour, proportions of place, and an image of the right size") {
  const Image square = squash(quadrants("RGBW", 60, 20), 32);
  CHECK(square.width == 32);
  CHECK(square.height == 32);
  CHECK(letters_of(square) == "RGBW");
  CHECK(letters_of(squash(quadrants("GWRB", 5, 9), 32)) == "GWRB");
  const Image same = quadrants("WGBR", 32, 32);
  CHECK(squash(same, 32).pixels == same.pixels);
}

TEST_CASE("squash is antialiased: stripes of one pixel become their mean") {
  Image stripes{256, 8, {}};
  for (int i = 0; i < 256 * 8; ++i) stripes.pixels.insert(stripes.pixels.end(), 3, i % 2 ? 200 : 0);
  const Image small = squash(stripes, 8);
  for (size_t x = 3; x < 3 * 5; ++x) CHECK(std::abs(int(small.pixels[x + 24]) - 100) <= 6);
}

TEST_CASE("pixels become (value - 127) / 128") {
  float out[3];
  to_floats({1, 1, {0, 127, 255}}, out);
  CHECK(out[0] == -127.0f / 128.0f);
  CHECK(out[1] == 0.0f);
  CHECK(out[2] == 1.0f);
}
