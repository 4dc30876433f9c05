#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nn/base/files.h"
#include "nn/base/real.h"

namespace p2s {

// Named tensors in a file that another program wrote:
//   .pth         PyTorch's state dict, zip archive or the legacy layout before 1.6; dictionaries in
//                it give "outer.inner". None of the code that a pickle can carry is run: what is no
//                tensor, number or text is named and refused (torch_pickle.h).
//   .safetensors
//   .npz, .npy   NumPy's arrays, compressed or not; the one of an .npy is called "array". Arrays of
//                Python objects are pickles: refused.
//   .h5          HDF5, Keras' included; names are the paths of its data sets.
// The content decides, not the name. Numbers of any width become real. They stay in the file until
// they are asked for. Error(io/format) names the file, the place and what is wrong.
class TensorFile {
 public:
  explicit TensorFile(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  std::vector<std::string> names() const;  // sorted
  bool has(const std::string& name) const { return tensors_.contains(name); }
  // Error(format) if there is no tensor of that name.
  const std::vector<int64_t>& shape(const std::string& name) const { return find(name).shape; }
  // Row-major.
  std::vector<real> values(const std::string& name) const { return find(name).read(); }

  struct Stored {
    std::vector<int64_t> shape;
    std::function<std::vector<real>()> read;
  };

 private:
  const Stored& find(const std::string& name) const;

  std::filesystem::path path_;
  MappedFile file_;
  std::map<std::string, Stored> tensors_;
};

using StoredTensors = std::map<std::string, TensorFile::Stored>;

}  // namespace p2s
