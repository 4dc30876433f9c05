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

NpyLayout npy_layout(std::span<const char> file, const std::string& name, size_t most_axes) {
  const NpyHeader header = read_npy_header({file.data(), file.size()}, name);
  check(header.type == "<f4" || header.type == "<f8", ErrorCode::format,
        "{}: holds numbers of type {}, float32 or float64 is needed; write it with "
        "x.astype(numpy.float32)",
        name, header.type);
  check(!header.fortran_order, ErrorCode::format,
        "{}: is in Fortran order; write it with numpy.ascontiguousarray", name);
  const std::string shape = fmt::format("({})", fmt::join(header.shape, ", "));
  check(header.shape.size() >= 2 && header.shape.size() <= most_axes, ErrorCode::format,
        "{}: is of shape {}, {} is needed: rows of numbers", name, shape,
        most_axes == 2 ? "a matrix" : "a matrix or maps");
  NpyLayout layout{.rows = header.shape[0],
                   .columns = 1,
                   .row_shape = {header.shape.begin() + 1, header.shape.end()},
                   .begin = header.size,
                   .width = header.type == "<f4" ? sizeof(float) : sizeof(double)};
  const size_t held = (file.size() - header.size) / layout.width;
  bool fits = true;
  for (const int64_t axis : layout.row_shape) {
    fits = fits && axis > 0 && size_t(axis) <= held / size_t(layout.columns);
    if (fits) layout.columns *= axis;
  }
  check(fits && size_t(layout.rows) <= held / size_t(layout.columns), ErrorCode::format,
        "{}: cut short: its header tells of {} numbers, {} are there", name, shape, held);
  return layout;
}

NpyMatrix read_npy(const std::filesystem::path& path, size_t most_axes) {
  const MappedFile file(path);
  const NpyLayout layout = npy_layout(file.bytes(), path.string(), most_axes);
  const std::span<const char> rest = file.bytes().subspan(layout.begin);
  const auto count = size_t(layout.rows * layout.columns);
  return {
      layout.rows, layout.columns, layout.row_shape,
      layout.width == sizeof(float) ? numbers<float>(rest, count) : numbers<double>(rest, count)};
}

}  // namespace p2s
