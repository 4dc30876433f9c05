#include "infer/features_cli.h"

#include <spdlog/spdlog.h>

#include <fstream>

#include "data/photo_files.h"
#include "infer/pack_location.h"
#include "infer/photo_features.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/npy_header.h"
#include "nn/compute.h"

namespace p2s {
namespace {

struct FeaturesOptions {
  std::vector<fs::path> photos;
  fs::path convnet, out;
  std::string layer;
  int64_t batch = 16;
  ComputeOptions compute;
};

void list_layers(const ConvNet& convnet, std::ostream& out) {
  for (const std::string& layer : convnet.layers()) {
    out << fmt::format("{} [{}]\n", layer, fmt::join(feature_shape(convnet, layer), ","));
  }
}

// The file's layer: sizes of a photograph's numbers, behind their count.
std::vector<int64_t> with_rows(size_t rows, std::vector<int64_t> each) {
  each.insert(each.begin(), int64_t(rows));
  return each;
}

// Written as the work goes on, so that any number of photographs takes little memory; the number of
// rows is known at the end.
std::vector<std::string> write_npy(const ConvNet& convnet, const FeaturesOptions& options,
                                   const std::vector<fs::path>& photos) {
  const std::vector<int64_t> each = feature_shape(convnet, options.layer);
  std::vector<std::string> names;
  write_atomically(options.out, [&](const fs::path& path) {
    std::ofstream file(path, std::ios::binary);
    const std::string header = npy_header(with_rows(photos.size(), each));
    file << header;
    each_photo_features(convnet, options.layer, photos, options.batch,
                        [&](const PhotoFeatures& some) {
                          names.insert(names.end(), some.names.begin(), some.names.end());
                          file.write(reinterpret_cast<const char*>(some.numbers.data()),
                                     std::streamsize(some.numbers.size() * sizeof(float)));
                          check(bool(file), ErrorCode::io,
                                "{}: cannot be written; is the disk full?", options.out.string());
                        });
    file.seekp(0);
    file << npy_header(with_rows(names.size(), each), header.size());
    check(bool(file.flush()), ErrorCode::io, "{}: cannot be written; is the disk full?",
          options.out.string());
  });
  std::string lines;
  for (const std::string& name : names) lines += name + "\n";
  write_atomically(fs::path(options.out).replace_extension(".names.txt"), lines);
  return names;
}

std::vector<std::string> write_hdf5(const ConvNet& convnet, const FeaturesOptions& options,
                                    const std::vector<fs::path>& photos) {
  PhotoFeatures all;
  each_photo_features(
      convnet, options.layer, photos, options.batch, [&](const PhotoFeatures& some) {
        all.names.insert(all.names.end(), some.names.begin(), some.names.end());
        all.numbers.insert(all.numbers.end(), some.numbers.begin(), some.numbers.end());
      });
  const std::vector<int64_t> each = feature_shape(convnet, options.layer);
  const auto rows = int64_t(all.names.size());
  const Shape shape =
      each.size() == 1 ? Shape({rows, each[0]}) : Shape({rows, each[0], each[1], each[2]});
  ModelFileWriter file(options.out);
  file.attribute("architecture", convnet.name());
  file.attribute(
      "layer", options.layer.empty() ? convnet.layers()[convnet.features_layer()] : options.layer);
  file.tensor("features", Tensor(shape, Device::cpu, all.numbers));
  file.texts("names", all.names);
  file.finish();
  return all.names;
}

}  // namespace

void run_p2s_features(const std::vector<std::string>& arguments, std::ostream& out) {
  FeaturesOptions options;
  CommandLine line("p2s-features", "Writes what a layer of a convnet makes of photographs.",
                   "  p2s-features photos/ --out photos.npy\n"
                   "  p2s-features a.jpg b.jpg --convnet vgg19.h5 --layer conv5_4 --out maps.h5\n"
                   "  p2s-features --layer help\n");
  line.positionals("photos", options.photos, "photographs, or folders of them");
  line.path("--out", options.out,
            "file to write: .npy, with the names in .names.txt beside it, or .h5");
  line.text("--layer", options.layer,
            "default: the pooled vector (VGG: fc7); \"help\" lists the layers and their sizes");
  line.path("--convnet", options.convnet,
            "file of p2s-train import-cnn, or a pack (default: $P2S_PACK, else packs/*.h5)");
  line.whole("--batch", options.batch, 1, 4096, "photographs at once");
  add_compute_flags(line, options.compute);
  if (!line.parse(arguments, out)) return;
  const bool hdf5 = options.out.extension() == ".h5";
  check(options.layer == "help" || hdf5 || options.out.extension() == ".npy", ErrorCode::usage,
        "--out {}: give a name that ends in .npy or .h5", options.out.string());
  const Device device = start_computing(options.compute);
  const fs::path source = options.convnet.empty() ? default_pack(this_program()) : options.convnet;
  ConvNet convnet = read_convnet(ModelFileReader(source), device);
  if (options.layer == "help") return list_layers(convnet, out);
  if (!options.layer.empty()) convnet.layer_index(options.layer);  // refused before the long work
  check(!options.photos.empty(), ErrorCode::usage, "no photographs; give files or folders");
  const std::vector<fs::path> photos = photo_files(options.photos);
  convnet.pack();
  const std::vector<std::string> names =
      hdf5 ? write_hdf5(convnet, options, photos) : write_npy(convnet, options, photos);
  spdlog::info("{}: {} photographs, [{}] each", options.out.string(), names.size(),
               fmt::join(feature_shape(convnet, options.layer), ","));
}

}  // namespace p2s
