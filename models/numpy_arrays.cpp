#include "models/numpy_arrays.h"

#include <memory>
#include <optional>

#include "models/mapped_tensor.h"
#include "models/zip_archive.h"
#include "nn/base/error.h"
#include "nn/base/npy_header.h"

namespace p2s {
namespace {

constexpr std::string_view kExtension = ".npy";

std::optional<NumberType> number_type(std::string_view name) {
  using enum NumberType;
  static const std::map<std::string, NumberType, std::less<>> types{
      {"f8", f64}, {"f4", f32}, {"f2", f16}, {"i8", i64},    {"i4", i32},
      {"i2", i16}, {"i1", i8},  {"u1", u8},  {"b1", boolean}};
  const bool little = name.starts_with('<') || name.starts_with('|');
  const auto found = little ? types.find(name.substr(1)) : types.end();
  return found == types.end() ? std::nullopt : std::optional(found->second);
}

// `name` says in errors where the bytes are from.
MappedTensor npy(std::string_view bytes, const std::string& name) {
  const NpyHeader header = read_npy_header(bytes, name);
  check(header.type.find('O') == std::string::npos, ErrorCode::format,
        "{}: an array of Python objects is a pickle, which can hold code; nothing of it was run",
        name);
  const auto type = number_type(header.type);
  check(type.has_value(), ErrorCode::format, "{}: numbers of type {} are not read", name,
        header.type);
  MappedTensor tensor{*type, bytes.substr(header.size), 0, header.shape, {}};
  tensor.strides = row_major_strides(tensor.shape);
  if (header.fortran_order) {  // the first axis fastest
    const std::vector<int64_t> reversed(tensor.shape.rbegin(), tensor.shape.rend());
    const std::vector<int64_t> strides = row_major_strides(reversed);
    tensor.strides.assign(strides.rbegin(), strides.rend());
  }
  check(fits(tensor), ErrorCode::format, "{}: ends too soon; copy or download it again", name);
  return tensor;
}

}  // namespace

StoredTensors npy_tensors(std::string_view bytes, const std::string& file) {
  const MappedTensor tensor = npy(bytes, file);
  return {{"array", {tensor.shape, [tensor] { return read_numbers(tensor); }}}};
}

bool is_npz(std::string_view bytes, const std::string& file) {
  for (const auto& [name, entry] : zip_entries(bytes, file)) {
    if (name.ends_with(kExtension)) return true;
  }
  return false;
}

StoredTensors npz_tensors(std::string_view bytes, const std::string& file) {
  StoredTensors arrays;
  for (const auto& [name, entry] : zip_entries(bytes, file)) {
    if (!name.ends_with(kExtension)) continue;
    const std::string array = name.substr(0, name.size() - kExtension.size());
    const std::string place = file + ": " + array;
    // What was inflated lives as long as the tensor does.
    auto inflated = std::make_shared<std::string>();
    if (entry.deflated) *inflated = inflate(entry, file, name);
    const std::string_view content = entry.deflated ? *inflated : entry.stored;
    try {
      const MappedTensor tensor = npy(content, place);
      arrays[array] = {tensor.shape, [tensor, inflated] { return read_numbers(tensor); }};
    } catch (const Error& error) {
      arrays[array] = {{}, [error]() -> std::vector<real> { throw error; }};
    }
  }
  return arrays;
}

}  // namespace p2s
