#include "infer/nearest_photos.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/captions.h"
#include "data/contact_sheet.h"
#include "data/tokenizer.h"
#include "features/caption_data.h"
#include "features/image_features.h"
#include "features/sentence_vectors.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/progress.h"
#include "nn/compute.h"

namespace p2s {
namespace {

bool is_caption_folder(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("captions_") && name.ends_with(".json")) return true;
  }
  return false;
}

// The photographs to search among, with the first caption of each.
std::vector<FoundPhoto> candidates(const fs::path& photos) {
  std::vector<FoundPhoto> found;
  if (fs::is_directory(photos) && !is_caption_folder(photos)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(photos)) {
      if (entry.is_regular_file()) found.push_back({entry.path(), "", 0});
    }
    std::ranges::sort(found, {}, &FoundPhoto::path);
    check(!found.empty(), ErrorCode::io, "{}: has no photographs", photos.string());
    return found;
  }
  const CaptionSplit split = find_captions(photos);
  for (const auto& files : {split.train, split.validation}) {
    for (const fs::path& file : files) {
      const CaptionSet set = read_captions(file);
      const size_t first = found.size();
      for (const CaptionedImage& image : set.images) found.push_back({image.path, "", 0});
      for (const Caption& caption : set.captions) {
        std::string& text = found[first + size_t(caption.image)].caption;
        if (text.empty()) text = caption.text;
      }
    }
  }
  return found;
}

// Word ids of a query. A word that is looked for alone must be known; in a sentence it is enough
// that some are.
std::vector<int32_t> known_ids(const Vocabulary& vocabulary, const std::string& text,
                               const char* flag, bool every_word) {
  const std::vector<std::string> tokens = tokenize(text);
  size_t known = 0;
  for (const std::string& token : tokens) {
    if (vocabulary.id(token) != Vocabulary::kUnknown) {
      ++known;
    } else if (every_word) {
      fail(ErrorCode::usage,
           "{} {}: the embedding does not know \"{}\"; take a word of its captions", flag, text,
           token);
    } else {
      spdlog::warn("{}: the embedding does not know \"{}\"", flag, token);
    }
  }
  check(known > 0, ErrorCode::usage, "{} \"{}\": has no word that the embedding knows", flag, text);
  return caption_ids(vocabulary, text);
}

class Query {
 public:
  Query(JointModels& models, const PhotoQuery& query) : models_(models) {
    const Vocabulary& words = models.space.vocabulary;
    if (!query.image.empty()) add(image(query.image), 1);
    if (!query.text.empty()) add(text(known_ids(words, query.text, "--text", false)), 1);
    for (const std::string& word : query.plus) add(text(known_ids(words, word, "--plus", true)), 1);
    for (const std::string& word : query.minus) {
      add(text(known_ids(words, word, "--minus", true)), -1);
    }
    only_text_ =
        !query.text.empty() && query.image.empty() && query.plus.empty() && query.minus.empty();
  }

  // Of photographs [N,E], one each.
  std::vector<real> scores(const Var& photos) const {
    Tape tape(photos.value.device());
    const Var target = l2_normalize(tape, Tensor({1, size()}, photos.value.device(), sum_));
    if (only_text_) return models_.space.vse.scores(tape, photos, target).value.to_host();
    return matmul(tape, photos, target, Transpose::b).value.to_host();
  }

 private:
  int64_t size() const { return models_.space.vse.config.embedding; }

  Tensor image(const fs::path& path) const {
    const ImageFeatures features = image_features(models_.convnet, {path});
    Tape tape(features.features.device());
    return models_.space.vse.embed_images(tape, features.features).value;
  }

  Tensor text(const std::vector<int32_t>& ids) const {
    return sentence_vectors(models_.space.vse, {ids});
  }

  void add(const Tensor& unit, real sign) {
    const std::vector<real> numbers = unit.to_host();
    sum_.resize(numbers.size(), 0);
    for (size_t i = 0; i < numbers.size(); ++i) sum_[i] += sign * numbers[i];
  }

  JointModels& models_;
  std::vector<real> sum_;
  bool only_text_ = false;
};

std::string describe(const PhotoQuery& query) {
  std::string text = query.image.empty() ? query.text : query.image.filename().string();
  for (const std::string& word : query.minus) text += " - " + word;
  for (const std::string& word : query.plus) text += " + " + word;
  return text;
}

void write_sheet(const fs::path& path, const PhotoQuery& query,
                 const std::vector<FoundPhoto>& found) {
  std::vector<SheetCell> cells;
  if (!query.image.empty()) cells.push_back({read_image(query.image), "the query"});
  for (const FoundPhoto& photo : found) {
    const std::string text = photo.caption.empty() ? photo.path.filename().string() : photo.caption;
    cells.push_back({read_image(photo.path), fmt::format("{:.3f} {}", photo.score, text)});
  }
  write_png(path, contact_sheet(describe(query), cells));
}

std::string json(const std::vector<FoundPhoto>& found) {
  auto list = nlohmann::ordered_json::array();
  for (const FoundPhoto& photo : found) {
    list.push_back(
        {{"photo", photo.path.string()}, {"score", photo.score}, {"caption", photo.caption}});
  }
  return list.dump() + "\n";
}

}  // namespace

std::vector<FoundPhoto> nearest_photos(JointModels& models, const fs::path& photos,
                                       const PhotoQuery& query, int64_t count) {
  const Query target(models, query);
  std::vector<FoundPhoto> all = candidates(photos);
  std::erase_if(all, [&](const FoundPhoto& photo) {
    std::error_code ignored;
    return !query.image.empty() && fs::equivalent(photo.path, query.image, ignored);
  });
  std::vector<fs::path> paths;
  for (const FoundPhoto& photo : all) paths.push_back(photo.path);
  Progress progress("photographs", int64_t(paths.size()));
  const ImageFeatures features =
      image_features(models.convnet, paths, [&](int64_t done, int64_t) { progress.update(done); });
  Tape tape(features.features.device());
  const std::vector<real> scores =
      target.scores(models.space.vse.embed_images(tape, features.features));
  std::vector<FoundPhoto> found;
  for (size_t i = 0; i < all.size(); ++i) {
    if (features.row[i] < 0) continue;
    all[i].score = scores[size_t(features.row[i])];
    found.push_back(std::move(all[i]));
  }
  std::ranges::stable_sort(found, std::greater<>(), &FoundPhoto::score);
  if (int64_t(found.size()) > count) found.resize(size_t(count));
  return found;
}

void nearest_photos_command(const std::vector<std::string>& arguments, std::ostream& out) {
  PhotoQuery query;
  JointModelFiles files;
  fs::path coco, sheet;
  int64_t count = 10;
  bool as_json = false;
  ComputeOptions compute;
  CommandLine line(
      "p2s-nearest photos",
      "Finds photographs for a sentence, or near a photograph - words + words.",
      "  p2s-nearest photos --text \"a dog on a beach\" --coco flickr8k --sheet beach.png\n"
      "  p2s-nearest photos --image dog.jpg --minus dog --plus cat --coco flickr8k\n");
  line.path("--coco", coco,
            "where to search: a caption file in COCO's layout, a folder of them, or a folder of "
            "photographs");
  line.required("--coco");
  line.path("--image", query.image, "a photograph to search near");
  line.text("--text", query.text, "a sentence to search for");
  line.texts("--plus", query.plus, "a word to add; may be repeated");
  line.texts("--minus", query.minus, "a word to take away; may be repeated");
  line.whole("--count", count, 1, 1'000'000, "so many photographs");
  line.path("--sheet", sheet, "write the photographs here as a contact sheet (PNG)");
  line.flag("--json", as_json, "a JSON array instead of lines");
  add_joint_model_flags(line, files);
  add_compute_flags(line, compute);
  if (!line.parse(arguments, out)) return;
  check(!query.image.empty() || !query.text.empty() || !query.plus.empty(), ErrorCode::usage,
        "nothing to search for; give --image or --text; see p2s-nearest photos --help");
  JointModels models = read_joint_models(files, start_computing(compute));
  const std::vector<FoundPhoto> found = nearest_photos(models, coco, query, count);
  if (!sheet.empty()) write_sheet(sheet, query, found);
  if (as_json) {
    out << json(found);
    return;
  }
  for (const FoundPhoto& photo : found) {
    out << fmt::format("{:.4f}  {}\n", photo.score, photo.path.string());
  }
}

}  // namespace p2s
