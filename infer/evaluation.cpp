#include "infer/evaluation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "data/books.h"
#include "data/tokenizer.h"
#include "models/model_files.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

double dot(const std::vector<real>& a, const std::vector<real>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double(a[i]) * double(b[i]);
  return sum;
}

std::vector<real> unit(std::vector<real> v) {
  const double norm = std::sqrt(dot(v, v));
  for (real& x : v) x = norm > 0 ? real(double(x) / norm) : 0;
  return v;
}

// Content as standard scores, of length 1.
std::vector<real> content(const PassageVectors& vectors, const Style& style) {
  return unit(standardise(vectors, style, {0}).content.to_host());
}

// Mean over the sentences of a story of their vectors in the space of photographs.
std::vector<real> story_vector(const TextScorer& scorer, const std::string& text) {
  std::vector<Sentence> sentences;
  for (const std::string& sentence : split_sentences(text)) {
    sentences.push_back(scorer.vocabulary.ids(tokenize(sentence)));
    sentences.back().push_back(Vocabulary::kEos);
  }
  Tape tape(scorer.vse.image_weight.value.device());
  const Var vectors = scorer.vse.embed_sentences(tape, pack_sentences(sentences));
  return reduce(tape, Reduce::mean, vectors, 0).value.to_host();
}

using Vectors = std::vector<std::vector<real>>;

// Mean over genres of the recall of photographs from their stories in that genre.
double recall(const std::vector<EvaluatedStory>& stories, const Vectors& told, const Vectors& shown,
              size_t best) {
  std::set<int32_t> genres;
  for (const EvaluatedStory& s : stories) genres.insert(s.genre);
  double sum = 0;
  for (int32_t genre : genres) {
    std::vector<double> scores(shown.size() * shown.size(), 0);
    for (size_t i = 0; i < stories.size(); ++i) {
      if (stories[i].genre != genre) continue;
      for (size_t j = 0; j < shown.size(); ++j) {
        scores[stories[i].photo * shown.size() + j] = dot(told[i], shown[j]);
      }
    }
    sum += recall_at(scores, shown.size(), best);
  }
  return sum / double(genres.size());
}

double share(const std::vector<EvaluatedStory>& stories,
             const std::function<bool(const EvaluatedStory&)>& is) {
  const auto hits = std::count_if(stories.begin(), stories.end(), is);
  return double(hits) / double(stories.size());
}

// The genre whose mean thought, as standard scores, has the largest cosine with the story's.
int32_t nearest_style(const Pack& pack, const PassageVectors& story) {
  const auto thought = [&](const PassageVectors& v) {
    return unit(standardise(v, pack.passage_style, {0}).thought.to_host());
  };
  const std::vector<real> told = thought(story);
  std::vector<double> scores;
  for (const Style& style : pack.genre_styles) {
    const PassageVectors mean{style.thought_mean.reshaped({1, style.thought_mean.elements()}),
                              style.content_mean.reshaped({1, style.content_mean.elements()})};
    scores.push_back(dot(told, thought(mean)));
  }
  return int32_t(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

void measure_texts(Evaluation& e, const std::vector<EvaluatedStory>& stories) {
  std::vector<std::vector<int32_t>> texts;
  for (const EvaluatedStory& s : stories) {
    texts.push_back(s.story.ids);
    e.mean_words += double(s.story.words) / double(stories.size());
    e.mean_log_probability += s.story.log_probability / double(stories.size());
  }
  for (size_t n = 1; n <= e.distinct.size(); ++n) e.distinct[n - 1] = distinct_ngrams(texts, n);
}

// The sentences of a story, in the pack's words.
Sentences sentences_of(const Storyteller& teller, const Story& story) {
  Sentences sentences;
  for (const std::string& sentence : split_sentences(story.text)) {
    sentences.push_back(teller.vocabulary().ids(tokenize(sentence)));
  }
  return sentences;
}

}  // namespace

double distinct_ngrams(const std::vector<std::vector<int32_t>>& texts, size_t n) {
  std::set<std::vector<int32_t>> different;
  size_t all = 0;
  for (const std::vector<int32_t>& text : texts) {
    for (size_t i = 0; i + n <= text.size(); ++i, ++all) {
      different.emplace(text.begin() + int64_t(i), text.begin() + int64_t(i + n));
    }
  }
  return all == 0 ? 0 : double(different.size()) / double(all);
}

double recall_at(const std::vector<double>& scores, size_t count, size_t best) {
  size_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    const double* row = scores.data() + i * count;
    size_t better = 0;
    for (size_t j = 0; j < count; ++j) better += j != i && row[j] >= row[i];
    found += better < best;
  }
  return count == 0 ? 0 : double(found) / double(count);
}

TextScorer read_text_scorer(const std::filesystem::path& vse_model, Device device) {
  const ModelFileReader file(vse_model);
  const WordList words = read_words(file);
  return {read_vse(file, device), Vocabulary(words.words, words.spellings, words.counts)};
}

Evaluation evaluate(const Storyteller& teller, const std::vector<EvaluatedStory>& stories,
                    const std::vector<PhotoContent>& photos, const TextScorer* scorer,
                    const GenreClassifier* classifier) {
  check(!stories.empty(), ErrorCode::usage, "evaluation: not one story to measure");
  Evaluation e;
  e.photos = int64_t(photos.size());
  e.stories = int64_t(stories.size());
  measure_texts(e, stories);
  const Pack& pack = teller.pack();
  Vectors told_content, shown_content, told_vse, shown_vse;
  size_t by_style = 0;
  for (const PhotoContent& photo : photos) {
    shown_content.push_back(content(photo.vectors, pack.caption_style));
    shown_vse.push_back(photo.embedding.to_host());
  }
  for (const EvaluatedStory& s : stories) {
    const PassageVectors vectors = teller.encoder()({sentences_of(teller, s.story)});
    told_content.push_back(content(vectors, pack.passage_style));
    by_style += nearest_style(pack, vectors) == s.genre;
    if (scorer != nullptr) told_vse.push_back(story_vector(*scorer, s.story.text));
  }
  e.content_recall_1 = recall(stories, told_content, shown_content, 1);
  e.content_recall_10 = recall(stories, told_content, shown_content, 10);
  e.genre_by_style = double(by_style) / double(stories.size());
  if (scorer != nullptr) {
    e.vse_recall_1 = recall(stories, told_vse, shown_vse, 1);
    e.vse_recall_10 = recall(stories, told_vse, shown_vse, 10);
  }
  if (classifier != nullptr) {
    e.genre_by_words = share(
        stories, [&](const EvaluatedStory& s) { return (*classifier)(s.story.ids) == s.genre; });
  }
  return e;
}

}  // namespace p2s
