#include "models/convnet_architectures.h"

#include <doctest/doctest.h>

#include "models/convnet.h"
#include "nn/optim.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// Nothing is computed: the structure alone, its memory never touched.
ConvNet whole(const std::string& name) {
  const ConvNetArchitecture& architecture = *find_convnet_architecture(name);
  return {architecture, Device::ref, {architecture.batch_norm, true}};
}

// What is trained; the running statistics are not.
int64_t parameter_count(ConvNet net) {
  int64_t count = 0;
  for (const NamedParameter& p : parameters_of(net)) {
    const bool statistic = p.name.ends_with(".mean") || p.name.ends_with(".variance");
    if (!statistic) count += p.var.shape().elements();
  }
  return count;
}

// Convolutions and fully connected layers on the longest way through.
int64_t weight_layers(ConvNet net) {
  int64_t count = 0;
  net.for_each_conv([&](const std::string& path, const ConvNet::Conv&) {
    if (!path.ends_with(".shortcut")) ++count;
  });
  return count;
}

}  // namespace

TEST_CASE("every convnet has the published number of layers and parameters") {
  struct Row {
    const char* name;
    int64_t layers;  // the number in the name where there is one
    int64_t parameters;
  };
  // Parameters as torchvision 0.14 and the package efficientnet-lite-pytorch 0.1 count them, with
  // 1000 classes.
  for (const Row& row :
       {Row{"vgg-16", 16, 138'357'544}, Row{"vgg-19", 19, 143'667'240},
        Row{"resnet-18", 18, 11'689'512}, Row{"resnet-34", 34, 21'797'672},
        Row{"resnet-50", 50, 25'557'032}, Row{"resnet-101", 101, 44'549'160},
        Row{"resnet-152", 152, 60'192'808}, Row{"resnet-50-v1", 50, 25'557'032},
        Row{"efficientnet-lite0", 50, 4'652'008}, Row{"efficientnet-lite1", 65, 5'416'680},
        Row{"efficientnet-lite2", 65, 6'092'072}, Row{"efficientnet-lite3", 74, 8'197'096},
        Row{"efficientnet-lite4", 92, 13'006'568}}) {
    INFO(row.name);
    CHECK(weight_layers(whole(row.name)) == row.layers);
    CHECK(parameter_count(whole(row.name)) == row.parameters);
  }
}

TEST_CASE("layers have the names and sizes of their papers") {
  const ConvNet vgg = whole("vgg-19"), resnet = whole("resnet-101"),
                lite = whole("efficientnet-lite0"), lite4 = whole("efficientnet-lite4");
  CHECK(vgg.layer_shape("conv5_4") == Shape({1, 14, 14, 512}));
  CHECK(vgg.layer_shape("pool5") == Shape({1, 7, 7, 512}));
  CHECK(vgg.layer_shape("fc7") == Shape({1, 1, 1, 4096}));
  CHECK(vgg.features() == 4096);
  CHECK(resnet.layer_shape("conv4_23") == Shape({1, 14, 14, 1024}));
  CHECK(resnet.layer_shape("conv5_3") == Shape({1, 7, 7, 2048}));
  CHECK(resnet.layer_shape("fc") == Shape({1, 1, 1, 1000}));
  CHECK(resnet.features() == 2048);
  CHECK(lite.layer_shape("block10") == Shape({1, 14, 14, 112}));
  CHECK(lite.layer_shape("head") == Shape({1, 7, 7, 1280}));
  CHECK(lite.layers().size() == 20);
  CHECK(lite4.input() == 300);
  CHECK(lite4.layer_shape("head") == Shape({1, 10, 10, 1280}));
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { lite.layer_index("fc7"); }),
                 "efficientnet-lite0 has no layer \"fc7\"; it has: stem, block0"));
}
