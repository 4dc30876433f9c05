#include "features/image_features.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "data/image.h"
#include "nn/base/files.h"
#include "nn/optim.h"
#include "tests/captured_log.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// Weights with He's spread, so that activations neither die nor saturate.
ConvNet made_up_convnet() {
  ConvNet net(*find_convnet_architecture("efficientnet-lite0"), Device::cpu, {});
  Rng rng(3);
  for (const NamedParameter& p : parameters_of(net)) {
    const Shape& shape = p.var.shape();
    const real spread =
        shape.rank() == 4 ? std::sqrt(real(6) / real(shape[1] * shape[2] * shape[3])) : real(0.1);
    std::vector<real> values(size_t(shape.elements()));
    for (real& value : values) value = (2 * rng.uniform() - 1) * spread;
    p.var.value.copy_from(Tensor(shape, Device::cpu, values));
  }
  return net;
}

// Three photographs of one colour each, and a cache of its own.
struct Photos {
  Photos() {
    for (const int value : {0, 120, 250}) {
      const fs::path path = folder / (std::to_string(value) + ".png");
      write_png(path, {4, 4, std::vector<uint8_t>(48, uint8_t(value))});
      paths.push_back(path);
    }
  }
  ImageFeatures features(ConvNet& net, const std::vector<fs::path>& of) const {
    return image_features(net, of, {}, cache.path());
  }
  TemporaryFolder folder, cache;
  std::vector<fs::path> paths;
};

std::vector<real> row(const ImageFeatures& features, size_t path) {
  const int64_t at = features.row[path];
  return features.features.rows(at, at + 1).to_host();
}

}  // namespace

TEST_CASE("features are the convnet's, a row a photograph, in the order of the paths") {
  ConvNet net = made_up_convnet();
  const Photos photos;
  const ImageFeatures all = photos.features(net, photos.paths);
  CHECK(all.features.shape() == Shape({3, 1280}));
  CHECK(all.row == std::vector<int64_t>{0, 1, 2});
  std::vector<real> pixels(224 * 224 * 3);
  to_floats(squash(read_image(photos.paths[1]), 224), pixels.data());
  Tape tape(Device::cpu);
  const auto alone = net(tape, Tensor({1, 224, 224, 3}, Device::cpu, pixels)).value.to_host();
  const auto batched = row(all, 1);
  double difference = 0, largest = 0;
  for (size_t i = 0; i < alone.size(); ++i) {
    difference = std::max(difference, double(std::abs(alone[i] - batched[i])));
    largest = std::max(largest, double(alone[i]));
  }
  CHECK(largest > 0);
  CHECK(difference <= 1e-4 * largest);
  CHECK(row(all, 0) != row(all, 2));
}

TEST_CASE("a second run takes them from the cache, by content; another network does not") {
  ConvNet net = made_up_convnet();
  const Photos photos;
  const auto first = photos.features(net, {photos.paths[0], photos.paths[1]});
  CHECK(photos.cache.files() == 1);
  // Same content under another name, and a new photograph, in another order.
  fs::rename(photos.paths[1], photos.folder / "renamed.png");
  const auto second =
      photos.features(net, {photos.paths[2], photos.folder / "renamed.png", photos.paths[0]});
  CHECK(row(second, 1) == row(first, 1));
  CHECK(row(second, 2) == row(first, 0));
  CHECK(photos.cache.files() == 1);

  parameters_of(net).back().var.value.fill(1);
  const auto other = photos.features(net, {photos.paths[0]});
  CHECK(row(other, 0) != row(first, 0));
  CHECK(photos.cache.files() == 2);
}

TEST_CASE("unreadable photographs are named, counted and skipped") {
  ConvNet net = made_up_convnet();
  const Photos photos;
  std::vector<fs::path> paths;
  for (int i = 0; i < 5; ++i) {
    paths.push_back(photos.folder / ("broken" + std::to_string(i) + ".jpg"));
    std::ofstream(paths.back()) << "no picture " << i;
  }
  paths.insert(paths.begin() + 2, photos.paths[0]);
  paths.push_back(photos.folder / "missing.jpg");
  paths.push_back(photos.paths[2]);
  const CapturedLog log;
  const auto all = photos.features(net, paths);
  CHECK(all.row == std::vector<int64_t>{-1, -1, 0, -1, -1, -1, -1, 1});
  CHECK(all.features.shape() == Shape({2, 1280}));
  CHECK(log.lines() == 4);
  CHECK(contains(log.text(), "broken0.jpg: is no image that can be read"));
  CHECK(contains(log.text(), "images skipped: 6 in all"));
}

TEST_CASE("no readable photograph at all is an error") {
  ConvNet net(*find_convnet_architecture("efficientnet-lite0"), Device::cpu, {});
  const Photos photos;
  const CapturedLog quiet;
  const std::string message = thrown_message(
      ErrorCode::format, [&] { photos.features(net, {photos.folder / "missing.jpg"}); });
  CHECK(contains(message, "none of 1 images can be read"));
  CHECK(contains(message, "missing.jpg"));
}

TEST_CASE("what was computed before an interruption is kept") {
  ConvNet net = made_up_convnet();
  const Photos photos;
  const auto stop = [](int64_t, int64_t) { fail(ErrorCode::cancelled, "stopped"); };
  thrown_message(ErrorCode::cancelled,
                 [&] { image_features(net, photos.paths, stop, photos.cache.path()); });
  CHECK(photos.cache.files() == 1);
}

TEST_CASE("a cache that cannot be written is reported and does not stop the work") {
  ConvNet net = made_up_convnet();
  const Photos photos;
  const CapturedLog log;
  const auto all = image_features(net, photos.paths, {}, photos.cache / "no such folder");
  CHECK(all.features.shape()[0] == 3);
  CHECK(contains(log.text(), "features are not kept for the next run"));
}
