#include "infer/evaluation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "data/books.h"
#include "data/tokenizer.h"
#include "metrics/diversity.h"
#include "metrics/tf_idf.h"
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

using Vectors = std::vector<std::vector<real>>;

// Rows as standard scores, each of length 1.
Vectors unit_scores(const Tensor& rows, const Tensor& mean, const Tensor& deviation) {
  const std::vector<real> scores = standard_scores(rows, mean, deviation).to_host();
  const int64_t columns = rows.shape().columns();
  Vectors result;
  for (int64_t row = 0; row < rows.shape()[0]; ++row) {
    const auto begin = scores.begin() + row * columns;
    result.push_back(unit({begin, begin + columns}));
  }
  return result;
}

// Mean over the sentences of a story of their vectors in the space of photographs.
std::vector<real> story_vector(const JointSpace& scorer, const std::string& text) {
  std::vector<Sentence> sentences;
  for (const std::string& sentence : split_sentences(text)) {
    sentences.push_back(scorer.vocabulary.ids(tokenize(sentence)));
    sentences.back().push_back(Vocabulary::kEos);
  }
  Tape tape(scorer.vse.image_weight.value.device());
  const Var vectors = scorer.vse.embed_sentences(tape, pack_sentences(sentences));
  return reduce(tape, Reduce::mean, vectors, 0).value.to_host();
}

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

// How many thoughts, as standard scores, have the largest cosine with their own genre's mean.
double nearest_style_is_own(const std::vector<EvaluatedStory>& stories, const Vectors& thoughts,
                            const Pack& pack) {
  Vectors means;
  for (const Style& style : pack.genre_styles) {
    const Tensor mean = style.thought_mean.reshaped({1, style.thought_mean.elements()});
    means.push_back(unit_scores(mean, pack.passage_style.thought_mean,
                                pack.passage_style.thought_deviation)[0]);
  }
  size_t own = 0;
  for (size_t i = 0; i < stories.size(); ++i) {
    std::vector<double> scores;
    for (const std::vector<real>& mean : means) scores.push_back(dot(thoughts[i], mean));
    own += std::max_element(scores.begin(), scores.end()) - scores.begin() == stories[i].genre;
  }
  return double(own) / double(stories.size());
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

void measure_vse(Evaluation& e, const std::vector<EvaluatedStory>& stories,
                 const std::vector<PhotoContent>& photos, const JointSpace& scorer) {
  Vectors told, shown;
  for (const PhotoContent& photo : photos) {
    Tape tape(photo.features.device());
    shown.push_back(scorer.vse.embed_images(tape, photo.features).value.to_host());
  }
  for (const EvaluatedStory& s : stories) told.push_back(story_vector(scorer, s.story.text));
  e.vse_recall_1 = recall(stories, told, shown, 1);
  e.vse_recall_10 = recall(stories, told, shown, 10);
}

void measure_references(Evaluation& e, const std::vector<EvaluatedStory>& stories,
                        const std::vector<std::string>& references) {
  std::vector<std::string> texts;
  for (const EvaluatedStory& s : stories) texts.push_back(s.story.text);
  const TextVectors v = tf_idf(references, texts);
  e.reference_recall_1 = recall(stories, v.queries, v.documents, 1);
  e.reference_recall_10 = recall(stories, v.queries, v.documents, 10);
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

Evaluation evaluate(const Storyteller& teller, const std::vector<EvaluatedStory>& stories,
                    const std::vector<PhotoContent>& photos, const JointSpace* scorer,
                    const GenreClassifier* classifier, const std::vector<std::string>& references) {
  check(!stories.empty(), ErrorCode::usage, "evaluation: not one story to measure");
  Evaluation e;
  e.photos = int64_t(photos.size());
  e.stories = int64_t(stories.size());
  measure_texts(e, stories);
  const Pack& pack = teller.pack();
  std::vector<Sentences> texts;
  for (const EvaluatedStory& s : stories) texts.push_back(sentences_of(teller, s.story));
  const PassageVectors told = teller.encoder()(texts);
  const Style& passages = pack.passage_style;
  e.genre_by_style = nearest_style_is_own(
      stories, unit_scores(told.thought, passages.thought_mean, passages.thought_deviation), pack);

  Vectors shown;
  const Style& captions = pack.caption_style;
  for (const PhotoContent& photo : photos) {
    shown.push_back(
        unit_scores(photo.vectors.content, captions.content_mean, captions.content_deviation)[0]);
  }
  const Vectors told_content =
      unit_scores(told.content, passages.content_mean, passages.content_deviation);
  e.content_recall_1 = recall(stories, told_content, shown, 1);
  e.content_recall_10 = recall(stories, told_content, shown, 10);
  if (scorer != nullptr) measure_vse(e, stories, photos, *scorer);
  if (!references.empty()) measure_references(e, stories, references);
  if (classifier != nullptr) {
    e.genre_by_words = share(
        stories, [&](const EvaluatedStory& s) { return (*classifier)(s.story.ids) == s.genre; });
  }
  return e;
}

}  // namespace p2s
