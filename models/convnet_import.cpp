#include "models/convnet_import.h"

#include <map>
#include <utility>
#include <vector>

#include "models/convnet_names.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

// Below this share of tensors that fit, a file is of no network that is known.
constexpr double kLeastLikeness = 0.3;

// Canonical names with those in the file.
std::map<std::string, std::string> canonical_names(const TensorFile& file) {
  std::map<std::string, std::string> names;
  for (const std::string& name : file.names()) names.emplace(canonical_name(name), name);
  return names;
}

struct Candidate {
  const ConvNetArchitecture* architecture = nullptr;
  const ConvNetNaming* naming = nullptr;
  double likeness = -1;
};

class Detection {
 public:
  explicit Detection(const TensorFile& file) : file_(file), names_(canonical_names(file)) {}

  bool fits(const ImportedTensor& tensor) const {
    const auto found = names_.find(tensor.name);
    return found != names_.end() && file_.shape(found->second) == tensor.shape;
  }
  const std::string* name_in_file(const std::string& canonical) const {
    const auto found = names_.find(canonical);
    return found == names_.end() ? nullptr : &found->second;
  }
  const std::map<std::string, std::string>& names() const { return names_; }

  // The most like of the known ones, of one name only if it is given.
  Candidate best(const std::string& only) const {
    Candidate best;
    for (const ConvNetArchitecture& architecture : convnet_architectures()) {
      if (!only.empty() && architecture.name != only) continue;
      for (const ConvNetNaming& naming : convnet_namings()) {
        if (!architecture.name.starts_with(naming.family) ||
            architecture.stride_first != naming.stride_first) {
          continue;
        }
        const double likeness = this->likeness(architecture, naming);
        if (likeness > best.likeness) best = {&architecture, &naming, likeness};
      }
    }
    return best;
  }

 private:
  // Tensors that fit, as a share of all that the network or the file has (Jaccard), so that a
  // network is not taken for a smaller one that is a part of it.
  double likeness(const ConvNetArchitecture& architecture, const ConvNetNaming& naming) const {
    ConvNet net(architecture, Device::ref, {architecture.batch_norm, true});
    size_t fitting = 0;
    const auto wanted = imported_tensors(net, architecture, naming);
    for (const ImportedTensor& tensor : wanted) fitting += fits(tensor);
    return double(fitting) / double(wanted.size() + names_.size() - fitting);
  }

  const TensorFile& file_;
  std::map<std::string, std::string> names_;
};

// OIHW or HWIO to [K,R,S,C]; the first convolution's channels turned round where they were B, G, R.
std::vector<real> filters_first(const std::vector<real>& values, const Shape& shape, bool keras,
                                bool reversed) {
  const int64_t filters = shape[0], places = shape[1] * shape[2], channels = shape[3];
  std::vector<real> ours(values.size());
  for (int64_t k = 0, i = 0; k < filters; ++k) {
    for (int64_t place = 0; place < places; ++place) {
      for (int64_t c = 0; c < channels; ++c, ++i) {
        const int64_t from = reversed ? channels - 1 - c : c;
        ours[size_t(i)] = values[size_t(keras ? (place * channels + from) * filters + k
                                              : (k * channels + from) * places + place)];
      }
    }
  }
  return ours;
}

class Import {
 public:
  Import(const TensorFile& file, Detection detection, const Candidate& candidate)
      : file_(file),
        detection_(std::move(detection)),
        architecture_(*candidate.architecture),
        naming_(*candidate.naming) {}

  ConvNet read(Device device) const {
    ConvNet net(architecture_, device, {architecture_.batch_norm, has_classifier()});
    bool first = true;
    for (const ImportedTensor& tensor : imported_tensors(net, architecture_, naming_)) {
      read(tensor, first);
      first = false;
    }
    if (naming_.keras) take_in_biases(net);
    if (naming_.pixels != nullptr) net.set_pixels(*naming_.pixels);
    return net;
  }

 private:
  std::string what() const { return fmt::format("{} ({})", architecture_.name, naming_.title); }

  bool has_classifier() const {
    const auto names = naming_.names(architecture_, architecture_.stages.back().name);
    const std::string weight = names.conv + (naming_.keras ? "/kernel" : ".weight");
    return detection_.name_in_file(weight) != nullptr;
  }

  void read(const ImportedTensor& tensor, bool first) const {
    const std::string* name = detection_.name_in_file(tensor.name);
    check(name != nullptr, ErrorCode::format,
          "{}: no tensor \"{}\", which layer {} of {} needs; the file is incomplete, or give "
          "another --architecture",
          file_.path().string(), tensor.name, tensor.layer, what());
    check(file_.shape(*name) == tensor.shape, ErrorCode::format,
          "{}: {} is [{}], layer {} of {} needs [{}]; give another --architecture",
          file_.path().string(), *name, fmt::join(file_.shape(*name), ","), tensor.layer, what(),
          fmt::join(tensor.shape, ","));
    std::vector<real> values = file_.values(*name);
    const Shape& shape = tensor.to.shape();
    if (tensor.layout != ImportedTensor::Layout::as_it_is) {
      values = filters_first(values, shape, naming_.keras, first && naming_.blue_first);
    }
    tensor.to.value.copy_from(Tensor(shape, tensor.to.value.device(), values));
  }

  // A bias before a norm moves only the mean. The other epsilon goes into the variance.
  void take_in_biases(ConvNet& net) const {
    net.for_each_conv([&](const std::string& path, ConvNet::Conv& conv) {
      if (!conv.has_norm()) return;
      const std::string bias = naming_.names(architecture_, path).conv + "/bias";
      std::vector<real> mean = conv.norm.mean.value.to_host(),
                        variance = conv.norm.variance.value.to_host();
      if (const std::string* name = detection_.name_in_file(bias)) {
        const std::vector<real> biases = file_.values(*name);
        check(biases.size() == mean.size(), ErrorCode::format, "{}: {} has {} numbers, {} needs {}",
              file_.path().string(), *name, biases.size(), what(), mean.size());
        for (size_t k = 0; k < mean.size(); ++k) mean[k] -= biases[k];
      }
      for (real& value : variance) value += real(naming_.epsilon - architecture_.epsilon);
      const Device device = net.device();
      conv.norm.mean.value.copy_from(Tensor(conv.norm.mean.shape(), device, mean));
      conv.norm.variance.value.copy_from(Tensor(conv.norm.variance.shape(), device, variance));
    });
  }

  const TensorFile& file_;
  const Detection detection_;
  const ConvNetArchitecture& architecture_;
  const ConvNetNaming& naming_;
};

}  // namespace

ConvNet convnet_from_tensors(const TensorFile& file, Device device,
                             const std::string& architecture) {
  check(architecture.empty() || find_convnet_architecture(architecture) != nullptr,
        ErrorCode::usage, "--architecture: there is no \"{}\"; there are {}", architecture,
        convnet_names());
  const Detection detection(file);
  const Candidate best = detection.best(architecture);
  check(!architecture.empty() || best.likeness >= kLeastLikeness, ErrorCode::format,
        "{}: weights of no network that is known; its first tensor is \"{}\"; known are {}",
        file.path().string(), detection.names().begin()->second, convnet_names());
  return Import(file, detection, best).read(device);
}

ConvNet convnet_from_tensors(const TensorFile& file, Device device,
                             const ConvNetArchitecture& architecture, const ConvNetNaming& naming) {
  return Import(file, Detection(file), {&architecture, &naming}).read(device);
}

std::string import_convnet(const std::filesystem::path& weights, const std::filesystem::path& out,
                           const std::string& architecture) {
  ConvNet convnet = convnet_from_tensors(TensorFile(weights), Device::ref, architecture);
  ModelFileWriter file(out);
  write_convnet(file, convnet, Storing::f32);
  file.finish();
  return convnet.name();
}

}  // namespace p2s
