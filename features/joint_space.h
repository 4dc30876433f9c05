#pragma once

#include "data/vocabulary.h"
#include "models/model_files.h"
#include "models/vse.h"

namespace p2s {

// A visual-semantic embedding with the words that its captions are read by.
struct JointSpace {
  Vse vse;
  Vocabulary vocabulary;
};
// From the model.h5 of a vse run, or a pack that holds the embedding's text side too; Error(format)
// for any other file.
JointSpace read_joint_space(const ModelFileReader& file, Device device);

}  // namespace p2s
