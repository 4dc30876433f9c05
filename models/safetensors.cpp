#include "models/safetensors.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "nn/base/error.h"

namespace p2s {
namespace {

using Json = nlohmann::json;

constexpr size_t kLength = 8;             // bytes of the header's length
constexpr size_t kMaxHeader = 100 << 20;  // as the format's own library allows

size_t header_size(std::string_view bytes) {
  uint64_t size = 0;
  std::memcpy(&size, bytes.data(), kLength);
  return size;
}

std::optional<NumberType> number_type(const std::string& name) {
  using enum NumberType;
  static const std::map<std::string, NumberType> types{
      {"F64", f64}, {"F32", f32}, {"F16", f16}, {"BF16", bf16}, {"I64", i64},
      {"I32", i32}, {"I16", i16}, {"I8", i8},   {"U8", u8},     {"BOOL", boolean}};
  const auto found = types.find(name);
  return found == types.end() ? std::nullopt : std::optional(found->second);
}

MappedTensor tensor(const Json& entry, std::string_view data, const std::string& name,
                    const std::string& file) {
  const std::string type_name = entry.at("dtype");
  const auto type = number_type(type_name);
  check(type.has_value(), ErrorCode::format, "{}: {:.80} has numbers of type {:.20}, not read",
        file, name, type_name);
  const auto begin = entry.at("data_offsets").at(0).get<uint64_t>(),
             end = entry.at("data_offsets").at(1).get<uint64_t>();
  check(begin <= end && end <= data.size(), ErrorCode::format,
        "{}: the numbers of {:.80} are past its end: the file is cut short; download it again",
        file, name);
  MappedTensor result{*type, data.substr(begin, end - begin), 0, {}, {}};
  for (const Json& size : entry.at("shape")) result.shape.push_back(int64_t(size.get<uint64_t>()));
  result.strides = row_major_strides(result.shape);
  bool sizes = true;
  for (const int64_t size : result.shape) sizes = sizes && size >= 0;
  check(sizes && fits(result), ErrorCode::format, "{}: {:.80} [{}] does not fit its {} bytes", file,
        name, fmt::join(result.shape, ","), end - begin);
  return result;
}

}  // namespace

bool is_safetensors(std::string_view bytes) {
  return bytes.size() > kLength + 1 && header_size(bytes) < kMaxHeader && bytes[kLength] == '{';
}

std::map<std::string, MappedTensor> safetensors(std::string_view bytes, const std::string& file) {
  const size_t header = header_size(bytes);
  bytes.remove_prefix(kLength);
  check(header <= bytes.size(), ErrorCode::format,
        "{}: its header is past its end: the file is cut short; download it again", file);
  std::map<std::string, MappedTensor> tensors;
  try {
    const Json entries = Json::parse(bytes.substr(0, header));
    for (const auto& [name, entry] : entries.items()) {
      if (name == "__metadata__") continue;
      tensors.emplace(name, tensor(entry, bytes.substr(header), name, file));
    }
  } catch (const Json::exception& error) {
    fail(ErrorCode::format, "{}: header of a .safetensors file: {}", file, error.what());
  }
  check(!tensors.empty(), ErrorCode::format, "{}: holds no tensors", file);
  return tensors;
}

}  // namespace p2s
