#include "tests/models/torch_file.h"

#include <cstring>

namespace p2s::test {
namespace {

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

constexpr char kTrue = '\x88', kFalse = '\x89';

}  // namespace

TorchStorage floats(const std::string& key, const std::vector<float>& values) {
  TorchStorage storage{key, "FloatStorage", int64_t(values.size()), {}};
  storage.bytes.resize(values.size() * sizeof(float));
  std::memcpy(storage.bytes.data(), values.data(), storage.bytes.size());
  return storage;
}

std::string pickle_text(const std::string& text) {
  return std::string("X").append(raw(uint32_t(text.size()))).append(text);
}

std::string pickle_integer(int64_t value) {
  if (value >= 0 && value < 256) return std::string("K").append(1, char(value));
  if (value == int32_t(value)) return std::string("J").append(raw(int32_t(value)));
  return std::string("\x8a\x08").append(raw(value));
}

std::string pickle_global(const std::string& module, const std::string& name) {
  return std::string("c").append(module).append("\n").append(name).append("\n");
}

std::string pickle_sizes(const std::vector<int64_t>& sizes) {
  std::string bytes = "(";
  for (const int64_t size : sizes) bytes += pickle_integer(size);
  return bytes.append("t");
}

std::string pickle_tensor(const TorchStorage& storage, int64_t offset,
                          const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
  std::string bytes = pickle_global("torch._utils", "_rebuild_tensor_v2");
  bytes += "((" + pickle_text("storage");
  bytes += pickle_global("torch", storage.type) + pickle_text(storage.key) + pickle_text("cpu");
  bytes += pickle_integer(storage.count) + "NtQ";
  bytes += pickle_integer(offset) + pickle_sizes(shape) + pickle_sizes(strides) + kFalse;
  bytes += pickle_global("collections", "OrderedDict");
  return bytes.append(")RtR");
}

std::string pickle(const std::string& content) {
  return std::string("\x80\x02").append(content).append(".");
}

std::string pickle_dict(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string bytes = pickle_global("collections", "OrderedDict") + ")R(";
  for (const auto& [name, value] : members) bytes += pickle_text(name) + value;
  return bytes.append("u");
}

std::string legacy_file(const std::string& state, const std::vector<TorchStorage>& storages) {
  std::string bytes("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  bytes += pickle(pickle_integer(1001));
  bytes += pickle(std::string("}").append(pickle_text("little_endian")) + kTrue + "s");
  bytes += pickle(state);
  std::string keys = "](";
  for (const TorchStorage& storage : storages) keys += pickle_text(storage.key);
  bytes += pickle(keys.append("e"));
  for (const TorchStorage& storage : storages) bytes += raw(storage.count) + storage.bytes;
  return bytes;
}

std::string zip_file(const std::string& state, const std::vector<TorchStorage>& storages) {
  std::vector<ZippedFile> files;
  const auto add = [&](const std::string& name, const std::string& content) {
    files.push_back({"net/" + name, content, false, content.size()});
  };
  add("data.pkl", pickle(state)), add("byteorder", "little");
  for (const TorchStorage& storage : storages) add("data/" + storage.key, storage.bytes);
  return zip_archive(files);
}

std::string zip_archive(const std::vector<ZippedFile>& files) {
  std::string bytes, directory;
  for (const auto& [name, content, deflated, size] : files) {
    // Method, time, checksum (of which no reader here makes use), sizes.
    const std::string about = raw(uint16_t(deflated ? 8 : 0)) + std::string(8, '\0') +
                              raw(uint32_t(content.size())) + raw(uint32_t(size)) +
                              raw(uint16_t(name.size()));
    directory += std::string("PK\1\2\0\0\0\0\0\0", 10) + about;
    directory += std::string(12, '\0') + raw(uint32_t(bytes.size())) + name;
    bytes += std::string("PK\3\4\0\0\0\0", 8) + about;
    // A padding field before the content, as torch.save aligns it.
    bytes += raw(uint16_t(5)) + name + std::string("FB\1\0Z", 5) + content;
  }
  const auto count = uint16_t(files.size());
  const std::string end = raw(count) + raw(count) + raw(uint32_t(directory.size())) +
                          raw(uint32_t(bytes.size())) + raw(uint16_t(0));
  return bytes + directory + std::string("PK\5\6\0\0\0\0", 8) + end;
}

}  // namespace p2s::test
