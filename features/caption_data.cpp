#include "features/caption_data.h"

#include <fstream>

#include "data/tokenizer.h"
#include "features/image_features.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"

namespace p2s {
namespace {

// The photographs that `keep` names, in that order, with their captions.
CaptionedFeatures part(const CaptionedFeatures& all, const std::vector<int32_t>& keep) {
  CaptionedFeatures result;
  result.map = all.map;
  std::vector<int32_t> place(size_t(all.images()), -1);
  for (size_t i = 0; i < keep.size(); ++i) {
    place[size_t(keep[i])] = int32_t(i);
    if (!all.paths.empty()) result.paths.push_back(all.paths[size_t(keep[i])]);
  }
  Tape tape(all.features.device());
  const Ids rows({int64_t(keep.size())}, all.features.device(), keep);
  result.features = gather(tape, all.features, rows).value;
  for (size_t c = 0; c < all.image.size(); ++c) {
    const int32_t image = place[size_t(all.image[c])];
    if (image < 0) continue;
    result.image.push_back(image);
    result.texts.push_back(all.texts[c]);
  }
  return result;
}

}  // namespace

CaptionSplit caption_split(const std::vector<std::filesystem::path>& coco,
                           const std::filesystem::path& validation) {
  CaptionSplit all;
  for (const auto& path : coco) {
    const CaptionSplit split = find_captions(path);
    all.train.insert(all.train.end(), split.train.begin(), split.train.end());
    all.validation.insert(all.validation.end(), split.validation.begin(), split.validation.end());
  }
  if (!validation.empty()) {
    const CaptionSplit split = find_captions(validation);
    all.validation = split.validation.empty() ? split.train : split.validation;
  }
  return all;
}

CaptionSet read_caption_files(const std::vector<std::filesystem::path>& files) {
  CaptionSet all;
  for (const auto& file : files) {
    CaptionSet set = read_captions(file);
    const auto first = int64_t(all.images.size());
    for (CaptionedImage& image : set.images) all.images.push_back(std::move(image));
    for (Caption& caption : set.captions) {
      all.captions.push_back({first + caption.image, std::move(caption.text)});
    }
  }
  return all;
}

std::vector<std::string> read_caption_lines(const std::filesystem::path& file) {
  require_file(file);
  std::ifstream in(file);
  check(in.good(), ErrorCode::io, "{}: cannot be opened; is it yours to read?", file.string());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    const size_t begin = line.find_first_not_of(" \t\r"), end = line.find_last_not_of(" \t\r");
    if (begin != std::string::npos) lines.push_back(line.substr(begin, end - begin + 1));
  }
  check(!lines.empty(), ErrorCode::format, "{}: holds no caption; one a line is needed",
        file.string());
  return lines;
}

std::vector<int32_t> caption_ids(const Vocabulary& vocabulary, const std::string& caption) {
  std::vector<int32_t> ids = vocabulary.ids(tokenize(caption));
  ids.push_back(Vocabulary::kEos);
  return ids;
}

void CaptionedFeatures::encode(const Vocabulary& vocabulary) {
  words.clear();
  for (const std::string& text : texts) words.push_back(caption_ids(vocabulary, text));
}

std::vector<int32_t> CaptionedFeatures::lengths() const {
  std::vector<int32_t> result;
  for (const auto& ids : words) result.push_back(int32_t(ids.size()));
  return result;
}

SentenceBatch CaptionedFeatures::batch(const std::vector<int64_t>& captions) const {
  std::vector<std::vector<int32_t>> sentences;
  for (int64_t c : captions) sentences.push_back(words[size_t(c)]);
  return pack_sentences(sentences);
}

std::vector<int32_t> CaptionedFeatures::images_of(const std::vector<int64_t>& captions) const {
  std::vector<int32_t> result;
  for (int64_t c : captions) result.push_back(image[size_t(c)]);
  return result;
}

std::string CaptionedFeatures::fingerprint() const {
  const std::vector<real> numbers = features.to_host();
  uint64_t hash = content_hash(numbers.data(), numbers.size() * sizeof(real));
  hash = content_hash(image.data(), image.size() * sizeof(int32_t), hash);
  for (const auto& ids : words) hash = content_hash(ids.data(), ids.size() * sizeof(int32_t), hash);
  return fmt::format("{:016x}", hash);
}

CaptionedFeatures captioned_features(const std::vector<std::filesystem::path>& files,
                                     ConvNet& convnet) {
  const CaptionSet set = read_caption_files(files);
  std::vector<std::filesystem::path> paths;
  for (const CaptionedImage& image : set.images) paths.push_back(image.path);
  Progress progress("photographs", int64_t(paths.size()));
  const ImageFeatures features = image_features(convnet, paths, [&](int64_t done, int64_t) {
    progress.update(done);
    throw_if_stopped();
  });
  CaptionedFeatures all;
  all.features = features.features;
  for (size_t i = 0; i < paths.size(); ++i) {
    if (features.row[i] >= 0) all.paths.push_back(paths[i]);
  }
  std::vector<char> captioned(size_t(all.images()), 0);
  for (const Caption& caption : set.captions) {
    const int64_t row = features.row[size_t(caption.image)];
    if (row < 0) continue;
    captioned[size_t(row)] = 1;
    all.image.push_back(int32_t(row));
    all.texts.push_back(caption.text);
  }
  std::vector<int32_t> keep;
  for (size_t i = 0; i < captioned.size(); ++i) {
    if (captioned[i] != 0) keep.push_back(int32_t(i));
  }
  check(!keep.empty(), ErrorCode::format, "{}: no photograph that can be read has a caption",
        files.at(0).string());
  return part(all, keep);
}

CaptionedFeatures joined(const std::vector<CaptionedFeatures>& parts) {
  CaptionedFeatures all = parts.at(0);
  std::vector<real> numbers = all.features.to_host();
  const int64_t width = all.features.shape()[1];
  int64_t images = all.images();
  for (size_t p = 1; p < parts.size(); ++p) {
    const CaptionedFeatures& part = parts[p];
    check(part.features.shape()[1] == width && part.map == all.map, ErrorCode::usage,
          "features of {} and of {} numbers a photograph ([{}] and [{}]) cannot be used together",
          width, part.features.shape()[1], fmt::join(all.map, ","), fmt::join(part.map, ","));
    const std::vector<real> more = part.features.to_host();
    numbers.insert(numbers.end(), more.begin(), more.end());
    for (int32_t image : part.image) all.image.push_back(image + int32_t(images));
    all.texts.insert(all.texts.end(), part.texts.begin(), part.texts.end());
    all.paths.insert(all.paths.end(), part.paths.begin(), part.paths.end());
    images += part.images();
  }
  all.features = Tensor({images, width}, all.features.device(), numbers);
  return all;
}

CaptionedSplit hold_out(const CaptionedFeatures& all, int64_t every) {
  std::vector<int32_t> training, validation;
  for (int64_t i = 0; i < all.images(); ++i) {
    (i % every == every - 1 ? validation : training).push_back(int32_t(i));
  }
  check(!training.empty() && !validation.empty(), ErrorCode::usage,
        "{} photographs with captions are too few to hold some out; {} are needed at least",
        all.images(), every);
  return {part(all, training), part(all, validation)};
}

}  // namespace p2s
