// For bench/check_convnet.py: `convnet_features CONVNET.h5 PHOTO...` writes, for each photograph,
// the pixels as to_floats() makes them (S x S x 3), its features, and the logits of a network that
// has its classifier, to stdout as 32-bit floats.
#include <cstdio>
#include <vector>

#include "data/image.h"
#include "models/convnet.h"
#include "nn/base/error.h"

namespace {

void put(const std::vector<float>& numbers) {
  const size_t written = std::fwrite(numbers.data(), sizeof(float), numbers.size(), stdout);
  p2s::check(written == numbers.size(), p2s::ErrorCode::io, "stdout: cannot write");
}

}  // namespace

int main(int argc, char** argv) {
  using namespace p2s;
  try {
    check(argc > 2, ErrorCode::usage, "usage: convnet_features CONVNET.h5 PHOTO...");
    const ConvNet convnet = read_convnet(ModelFileReader(argv[1]), Device::cpu);
    const int64_t size = convnet.input();
    for (int i = 2; i < argc; ++i) {
      std::vector<float> pixels(size_t(size * size * 3));
      to_floats(squash(read_image(argv[i]), size), pixels.data());
      Tape tape(Device::cpu);
      const Tensor image({1, size, size, 3}, Device::cpu, pixels);
      put(pixels);
      const size_t pooled = convnet.features_layer() + 1;
      const Var features = convnet.run(tape, image, 0, pooled);
      put(features.value.to_host());
      const size_t layers = convnet.layers().size();
      if (layers > pooled) put(convnet.run(tape, features, pooled, layers).value.to_host());
    }
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return exit_status(error);
  }
}
