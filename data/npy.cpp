#include "data/npy.h"

#include <spdlog/fmt/fmt.h>

#include <bit>
#include <cstring>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/npy_header.h"

namespace p2s {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class Number>
std::vector<float> numbers(std::span<const char> bytes, size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    Number value;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    values[i] = float(value);
  }
  return values;
}

}  // namespace

NpyLayout npy_layout(std::span<const char> file, const std::string& name) {
  const NpyHeader header = read_npy_header({file.data(), file.size()}, name);
  check(header.type == "<f4" || header.type == "<f8", ErrorCode::format,
        "{}: holds numbers of type {}, float32 or float64 is needed; write it with "
        "x.astype(numpy.float32)",
        name, header.type);
  check(!header.fortran_order, ErrorCode::format,
        "{}: is in Fortran order; write it with numpy.ascontiguousarray", name);
  const std::string shape = fmt::format("({})", fmt::join(header.shape, ", "));
  check(header.shape.size() == 2, ErrorCode::format,
        "{}: is of shape {}, a matrix is needed: rows of numbers", name, shape);
  NpyLayout layout{header.shape[0], header.shape[1], header.size,
                   header.type == "<f4" ? sizeof(float) : sizeof(double)};
  const size_t held = (file.size() - header.size) / layout.width;
  check(layout.columns > 0 && size_t(layout.rows) <= held / size_t(layout.columns),
        ErrorCode::format, "{}: cut short: its header tells of {} numbers, {} are there", name,
        shape, held);
  return layout;
}

NpyMatrix read_npy(const std::filesystem::path& path) {
  const MappedFile file(path);
  const NpyLayout layout = npy_layout(file.bytes(), path.string());
  const std::span<const char> rest = file.bytes().subspan(layout.begin);
  const auto count = size_t(layout.rows * layout.columns);
  return {
      layout.rows, layout.columns,
      layout.width == sizeof(float) ? numbers<float>(rest, count) : numbers<double>(rest, count)};
}

}  // namespace p2s
