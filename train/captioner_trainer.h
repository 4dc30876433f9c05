#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "train/fine_tuning.h"
#include "train/run_options.h"

namespace p2s {

struct CaptionerOptions {
  // A batch is of photographs, with all their captions.
  RunOptions run = {.epochs = 12, .batch = 16, .rate = 1e-3, .clip = 2, .validate_steps = 0};
  std::vector<std::filesystem::path> coco;  // caption files, or folders of them
  std::filesystem::path validation;         // instead of the captions_val files beside them
  std::filesystem::path convnet;            // written by import-cnn
  // In place of photographs: features with captions, NAME_ims.npy and NAME_caps.txt.
  std::vector<std::filesystem::path> features;
  std::filesystem::path validation_features;
  std::string layer = "head";          // of the convnet, whose maps are looked at
  std::filesystem::path word_vectors;  // a file with content words to start the table from
  std::filesystem::path from;          // a captioner to go on with: its weights, sizes, words
  int64_t vocabulary = 10000, min_count = 4;
  int64_t word = 300, hidden = 512, attention = 256, annotation = 512;
  double dropout = 0.5, coverage = 1;
  bool hard = false;
  double entropy = 0.002, soft_share = 0.5;  // hard attention
  double scheduled_sampling = 0;             // share of words read at the end of the run
  bool self_critical = false;
  int64_t samples = 5;           // self-critical: captions drawn of a photograph
  std::string choose = "cider";  // the figure that chooses the model: cider, bleu4
  int64_t beam = 3;              // of validation
  double length_power = 0.7;
  FineTuning fine_tuning;
};

// Trains a captioner; keeps the model whose captions score best on the validation photographs.
void train_captioner(const CaptionerOptions& options);

// p2s-train captioner
void captioner_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s
