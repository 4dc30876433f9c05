#include "features/feature_pairs.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "data/npy.h"
#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

constexpr std::string_view kImages = "_ims.npy", kCaptions = "_caps.txt";
constexpr size_t kMostAxes = 4;  // images, height, width, channels

std::filesystem::path captions_beside(const std::filesystem::path& ims) {
  std::string name = ims.filename();
  check(name.ends_with(kImages), ErrorCode::usage,
        "{}: its name does not end in {}, so its captions cannot be found; call them NAME{} and "
        "NAME{}",
        ims.string(), kImages, kImages, kCaptions);
  name.replace(name.size() - kImages.size(), kImages.size(), kCaptions);
  return ims.parent_path() / name;
}

// A blank line would shift all captions behind it to other photographs.
std::vector<std::string> read_captions_by_line(const std::filesystem::path& path) {
  require_file(path);
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    check(line.find_first_not_of(" \t\r") != std::string::npos, ErrorCode::format,
          "{}: line {} is blank; every line must be a caption", path.string(), lines.size() + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

// Which photograph each row of features is of.
std::vector<int32_t> photographs_of_rows(const NpyMatrix& rows) {
  std::vector<int32_t> photograph;
  int32_t last = -1;
  for (int64_t r = 0; r < rows.rows; ++r) {
    const float* row = &rows.values[size_t(r * rows.columns)];
    if (r == 0 || !std::equal(row, row + rows.columns, row - rows.columns)) ++last;
    photograph.push_back(last);
  }
  return photograph;
}

}  // namespace

CaptionedFeatures read_feature_pair(const std::filesystem::path& ims, Device device) {
  const std::filesystem::path caps = captions_beside(ims);
  const NpyMatrix matrix = read_npy(ims, kMostAxes);
  CaptionedFeatures result;
  if (matrix.row_shape.size() > 1) result.map = matrix.row_shape;
  result.texts = read_captions_by_line(caps);
  const auto captions = int64_t(result.texts.size());
  check(matrix.rows > 0 && captions > 0 && captions % matrix.rows == 0, ErrorCode::format,
        "{}: {} captions for the {} rows of {}; the same number for each row is needed",
        caps.string(), captions, matrix.rows, ims.string());
  const bool row_a_caption = captions == matrix.rows;
  const std::vector<int32_t> photograph = photographs_of_rows(matrix);
  std::vector<real> numbers;
  for (int64_t r = 0; r < matrix.rows; ++r) {
    const size_t at = size_t(r);
    if (row_a_caption && r > 0 && photograph[at] == photograph[at - 1]) continue;
    const auto row = matrix.values.begin() + r * matrix.columns;
    numbers.insert(numbers.end(), row, row + matrix.columns);
  }
  for (int64_t c = 0; c < captions; ++c) {
    result.image.push_back(row_a_caption ? photograph[size_t(c)]
                                         : int32_t(c / (captions / matrix.rows)));
  }
  result.features =
      Tensor({int64_t(numbers.size()) / matrix.columns, matrix.columns}, device, numbers);
  return result;
}

CaptionedSplit read_feature_pairs(const std::vector<std::filesystem::path>& training,
                                  const std::filesystem::path& validation, Device device) {
  std::vector<CaptionedFeatures> parts;
  for (const auto& path : training) parts.push_back(read_feature_pair(path, device));
  const CaptionedFeatures all = joined(parts);
  if (validation.empty()) return hold_out(all, kHoldOutEvery);
  CaptionedSplit split{all, read_feature_pair(validation, device)};
  check(split.validation.features.shape()[1] == all.features.shape()[1] &&
            split.validation.map == all.map,
        ErrorCode::usage,
        "--validation-features {}: {} numbers a photograph, those to train on have {}",
        validation.string(), split.validation.features.shape()[1], all.features.shape()[1]);
  return split;
}

}  // namespace p2s
