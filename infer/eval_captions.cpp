#include "infer/eval_captions.h"

#include <spdlog/spdlog.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "data/image_captions.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

std::string table(const CaptionScores& s) {
  std::string text;
  const auto row = [&](const std::string& name, double value) {
    text += fmt::format("{:<18} {:.4f}\n", name, value);
  };
  for (size_t n = 0; n < s.bleu.size(); ++n) row(fmt::format("BLEU-{}", n + 1), s.bleu[n]);
  row("METEOR (no WordNet)", s.meteor);
  row("ROUGE-L", s.rouge_l);
  row("CIDEr-D", s.cider_d);
  row("CIDEr", s.cider);
  text += fmt::format("{} captions, {} different, of {:.2f} words on average; {} different words\n",
                      s.captions, s.distinct_captions, s.mean_length, s.vocabulary);
  return text;
}

std::string json(const CaptionScores& s) {
  nlohmann::ordered_json j;
  for (size_t n = 0; n < s.bleu.size(); ++n) j[fmt::format("bleu_{}", n + 1)] = s.bleu[n];
  j["meteor"] = s.meteor;
  j["rouge_l"] = s.rouge_l;
  j["cider_d"] = s.cider_d;
  j["cider"] = s.cider;
  j["captions"] = s.captions;
  j["distinct_captions"] = s.distinct_captions;
  j["vocabulary"] = s.vocabulary;
  j["mean_length"] = s.mean_length;
  j["distinct_1"] = s.distinct_1;
  j["distinct_2"] = s.distinct_2;
  return j.dump() + "\n";
}

}  // namespace

CaptionScores evaluate_captions(const std::filesystem::path& references,
                                const std::filesystem::path& candidates) {
  std::map<std::string, std::vector<Tokens>> written;
  for (const ImageCaption& caption : read_image_captions(references)) {
    written[caption.image].push_back(caption_tokens(caption.text));
  }
  std::vector<ScoredCaption> captions;
  std::set<std::string> seen;
  for (const ImageCaption& caption : read_image_captions(candidates)) {
    const auto found = written.find(caption.image);
    check(found != written.end(), ErrorCode::usage,
          "{}: image {} has no caption in {}; are they of the same images?", candidates.string(),
          caption.image, references.string());
    check(seen.insert(caption.image).second, ErrorCode::usage,
          "{}: image {} stands twice; one caption an image is scored", candidates.string(),
          caption.image);
    captions.push_back({caption_tokens(caption.text), std::move(found->second)});
  }
  if (seen.size() < written.size()) {
    spdlog::warn("{}: {} of the {} images with references have no caption and are left out",
                 candidates.string(), written.size() - seen.size(), written.size());
  }
  return score_captions(captions);
}

void eval_captions_command(const std::vector<std::string>& arguments, std::ostream& out) {
  std::filesystem::path references, candidates;
  bool as_json = false;
  CommandLine line(
      "p2s-eval captions",
      "Scores captions against those that people wrote: BLEU, METEOR, ROUGE-L, CIDEr.",
      "  p2s-eval captions --references captions_val2017.json --candidates results.json\n"
      "results.json is [{\"image_id\": 139, \"caption\": \"a room with chairs\"}, ...]\n");
  line.path("--references", references, "caption file in COCO's layout");
  line.required("--references");
  line.path("--candidates", candidates, "captions to score, in COCO's result layout");
  line.required("--candidates");
  line.flag("--json", as_json, "one JSON object instead of a table");
  if (!line.parse(arguments, out)) return;
  const CaptionScores scores = evaluate_captions(references, candidates);
  out << (as_json ? json(scores) : table(scores));
}

}  // namespace p2s
