#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "models/vse.h"
#include "train/fine_tuning.h"
#include "train/run_options.h"

namespace p2s {

// How the ranking hinge goes over the epochs.
struct ContrastSchedule {
  double margin = 0.2;
  // The margin grows evenly from margin_start over so many epochs; 0: it is `margin` from the
  // start.
  double margin_start = 0, margin_epochs = 0;
  bool hardest = false;
  double hardest_after = 0;  // epochs of the sum of hinges first; 0: never
  Contrasts at(double epoch) const;
};

struct VseOptions {
  RunOptions run = {.epochs = 15, .batch = 128, .rate = 4e-4, .clip = 2, .validate_steps = 0};
  std::vector<std::filesystem::path> coco;  // caption files, or folders of them
  std::filesystem::path validation;         // instead of the captions_val files beside them
  std::filesystem::path convnet;            // written by import-cnn
  // In place of photographs: features with captions, NAME_ims.npy and NAME_caps.txt.
  std::vector<std::filesystem::path> features;
  std::filesystem::path validation_features;
  std::filesystem::path from;  // model.h5 of a vse run whose words, sizes, weights it starts with
  std::filesystem::path word_vectors;  // that the table starts from, see start_words
  int64_t vocabulary = 20000, min_count = 2;
  int64_t word = 300, embedding = 1024;
  double dropout = 0;
  std::string measure = "cosine", text_encoder = "gru";
  ContrastSchedule contrasts;
  int64_t captions_per_photo = 0;  // of each photograph in a batch; 0: captions are drawn alone
  FineTuning fine_tuning;
};

// Trains the visual-semantic embedding; keeps the model with the best sum of recalls.
void train_vse(const VseOptions& options);

// p2s-train vse
void vse_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s
