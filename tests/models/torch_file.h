#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace p2s::test {

// Writes files as torch.save does, with whatever is to be wrong in them.
struct TorchStorage {
  std::string key, type;  // "FloatStorage", ...
  int64_t count = 0;
  std::string bytes;
};
TorchStorage floats(const std::string& key, const std::vector<float>& values);

// Pieces of a pickle.
std::string pickle_text(const std::string& text);
std::string pickle_integer(int64_t value);
std::string pickle_global(const std::string& module, const std::string& name);
std::string pickle_sizes(const std::vector<int64_t>& sizes);
std::string pickle_tensor(const TorchStorage& storage, int64_t offset,
                          const std::vector<int64_t>& shape, const std::vector<int64_t>& strides);
// A whole pickle, with its protocol and end.
std::string pickle(const std::string& content);
// The dictionary of these alternating names and values.
std::string pickle_dict(const std::vector<std::pair<std::string, std::string>>& members);

// Whole files.
std::string legacy_file(const std::string& state, const std::vector<TorchStorage>& storages);
std::string zip_file(const std::string& state, const std::vector<TorchStorage>& storages);
// As they lie in the archive, and how long they are unpacked.
struct ZippedFile {
  std::string name, content;
  bool deflated = false;
  size_t size = 0;
};
std::string zip_archive(const std::vector<ZippedFile>& files);

}  // namespace p2s::test
