#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nn/base/files.h"

namespace p2s {

// Where in a file a tensor's numbers are: element (i, j, ...) is number offset + i s0 + j s1 + ...
struct TorchTensor {
  std::string type;          // "torch.FloatStorage", ...
  std::string_view numbers;  // the whole storage
  int64_t offset = 0;
  std::vector<int64_t> shape, strides;
};

// The tensors of a PyTorch state dict (`torch.save(model.state_dict(), "x.pth")`), read without
// running any of the code that a pickle can carry: see torch_pickle.h. Both layouts are read: the
// zip archive (PyTorch 1.6 and later) and the legacy one before it. Other entries of the dictionary
// are passed over. Numbers stay in the mapped file until they are asked for. Error(io/format) names
// the file and what is wrong.
class TorchWeights {
 public:
  explicit TorchWeights(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  std::vector<std::string> names() const;  // sorted
  // Error(format) if there is no tensor of that name.
  const std::vector<int64_t>& shape(const std::string& name) const { return find(name).shape; }
  // Row-major.
  std::vector<double> values(const std::string& name) const;

 private:
  const TorchTensor& find(const std::string& name) const;

  std::filesystem::path path_;
  MappedFile file_;
  std::map<std::string, TorchTensor> tensors_;
};

}  // namespace p2s
