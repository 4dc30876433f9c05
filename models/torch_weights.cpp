#include "models/torch_weights.h"

#include <cstring>
#include <utility>

#include "models/torch_layouts.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

template <class T>
double read_number(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return double(value);
}

double number(const std::string& type, const char* at) {
  if (type == "torch.FloatStorage") return read_number<float>(at);
  if (type == "torch.DoubleStorage") return read_number<double>(at);
  if (type == "torch.IntStorage") return read_number<int32_t>(at);
  return read_number<int64_t>(at);
}

// Steps a place in a shape on, last axis fastest, and with it the number's index; false at the end.
bool next(const TorchTensor& tensor, std::vector<int64_t>& place, int64_t& index) {
  for (size_t d = place.size(); d-- > 0;) {
    if (place[d] + 1 < tensor.shape[d]) {
      ++place[d];
      index += tensor.strides[d];
      return true;
    }
    index -= place[d] * tensor.strides[d];
    place[d] = 0;
  }
  return false;
}

}  // namespace

TorchWeights::TorchWeights(std::filesystem::path path) : path_(std::move(path)) {
  require_file(path_);
  file_ = MappedFile(path_);
  tensors_ = read_torch_file({file_.bytes().data(), file_.bytes().size()}, path_.string());
}

std::vector<std::string> TorchWeights::names() const {
  std::vector<std::string> found;
  for (const auto& [name, tensor] : tensors_) found.push_back(name);
  return found;
}

std::vector<double> TorchWeights::values(const std::string& name) const {
  const TorchTensor& tensor = find(name);
  const size_t size = torch_number_size(tensor.type);
  int64_t elements = 1;
  for (int64_t n : tensor.shape) elements *= n;
  std::vector<double> found;
  if (elements == 0) return found;
  found.reserve(size_t(elements));
  std::vector<int64_t> place(tensor.shape.size(), 0);
  int64_t index = tensor.offset;
  do {
    found.push_back(number(tensor.type, tensor.numbers.data() + size_t(index) * size));
  } while (next(tensor, place, index));
  return found;
}

const TorchTensor& TorchWeights::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  check(found != tensors_.end(), ErrorCode::format,
        "{}: has no tensor \"{}\": weights of another network?", path_.string(), name);
  return found->second;
}

}  // namespace p2s
