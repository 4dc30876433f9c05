#include "models/torch_layouts.h"

#include <cstring>
#include <optional>
#include <set>

#include "models/torch_pickle.h"
#include "models/zip_archive.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

using Kind = PickleValue::Kind;
using Tensors = std::map<std::string, MappedTensor>;
// The bytes of the storage with a key.
using Storages = std::map<std::string, std::string_view>;

// The legacy layout starts with a pickle of this integer.
constexpr std::string_view kLegacyMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
                                        15);
constexpr int64_t kLegacyVersion = 1001;
constexpr size_t kMaxRank = 8;
// Of dictionaries in dictionaries: a checkpoint's are "model" or "state_dict" beside the optimiser.
constexpr int kMaxDepth = 3;

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  fail(ErrorCode::format, "{}: {}; a PyTorch state dict is needed", file, why);
}

struct StorageId {
  NumberType type;
  std::string key;
  int64_t count = 0;
};

std::optional<NumberType> number_type(const std::string& storage) {
  using enum NumberType;
  static const std::map<std::string, NumberType> types{
      {"torch.DoubleStorage", f64},    {"torch.FloatStorage", f32}, {"torch.HalfStorage", f16},
      {"torch.BFloat16Storage", bf16}, {"torch.LongStorage", i64},  {"torch.IntStorage", i32},
      {"torch.ShortStorage", i16},     {"torch.CharStorage", i8},   {"torch.ByteStorage", u8},
      {"torch.BoolStorage", boolean}};
  const auto found = types.find(storage);
  return found == types.end() ? std::nullopt : std::optional(found->second);
}

// ("storage", type, key, device, count[, view: none])
StorageId storage_id(const PickleValue& value, const std::string& file) {
  const auto& items = value.items;
  if (value.kind != Kind::storage || items.size() < 5 || items[1]->kind != Kind::global ||
      items[2]->kind != Kind::text || items[4]->kind != Kind::integer || items[4]->integer < 0 ||
      (items.size() > 5 && items[5]->kind != Kind::none)) {
    refuse(file, "a storage is described in an unknown way");
  }
  const auto type = number_type(items[1]->text);
  if (!type) refuse(file, fmt::format("numbers of type {:.80} are not read", items[1]->text));
  return {*type, items[2]->text, items[4]->integer};
}

std::vector<int64_t> integers(const PickleValue& tuple, const std::string& file) {
  if (tuple.kind != Kind::tuple || tuple.items.size() > kMaxRank) {
    refuse(file, "a tensor's shape is no short tuple");
  }
  std::vector<int64_t> values;
  for (const PickleValue* item : tuple.items) {
    if (item->kind != Kind::integer || item->integer < 0) refuse(file, "a size is no count");
    values.push_back(item->integer);
  }
  return values;
}

// (storage, offset, shape, strides, ...)
MappedTensor tensor(const PickleValue& value, const Storages& storages, const std::string& name,
                    const std::string& file) {
  const StorageId id = storage_id(*value.items[0], file);
  const auto storage = storages.find(id.key);
  if (storage == storages.end()) refuse(file, fmt::format("{:.80} has no numbers", name));
  const PickleValue& offset = *value.items[1];
  if (offset.kind != Kind::integer || offset.integer < 0) refuse(file, "an offset is no count");
  MappedTensor found{id.type, storage->second, offset.integer, integers(*value.items[2], file),
                     integers(*value.items[3], file)};
  if (!fits(found)) {
    refuse(file,
           fmt::format("{:.80} [{}] does not fit its {} numbers", name, fmt::join(found.shape, ","),
                       found.numbers.size() / number_size(id.type)));
  }
  return found;
}

// Every dictionary is entered once, however often it is referred to.
void collect(const PickleValue& dict, const std::string& prefix, const Storages& storages,
             const std::string& file, std::set<const PickleValue*>& seen, Tensors& found,
             int depth = 0) {
  if (depth > kMaxDepth || !seen.insert(&dict).second) return;
  for (const auto& [key, value] : dict.members) {
    if (key->kind != Kind::text) continue;
    const std::string name = prefix + key->text;
    if (value->kind == Kind::dict) {
      collect(*value, name + ".", storages, file, seen, found, depth + 1);
    } else if (value->kind == Kind::tensor) {
      found.insert_or_assign(name, tensor(*value, storages, name, file));
    }
  }
}

Tensors tensors(const PickleValue& state, const Storages& storages, const std::string& file) {
  if (state.kind != Kind::dict) refuse(file, "holds no dictionary");
  Tensors found;
  std::set<const PickleValue*> seen;
  collect(state, "", storages, file, seen, found);
  if (found.empty()) refuse(file, "its dictionary holds no tensors");
  return found;
}

void check_system(std::string_view& bytes, const std::string& file) {
  const Pickle version(bytes, file);
  if (version.result().integer != kLegacyVersion) {
    refuse(file,
           fmt::format("layout version {}, {} is known", version.result().integer, kLegacyVersion));
  }
  const Pickle system(bytes, file);
  for (const auto& [name, value] : system.result().members) {
    if (name->text == "little_endian" && value->integer == 0) refuse(file, "is big-endian");
  }
}

// Pickles of magic number, version, system, state, storage keys; then each storage's count and
// numbers.
Tensors read_legacy(std::string_view bytes, const std::string& file) {
  bytes.remove_prefix(kLegacyMagic.size());
  check_system(bytes, file);
  const Pickle state(bytes, file);
  const Pickle keys(bytes, file);
  std::map<std::string, StorageId> ids;
  for (const PickleValue& value : state.values()) {
    if (value.kind != Kind::storage) continue;
    StorageId id = storage_id(value, file);
    ids.emplace(id.key, id);
  }
  Storages storages;
  for (const PickleValue* key : keys.result().items) {
    const auto id = ids.find(key->text);
    if (id == ids.end()) refuse(file, "a storage that no tensor is in");
    int64_t count = 0;
    if (bytes.size() < sizeof count) refuse(file, "the file ends too soon");
    std::memcpy(&count, bytes.data(), sizeof count);
    bytes.remove_prefix(sizeof count);
    if (count != id->second.count) refuse(file, "a storage's two sizes differ");
    const size_t size = number_size(id->second.type);
    if (uint64_t(count) > bytes.size() / size) refuse(file, "the file ends too soon");
    storages.emplace(key->text, bytes.substr(0, size_t(count) * size));
    bytes.remove_prefix(size_t(count) * size);
  }
  return tensors(state.result(), storages, file);
}

// ROOT/data.pkl is the state, ROOT/data/KEY the storages.
Tensors read_zip(std::string_view bytes, const std::string& file) {
  constexpr std::string_view kState = "/data.pkl", kData = "/data/";
  const auto entries = zip_entries(bytes, file);
  for (const auto& [name, entry] : entries) {
    if (entry.deflated) refuse(file, "compressed zip archive, which torch.save does not write");
  }
  std::string root;
  for (const auto& [name, content] : entries) {
    if (name.ends_with(kState)) root = name.substr(0, name.size() - kState.size());
  }
  const auto state_entry = entries.find(root + std::string(kState));
  if (state_entry == entries.end()) {
    refuse(file, "zip archive without data.pkl (of a package? unpack it and give its .pth)");
  }
  const auto order = entries.find(root + "/byteorder");
  if (order != entries.end() && order->second.stored != "little") refuse(file, "is big-endian");
  Storages storages;
  const std::string prefix = root + std::string(kData);
  for (const auto& [name, content] : entries) {
    if (name.starts_with(prefix)) storages.emplace(name.substr(prefix.size()), content.stored);
  }
  std::string_view pickle = state_entry->second.stored;
  const Pickle state(pickle, file);
  return tensors(state.result(), storages, file);
}

}  // namespace

Tensors read_torch_file(std::string_view bytes, const std::string& file) {
  if (bytes.starts_with(kLegacyMagic)) return read_legacy(bytes, file);
  if (is_zip(bytes)) return read_zip(bytes, file);
  // PROTO, of any protocol.
  if (bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] <= 5) {
    refuse(file, "is a bare Python pickle, which can hold code; nothing of it was run");
  }
  refuse(file, bytes.empty() ? "is empty" : "is no .pth, .safetensors, .npz, .npy or .h5 file");
}

}  // namespace p2s
