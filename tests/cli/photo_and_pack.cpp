#include "tests/cli/photo_and_pack.h"

#include "data/image.h"
#include "nn/base/files.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"

namespace p2s::test {
namespace {

const TemporaryFolder& shared_folder() {
  static const TemporaryFolder folder;
  return folder;
}

// A smooth gradient of colours.
Image photograph() {
  Image image{160, 120, {}};
  for (int y = 0; y < 120; ++y) {
    for (int x = 0; x < 160; ++x) {
      for (int value : {x, y * 2, x + y}) image.pixels.push_back(uint8_t(value));
    }
  }
  return image;
}

}  // namespace

fs::path photo_file() {
  static const fs::path path = [] {
    const fs::path file = shared_folder() / "photo.png";
    write_png(file, photograph());
    return file;
  }();
  return path;
}

fs::path pack_file() {
  static const fs::path path = [] {
    const fs::path file = shared_folder() / "pack.h5";
    Pack pack = tiny_pack();
    add_tiny_captioner(pack);
    write_pack(file, pack);
    return file;
  }();
  return path;
}

const std::string& photo_bytes() {
  static const std::string bytes = read_file(photo_file());
  return bytes;
}

const std::string& pack_bytes() {
  static const std::string bytes = read_file(pack_file());
  return bytes;
}

}  // namespace p2s::test
