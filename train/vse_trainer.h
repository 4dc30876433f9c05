#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "train/run_options.h"

namespace p2s {

struct VseOptions {
  RunOptions run = {.epochs = 15, .batch = 128, .rate = 4e-4, .clip = 2, .validate_steps = 0};
  std::vector<std::filesystem::path> coco;  // caption files, or folders of them
  std::filesystem::path validation;         // instead of the captions_val files beside them
  std::filesystem::path convnet;            // written by import-cnn
  std::filesystem::path word_vectors;       // a file with content words to start the table from
  int64_t vocabulary = 20000, min_count = 2;
  int64_t word = 300, embedding = 1024;
  double margin = 0.2, dropout = 0;
  bool hardest = false;
  double hardest_after = 0;  // epochs of the sum of hinges first; 0: never
};

// Trains the visual-semantic embedding; keeps the model with the best sum of recalls.
void train_vse(const VseOptions& options);

// p2s-train vse
void vse_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s
