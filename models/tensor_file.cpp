#include "models/tensor_file.h"

#include <utility>

#include "models/hdf5_tensors.h"
#include "models/numpy_arrays.h"
#include "models/safetensors.h"
#include "models/torch_layouts.h"
#include "models/zip_archive.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

StoredTensors stored(const std::map<std::string, MappedTensor>& tensors) {
  StoredTensors all;
  for (const auto& [name, tensor] : tensors) {
    all[name] = {tensor.shape, [tensor = tensor] { return read_numbers(tensor); }};
  }
  return all;
}

StoredTensors read_tensors(std::string_view bytes, const std::filesystem::path& path) {
  const std::string file = path.string();
  if (bytes.starts_with("\x89HDF\r\n\x1a\n")) return hdf5_tensors(path);
  if (bytes.starts_with("\x93NUMPY")) return npy_tensors(bytes, file);
  if (is_zip(bytes) && is_npz(bytes, file)) return npz_tensors(bytes, file);
  if (is_safetensors(bytes)) return stored(safetensors(bytes, file));
  return stored(read_torch_file(bytes, file));
}

}  // namespace

TensorFile::TensorFile(std::filesystem::path path) : path_(std::move(path)) {
  require_file(path_);
  file_ = MappedFile(path_);
  tensors_ = read_tensors({file_.bytes().data(), file_.bytes().size()}, path_);
}

std::vector<std::string> TensorFile::names() const {
  std::vector<std::string> found;
  for (const auto& [name, tensor] : tensors_) found.push_back(name);
  return found;
}

const TensorFile::Stored& TensorFile::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  check(found != tensors_.end(), ErrorCode::format,
        "{}: has no tensor \"{}\": weights of another network?", path_.string(), name);
  return found->second;
}

}  // namespace p2s
