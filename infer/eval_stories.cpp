#include "infer/eval_stories.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "data/captions.h"
#include "data/corpus.h"
#include "infer/evaluation.h"
#include "infer/joint_models.h"
#include "infer/pack_location.h"
#include "infer/photo_features.h"
#include "infer/story_output.h"
#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

// Photographs, and where they come from a caption file their captions, each as one text.
struct Photos {
  std::vector<fs::path> paths;
  std::vector<std::string> references;
};

// All files of a folder by name, or the images of a COCO caption file in its order.
Photos photos_of(const fs::path& source, int64_t skip, int64_t limit) {
  Photos photos;
  if (fs::is_directory(source)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(source)) {
      if (entry.is_regular_file()) photos.paths.push_back(entry.path());
    }
    std::sort(photos.paths.begin(), photos.paths.end());
  } else {
    const CaptionSet set = read_captions(source);
    photos.references.resize(set.images.size());
    for (const CaptionedImage& image : set.images) photos.paths.push_back(image.path);
    for (const Caption& caption : set.captions) {
      photos.references[size_t(caption.image)] += caption.text + ' ';
    }
  }
  check(!photos.paths.empty(), ErrorCode::io, "{}: has no photographs", source.string());
  const auto count = int64_t(photos.paths.size());
  check(skip < count, ErrorCode::usage, "--skip {}: {} has {} photographs", skip, source.string(),
        count);
  const auto keep = [&](auto& all) {
    if (all.empty()) return;
    all.resize(size_t(std::min(count, skip + limit)));
    all.erase(all.begin(), all.begin() + skip);
  };
  keep(photos.paths), keep(photos.references);
  return photos;
}

// The words of passages of a corpus' training books, genre by genre; ids of the pack's vocabulary.
GenreClassifier genre_classifier(const fs::path& books, const Storyteller& teller) {
  CorpusOptions options;
  options.folder = books;
  options.genres = teller.pack().genres;
  options.given = teller.vocabulary();
  const Corpus corpus = Corpus::open(options);
  GenreClassifier classifier(teller.vocabulary().size(), int64_t(options.genres.size()));
  for (int64_t i = 0; i < corpus.sentences(); ++i) {
    if (corpus.validation(i)) continue;
    const std::span<const int32_t> words = corpus.sentence(i);
    const std::string& genre = corpus.genres()[size_t(corpus.genre(i))];
    classifier.add({words.begin(), words.end()}, teller.genre_mix(genre).front().genre);
  }
  return classifier;
}

// A story for every photograph in every genre; each has a seed of its own, the same in every
// evaluation.
std::vector<EvaluatedStory> tell_all(const Storyteller& teller,
                                     const std::vector<PhotoContent>& photos,
                                     const StoryOptions& options) {
  constexpr size_t kRows = 100;
  std::vector<EvaluatedStory> stories;
  std::vector<StoryRequest> requests;
  const auto tell = [&] {
    const std::vector<Story> told = teller.tell_side_by_side(requests, options);
    for (size_t i = 0; i < told.size(); ++i) {
      stories[stories.size() - told.size() + i].story = told[i];
    }
    requests.clear();
  };
  for (size_t photo = 0; photo < photos.size(); ++photo) {
    for (size_t genre = 0; genre < teller.pack().genres.size(); ++genre) {
      const uint64_t seed = options.search.seed + stories.size();
      requests.push_back({&photos[photo], teller.pack().genres[genre], seed});
      stories.push_back({photo, int32_t(genre), {}});
      if (requests.size() * size_t(options.search.stories) >= kRows) tell();
    }
  }
  if (!requests.empty()) tell();
  return stories;
}

// The photographs' features become those that the judge reads.
void look_again(std::vector<PhotoContent>& photos, const std::vector<fs::path>& paths,
                const ConvNet& convnet) {
  constexpr int64_t kBatch = 32;
  size_t photo = 0;
  each_photo_features(convnet, "", paths, kBatch, [&](const PhotoFeatures& some) {
    const int64_t width = convnet.features();
    for (size_t i = 0; i < some.names.size(); ++i) {
      const auto row = std::span(some.numbers).subspan(i * size_t(width), size_t(width));
      photos[photo++].features = Tensor({1, width}, convnet.device(), row);
    }
  });
}

nlohmann::ordered_json figure(double value) {
  return value < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(value);
}

std::string figures(const Evaluation& e) {
  nlohmann::ordered_json json;
  json["photos"] = e.photos;
  json["stories"] = e.stories;
  json["mean_words"] = e.mean_words;
  json["mean_log_probability"] = e.mean_log_probability;
  json["distinct"] = e.distinct;
  json["content_recall_1"] = figure(e.content_recall_1);
  json["content_recall_10"] = figure(e.content_recall_10);
  json["vse_recall_1"] = figure(e.vse_recall_1);
  json["vse_recall_10"] = figure(e.vse_recall_10);
  json["reference_recall_1"] = figure(e.reference_recall_1);
  json["reference_recall_10"] = figure(e.reference_recall_10);
  json["genre_by_words"] = figure(e.genre_by_words);
  json["genre_by_style"] = figure(e.genre_by_style);
  return json.dump();
}

}  // namespace

std::string evaluate_stories(const EvalStoriesOptions& options) {
  const Device device = start_computing(options.compute);
  const fs::path pack = options.pack.empty() ? default_pack(this_program()) : options.pack;
  const Storyteller teller(read_pack(pack, device, options.story.precision));
  std::optional<JointModels> judge;
  if (!options.vse.empty()) {
    judge = read_joint_models({options.vse, options.convnet, pack}, device);
  }
  std::optional<GenreClassifier> classifier;
  if (!options.corpus.empty()) classifier = genre_classifier(options.corpus, teller);

  const auto [paths, references] = photos_of(options.photos, options.skip, options.limit);
  std::vector<PhotoContent> photos;
  for (const fs::path& path : paths) {
    photos.push_back(teller.look(read_image(path), options.story.captions, options.story.told));
  }
  const std::vector<EvaluatedStory> stories = tell_all(teller, photos, options.story);
  std::string lines;
  for (const EvaluatedStory& s : stories) lines += story_json(s.story, paths[s.photo]) + "\n";
  if (!options.stories.empty()) write_atomically(options.stories, lines);
  if (judge) look_again(photos, paths, judge->convnet);
  return figures(evaluate(teller, stories, photos, judge ? &judge->space : nullptr,
                          classifier ? &*classifier : nullptr, references));
}

void eval_stories_command(const std::vector<std::string>& arguments, std::ostream& out) {
  const EvalStoriesOptions options = parse_eval_stories_options(arguments);
  out << (options.help.empty() ? evaluate_stories(options) + "\n" : options.help);
}

}  // namespace p2s
