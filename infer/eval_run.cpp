#include "infer/eval_run.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "data/corpus.h"
#include "infer/evaluation.h"
#include "infer/pack_location.h"
#include "infer/story_output.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/parallel.h"

namespace p2s {
namespace {

std::vector<fs::path> photos_in(const fs::path& folder, int64_t limit) {
  check(fs::is_directory(folder), ErrorCode::io, "{}: is no folder of photographs",
        folder.string());
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  if (int64_t(paths.size()) > limit) paths.resize(size_t(limit));
  return paths;
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
    classifier.add({words.begin(), words.end()}, teller.genre(genre));
  }
  return classifier;
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
  json["genre_by_words"] = figure(e.genre_by_words);
  json["genre_by_style"] = figure(e.genre_by_style);
  return json.dump();
}

}  // namespace

std::string run_evaluation(const EvalOptions& options) {
  set_threads(options.threads);
  const fs::path pack = options.pack.empty() ? default_pack(this_program()) : options.pack;
  const Storyteller teller(read_pack(pack, Device::cpu));
  std::optional<TextScorer> scorer;
  if (!options.vse.empty()) scorer = read_text_scorer(options.vse, Device::cpu);
  std::optional<GenreClassifier> classifier;
  if (!options.corpus.empty()) classifier = genre_classifier(options.corpus, teller);

  std::vector<PhotoContent> photos;
  std::vector<EvaluatedStory> stories;
  std::string lines;
  for (const fs::path& path : photos_in(options.photos, options.limit)) {
    photos.push_back(teller.look(read_image(path), options.story.captions));
    for (size_t genre = 0; genre < teller.pack().genres.size(); ++genre) {
      StoryOptions story = options.story;
      story.genre = teller.pack().genres[genre];
      // Every story has a seed of its own, the same in every evaluation.
      story.search.seed += stories.size();
      stories.push_back({photos.size() - 1, int32_t(genre), teller.tell(photos.back(), story)});
      lines += story_json(stories.back().story, path) + "\n";
    }
    if (photos.size() % 10 == 0) spdlog::info("p2s-eval: {} photographs", photos.size());
  }
  if (!options.stories.empty()) write_atomically(options.stories, lines);
  return figures(evaluate(teller, stories, photos, scorer ? &*scorer : nullptr,
                          classifier ? &*classifier : nullptr));
}

}  // namespace p2s
