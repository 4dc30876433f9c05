#include <doctest/doctest.h>

#include "models/convnet.h"
#include "models/tensor_file.h"
#include "nn/base/files.h"
#include "tests/cli/photo_and_pack.h"
#include "tests/cli/program.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

Outcome features(std::vector<std::string> arguments, const fs::path& folder) {
  ProgramOptions options;
  options.folder = folder;
  options.environment = {"P2S_PACK=" + pack_file().string()};
  return run_program("p2s-features", arguments, options);
}

// Photographs b.png and a.png, and others that are none.
void make_photos(const fs::path& folder) {
  fs::create_directory(folder);
  write_atomically(folder / "b.png", photo_bytes());
  write_atomically(folder / "a.PNG", photo_bytes());
  write_atomically(folder / "broken.jpg", "no picture");
  write_atomically(folder / "notes.txt", "not looked at");
}

}  // namespace

TEST_CASE("p2s-features writes vectors of files and folders in their order, with their names") {
  const TemporaryFolder folder;
  make_photos(folder / "photos");
  const Outcome outcome = features(
      {photo_file().string(), "photos", "--batch", "2", "--out", "photos.npy"}, folder.path());
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.err, "photograph left out: photos/broken.jpg"));
  CHECK(contains(outcome.err, "3 photographs, [1280] each"));
  const TensorFile file(folder / "photos.npy");
  CHECK(file.shape("array") == std::vector<int64_t>{3, 1280});
  const std::vector<real> numbers = file.values("array");
  for (size_t row : {1u, 2u}) {  // all three are the same photograph
    CHECK(std::equal(numbers.begin(), numbers.begin() + 1280,
                     numbers.begin() + std::ptrdiff_t(row * 1280),
                     [](real a, real b) { return std::abs(double(a - b)) < 1e-4; }));
  }
  CHECK(read_file(folder / "photos.names.txt") ==
        photo_file().string() + "\nphotos/a.PNG\nphotos/b.png\n");
}

TEST_CASE("p2s-features --layer writes the places of a layer to HDF5") {
  const TemporaryFolder folder;
  make_photos(folder / "photos");
  const Outcome outcome =
      features({"photos", "--layer", "block10", "--out", "maps.h5"}, folder.path());
  CHECK(outcome.status == 0);
  const ModelFileReader file(folder / "maps.h5");
  CHECK(file.shape("features") == Shape({2, 14, 14, 112}));
  CHECK(file.texts("names") == std::vector<std::string>{"photos/a.PNG", "photos/b.png"});
  CHECK(file.attribute("layer") == "block10");
  CHECK(file.attribute("architecture") == "efficientnet-lite0");
  const Outcome help = features({"--layer", "help"}, folder.path());
  CHECK(help.status == 0);
  CHECK(contains(help.out, "block10 [14,14,112]\n"));
  CHECK(contains(help.out, "pool [1280]\n"));
}

TEST_CASE("p2s-features refuses what it cannot use in one line, and leaves nothing") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "empty");
  write_atomically(folder / "broken.jpg", "no picture");
  const std::string photo = photo_file().string();
  const auto refused = [&](std::vector<std::string> arguments, int status,
                           const std::vector<std::string>& parts) {
    check_failure("p2s-features", features(std::move(arguments), folder.path()), status, parts);
  };
  refused({photo}, 2, {"--out", ".npy or .h5"});
  refused({photo, "--out", "x.csv"}, 2, {"x.csv", ".npy or .h5"});
  refused({"--out", "x.npy"}, 2, {"no photographs"});
  refused({photo, "--out", "x.npy", "--layer", "fc7"}, 2, {"no layer \"fc7\"", "block0"});
  refused({"empty", "--out", "x.npy"}, 1, {"empty: no photograph in this folder"});
  refused({"missing.jpg", "--out", "x.npy"}, 1, {"missing.jpg"});
  refused({"broken.jpg", "--out", "x.npy"}, 1, {"none of 1 photographs"});
  refused({photo, "--convnet", "broken.jpg", "--out", "x.h5"}, 1, {"broken.jpg"});
  CHECK(folder.files() == 1);
}
