#include "infer/eval_vse.h"

#include <nlohmann/json.hpp>

#include "features/caption_data.h"
#include "features/sentence_vectors.h"
#include "nn/base/error.h"
#include "nn/compute.h"

namespace p2s {
namespace {

std::string row(const char* name, const Recall& r) {
  return fmt::format("{:<24} {:>6.2f} {:>6.2f} {:>6.2f} {:>8.1f} {:>8.1f}\n", name, r.at1, r.at5,
                     r.at10, r.median_rank, r.mean_rank);
}

std::string table(const VseEvaluation& e) {
  std::string text = fmt::format("{:<24} {:>6} {:>6} {:>6} {:>8} {:>8}\n", "", "R@1", "R@5", "R@10",
                                 "median", "mean");
  text += row("photograph -> captions", e.recall.to_caption);
  text += row("caption -> photographs", e.recall.to_image);
  text += fmt::format("sum of recalls {:.2f}; {} photographs, {} captions", e.recall.sum(),
                      e.photographs, e.captions);
  return text + (e.folds > 1 ? fmt::format(", mean of {} folds\n", e.folds) : "\n");
}

nlohmann::ordered_json figures(const Recall& r) {
  return {{"r1", r.at1},
          {"r5", r.at5},
          {"r10", r.at10},
          {"median_rank", r.median_rank},
          {"mean_rank", r.mean_rank}};
}

std::string json(const VseEvaluation& e) {
  nlohmann::ordered_json j;
  j["image_to_caption"] = figures(e.recall.to_caption);
  j["caption_to_image"] = figures(e.recall.to_image);
  j["sum"] = e.recall.sum();
  j["photographs"] = e.photographs;
  j["captions"] = e.captions;
  j["folds"] = e.folds;
  return j.dump() + "\n";
}

}  // namespace

VseEvaluation evaluate_vse(JointModels& models, const std::filesystem::path& coco, int64_t fold) {
  const CaptionSplit split = find_captions(coco);
  CaptionedFeatures data =
      captioned_features(split.validation.empty() ? split.train : split.validation, models.convnet);
  data.encode(models.space.vocabulary);
  const Vse& vse = models.space.vse;
  Tape tape(data.features.device());
  const Var images = vse.embed_images(tape, data.features);
  const std::vector<real> scores =
      vse.scores(tape, images, sentence_vectors(vse, data.words)).value.to_host();
  VseEvaluation e;
  e.photographs = data.images();
  e.captions = int64_t(data.image.size());
  e.folds = fold > 0 ? e.photographs / fold : 1;
  e.recall =
      fold > 0 ? recall_in_folds(scores, data.image, fold) : recall_both_ways(scores, data.image);
  return e;
}

void eval_vse_command(const std::vector<std::string>& arguments, std::ostream& out) {
  std::filesystem::path coco;
  JointModelFiles files;
  int64_t fold = 0;
  bool as_json = false;
  ComputeOptions compute;
  CommandLine line(
      "p2s-eval vse",
      "Measures how well photographs find their captions, and captions their photographs.",
      "  p2s-eval vse --coco flickr8k/captions_val.json\n"
      "  p2s-eval vse --coco captions_val2017.json --vse runs/vse/model.h5 --folds 1000 --json\n");
  line.path("--coco", coco,
            "captions to measure on, a file in COCO's layout; of a folder its captions_val*.json");
  line.required("--coco");
  add_joint_model_flags(line, files);
  line.whole("--folds", fold, 0, 1'000'000'000,
             "search within folds of so many photographs and average; 0: among all");
  line.flag("--json", as_json, "one JSON object instead of a table");
  add_compute_flags(line, compute);
  if (!line.parse(arguments, out)) return;
  JointModels models = read_joint_models(files, start_computing(compute));
  const VseEvaluation e = evaluate_vse(models, coco, fold);
  out << (as_json ? json(e) : table(e));
}

}  // namespace p2s
