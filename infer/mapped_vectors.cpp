#include "infer/mapped_vectors.h"

#include "data/npy.h"
#include "nn/base/error.h"
#include "nn/checkpoint.h"

namespace p2s {
namespace {

constexpr const char* kVectors = "vectors";

NpyLayout model_file_layout(const std::filesystem::path& path) {
  const ModelFileReader file(path);
  const Shape shape = file.shape(kVectors);
  const int64_t begin = file.offset(kVectors);
  check(shape.rank() == 2 && begin >= 0 && begin % int64_t(alignof(float)) == 0, ErrorCode::format,
        "{}: its \"vectors\" are {}, not float32 [rows, columns]; make them with p2s-encode --out",
        path.string(), shape);
  return {.rows = shape[0],
          .columns = shape[1],
          .row_shape = {shape[1]},
          .begin = size_t(begin),
          .width = sizeof(float)};
}

}  // namespace

MappedVectors::MappedVectors(const std::filesystem::path& path) : file_(path) {
  const bool model_file = path.extension() == ".h5";
  const NpyLayout layout =
      model_file ? model_file_layout(path) : npy_layout(file_.bytes(), path.string());
  check(layout.width == sizeof(float), ErrorCode::format,
        "{}: holds float64, float32 is needed; write it with x.astype(numpy.float32)",
        path.string());
  rows_ = layout.rows, columns_ = layout.columns;
  numbers_ = reinterpret_cast<const float*>(file_.bytes().data() + layout.begin);
}

}  // namespace p2s
