#pragma once

#include <string>
#include <vector>

#include "models/passage_decoder.h"
#include "models/passage_vectors.h"
#include "models/skip_thought.h"
#include "models/vse.h"
#include "nn/checkpoint.h"

// Each model in a model file: its kind and configuration as attributes, its words, its parameters.
// A reader rebuilds the model from the file alone. Error(format) says which kind a file holds when
// it is another.
namespace p2s {

// The words a model was trained with, by id.
struct WordList {
  std::vector<std::string> words, spellings;
  std::vector<int64_t> counts;
};
void write_words(ModelFileWriter&, const WordList&);
WordList read_words(const ModelFileReader&);

void write_config(ModelFileWriter&, const SkipThoughtConfig&);
void write_config(ModelFileWriter&, const VseConfig&);
void write_config(ModelFileWriter&, const PassageDecoderConfig&);
SkipThoughtConfig read_skip_thought_config(const ModelFileReader&);
VseConfig read_vse_config(const ModelFileReader&);
PassageDecoderConfig read_passage_decoder_config(const ModelFileReader&);

// Configuration and parameters; the group of the parameters is "skip_thought", "vse", "decoder".
void write_model(ModelFileWriter&, SkipThought&, Storing = Storing::f32);
void write_model(ModelFileWriter&, Vse&, Storing = Storing::f32);
void write_model(ModelFileWriter&, PassageDecoder&, Storing = Storing::f32);
SkipThought read_skip_thought(const ModelFileReader&, Device);
Vse read_vse(const ModelFileReader&, Device);
PassageDecoder read_passage_decoder(const ModelFileReader&, Device);

// The encoder alone, in a skip-thought model file or in a pack.
SkipThoughtConfig encoder_config(const SentenceEncoder&);
void write_sentence_encoder(ModelFileWriter&, SentenceEncoder&);
SentenceEncoder read_sentence_encoder(const ModelFileReader&, Device);

// The word vectors [V,D] that content vectors are made of; undefined where the file has none.
void write_content_words(ModelFileWriter&, const Tensor&, Storing = Storing::f32);
Tensor read_content_words(const ModelFileReader&, Device);

// Both with the counts of the file's words.
PassageEncoder read_passage_encoder(const ModelFileReader&, Device, Precision = Precision::fp32);

}  // namespace p2s
