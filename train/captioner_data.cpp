#include "train/captioner_data.h"

#include <algorithm>
#include <numeric>

#include "features/caption_data.h"
#include "metrics/caption_tokens.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"

namespace p2s {
namespace {

CaptionBatch packed(const Var& maps, const std::vector<std::vector<int32_t>>& captions,
                    const std::vector<int32_t>& image, const std::vector<real>& weights) {
  std::vector<size_t> order(captions.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return captions[a].size() > captions[b].size(); });
  CaptionBatch batch;
  batch.maps = maps;
  std::vector<std::vector<int32_t>> sentences;
  for (size_t i : order) {
    sentences.push_back(captions[i]);
    batch.image.push_back(image[i]);
    if (!weights.empty()) batch.weights.push_back(weights[i]);
  }
  batch.words = pack_sentences(sentences);
  return batch;
}

CaptionedMaps part(const CaptionedMaps& all, const std::vector<int64_t>& keep) {
  CaptionedMaps result;
  result.maps = all.maps.part(keep);
  for (int64_t image : keep) {
    result.paths.push_back(all.paths[size_t(image)]);
    result.tokens.push_back(all.tokens[size_t(image)]);
  }
  return result;
}

// Those that have a caption; `source` is named where none has.
CaptionedMaps captioned_ones(const CaptionedMaps& all, const std::string& source) {
  std::vector<int64_t> keep;
  for (int64_t i = 0; i < all.images(); ++i) {
    if (!all.tokens[size_t(i)].empty()) keep.push_back(i);
  }
  check(!keep.empty(), ErrorCode::format, "{}: no photograph that can be read has a caption",
        source);
  return part(all, keep);
}

}  // namespace

int64_t CaptionedMaps::captions() const {
  int64_t count = 0;
  for (const auto& of_image : tokens) count += int64_t(of_image.size());
  return count;
}

void CaptionedMaps::encode(const Vocabulary& vocabulary) {
  words.clear();
  for (const auto& of_image : tokens) {
    auto& ids = words.emplace_back();
    for (const Tokens& caption : of_image) {
      ids.push_back(vocabulary.ids(caption));
      ids.back().push_back(Vocabulary::kEos);
    }
  }
}

CaptionBatch CaptionedMaps::batch(const Var& of_images, const std::vector<int64_t>& images) const {
  std::vector<std::vector<int32_t>> captions;
  std::vector<int32_t> image;
  for (size_t i = 0; i < images.size(); ++i) {
    for (const auto& caption : words[size_t(images[i])]) {
      captions.push_back(caption);
      image.push_back(int32_t(i));
    }
  }
  return packed(of_images, captions, image, {});
}

CaptionBatch caption_batch(const Var& maps, const std::vector<std::vector<int32_t>>& captions,
                           int64_t each, const std::vector<real>& weights) {
  std::vector<int32_t> image;
  for (size_t i = 0; i < captions.size(); ++i) image.push_back(int32_t(int64_t(i) / each));
  return packed(maps, captions, image, weights);
}

std::string CaptionedMaps::fingerprint() const {
  uint64_t hash = maps.fingerprint();
  for (const auto& of_image : words) {
    for (const auto& ids : of_image) {
      hash = content_hash(ids.data(), ids.size() * sizeof(int32_t), hash);
    }
  }
  return fmt::format("{:016x}", hash);
}

CaptionedMaps captioned_maps(const std::vector<std::filesystem::path>& files, ConvNet& convnet,
                             const std::string& layer) {
  const CaptionSet set = read_caption_files(files);
  std::vector<std::filesystem::path> paths;
  for (const CaptionedImage& image : set.images) paths.push_back(image.path);
  Progress progress("photographs", int64_t(paths.size()));
  CaptionedMaps all;
  all.maps = image_maps(convnet, layer, paths, [&](int64_t done, int64_t) {
    progress.update(done);
    throw_if_stopped();
  });
  for (size_t i = 0; i < paths.size(); ++i) {
    if (all.maps.row[i] >= 0) all.paths.push_back(paths[i]);
  }
  all.tokens.resize(size_t(all.maps.images()));
  for (const Caption& caption : set.captions) {
    const int64_t row = all.maps.row[size_t(caption.image)];
    Tokens tokens = caption_tokens(caption.text);
    if (row >= 0 && !tokens.empty()) all.tokens[size_t(row)].push_back(std::move(tokens));
  }
  return captioned_ones(all, files.at(0).string());
}

CaptionedMaps captioned_maps(const CaptionedFeatures& features) {
  const std::vector<int64_t>& map = features.map;
  const int64_t channels = map.empty() ? features.features.shape()[1] : map.back();
  const int64_t width = map.size() == 3 ? map[1] : 1;
  const int64_t places = features.features.shape()[1] / channels;
  CaptionedMaps all;
  all.maps = ImageMaps({1, places / width, width, channels}, features.features);
  all.paths.resize(size_t(all.maps.images()));
  all.tokens.resize(size_t(all.maps.images()));
  for (size_t c = 0; c < features.texts.size(); ++c) {
    Tokens tokens = caption_tokens(features.texts[c]);
    if (!tokens.empty()) all.tokens[size_t(features.image[c])].push_back(std::move(tokens));
  }
  return captioned_ones(all, "--features");
}

CaptionedMapsSplit hold_out(const CaptionedMaps& all, int64_t every) {
  std::vector<int64_t> training, validation;
  for (int64_t i = 0; i < all.images(); ++i) {
    (i % every == every - 1 ? validation : training).push_back(i);
  }
  check(!training.empty() && !validation.empty(), ErrorCode::usage,
        "{} photographs with captions are too few to hold some out; {} are needed at least",
        all.images(), every);
  return {part(all, training), part(all, validation)};
}

}  // namespace p2s
