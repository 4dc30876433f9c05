#include "infer/eval_sentences.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "infer/pack_location.h"
#include "infer/published_sentence_scores.h"
#include "infer/sentence_curve.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/progress.h"
#include "nn/compute.h"

namespace p2s {
namespace {

struct Options {
  std::filesystem::path data;
  std::vector<std::filesystem::path> encoders, word_vectors;
  std::vector<std::string> sets;
  std::filesystem::path curve;
  bool json = false;
  ComputeOptions compute;
};

// "model" says little: the run's folder stands before it.
std::string column_name(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  return stem == "model" && file.has_parent_path() ? (file.parent_path().filename() / stem).string()
                                                   : stem;
}

std::vector<SentenceVectors> all_vectors(const Options& o, const std::vector<SentenceSet>& sets,
                                         Device device) {
  std::vector<SentenceVectors> all;
  for (const auto& file : o.word_vectors) all.push_back(mean_word_vectors(file, sets));
  for (const auto& file : o.encoders) {
    all.push_back(
        encoder_vectors(column_name(file), std::make_shared<Encoder>(Encoder::load(file, device))));
  }
  return all;
}

std::vector<SentenceColumn> measure(const std::vector<SentenceSet>& sets,
                                    const std::vector<SentenceVectors>& all) {
  std::vector<SentenceColumn> columns;
  Progress progress("sets", int64_t(sets.size() * all.size()));
  int64_t done = 0;
  for (const SentenceVectors& vectors : all) {
    SentenceColumn column{vectors.name, vectors.size, vectors.encoder, {}};
    for (const SentenceSet& set : sets) {
      for (SentenceScore& score : probe_sentences(set, vectors)) {
        column.scores.push_back(std::move(score));
      }
      progress.update(++done, vectors.name + ", " + set.name);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

const PublishedScore* published(const SentenceScore& score) {
  for (const PublishedScore& p : published_sentence_scores()) {
    if (score.set == p.set && score.metric == p.metric) return &p;
  }
  return nullptr;
}

// Shares as percent; coefficients and errors as they are.
std::string figure(const std::string& metric, double value) {
  if (value == 0) return "-";
  const bool percent = metric == "accuracy" || metric == "F1";
  return percent ? fmt::format("{:.1f}", 100 * value) : fmt::format("{:.3f}", value);
}

// Ours first, then what was published; a line a figure.
std::string table(const std::vector<SentenceSet>& sets,
                  const std::vector<SentenceColumn>& columns) {
  std::string text = fmt::format("{:<18} {:<8}", "", "on");
  for (const SentenceColumn& c : columns) text += fmt::format(" {:>16}", c.name);
  text += "  |  uni-skip   bi-skip   combine   uni + LN\n";
  const auto add_part = [&](const SentenceScore& score, const std::string& on) {
    text += fmt::format("{:<18} {:<8}", score.set + " " + score.metric, on);
  };
  for (size_t i = 0; i < columns.at(0).scores.size(); ++i) {
    const SentenceScore& score = columns[0].scores[i];
    const auto set = std::find_if(sets.begin(), sets.end(),
                                  [&](const SentenceSet& s) { return s.name == score.set; });
    add_part(score, set->measured_on);
    for (const SentenceColumn& c : columns) {
      text += fmt::format(" {:>{}}", figure(score.metric, c.scores[i].value),
                          std::max<size_t>(16, c.name.size()));
    }
    const PublishedScore* p = published(score);
    text += "  |";
    for (const double value : p == nullptr
                                  ? std::vector<double>(4, 0)
                                  : std::vector{p->uni, p->bi, p->combine, p->layer_norm}) {
      text += fmt::format(" {:>9}", figure(score.metric, value));
    }
    text += '\n';
  }
  text +=
      "Accuracy and F1 in percent. Published: SICK, MSRP and TREC on the test, the others by "
      "10-fold cross-validation.\n";
  return text;
}

std::string json(const std::vector<SentenceSet>& sets, const std::vector<SentenceColumn>& columns) {
  nlohmann::ordered_json result;
  for (const SentenceSet& set : sets) {
    result["sets"][set.name] = {
        {"sentences", set.size()}, {"learned", set.learned}, {"measured_on", set.measured_on}};
  }
  for (const SentenceColumn& column : columns) {
    nlohmann::ordered_json one = {{"name", column.name}, {"size", column.size}};
    for (const SentenceScore& score : column.scores) {
      one["scores"][score.set][score.metric] = score.value;
    }
    result["vectors"].push_back(one);
  }
  for (const PublishedScore& p : published_sentence_scores()) {
    const auto add = [&](const char* name, double value) {
      if (value != 0) result["published"][name][p.set][p.metric] = value;
    };
    add("uni-skip", p.uni), add("bi-skip", p.bi), add("combine-skip", p.combine);
    add("uni-skip with layer normalisation", p.layer_norm);
  }
  return result.dump() + "\n";
}

}  // namespace

void eval_sentences_command(const std::vector<std::string>& arguments, std::ostream& out) {
  Options o;
  CommandLine line(
      "p2s-eval sentences",
      "Measures what sentence vectors tell, by the protocols that skip-thoughts were published "
      "with.",
      "  p2s-eval sentences --data senteval --encoder runs/encoder/model.h5 --word-vectors "
      "GoogleNews.bin\n"
      "  p2s-eval sentences --data senteval --encoder 1000.h5 --encoder 2000.h5 --curve "
      "curve.svg\n");
  line.path("--data", o.data, "folder with SICK, MSRP, MR, CR, SUBJ, MPQA, TREC, ...");
  line.required("--data");
  line.paths("--encoder", o.encoders,
             "model.h5 of a skipthought run, or a pack; may be repeated (default: $P2S_PACK, else "
             "packs/*.h5)");
  line.paths("--word-vectors", o.word_vectors,
             "word2vec or GloVe file, whose mean vectors stand beside; may be repeated");
  line.texts("--set", o.sets, "only this set; may be repeated");
  line.path("--curve", o.curve,
            "draw here (SVG) how the figures grow over the encoders, if they are points of one "
            "training in their order");
  line.flag("--json", o.json, "one JSON object instead of a table");
  add_compute_flags(line, o.compute);
  if (!line.parse(arguments, out)) return;
  const Device device = start_computing(o.compute);
  if (o.encoders.empty() && o.word_vectors.empty()) {
    o.encoders.push_back(default_pack(this_program()));
  }
  const std::vector<SentenceSet> sets = read_sentence_sets(o.data, o.sets);
  const std::vector<SentenceColumn> columns = measure(sets, all_vectors(o, sets, device));
  if (!o.curve.empty()) write_line_chart(o.curve, sentence_curve(columns));
  out << (o.json ? json(sets, columns) : table(sets, columns));
}

}  // namespace p2s
