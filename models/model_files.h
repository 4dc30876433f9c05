#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/captioner.h"
#include "models/passage_decoder.h"
#include "models/passage_vectors.h"
#include "models/skip_thought.h"
#include "models/thought_encoder.h"
#include "models/vse.h"
#include "nn/checkpoint.h"

// Each model in a model file: its kind and configuration as attributes, its words, its parameters.
// A reader rebuilds the model from the file alone. Error(format) says which kind a file holds when
// it is another.
namespace p2s {

// The words a model was trained with, by id; in a file under a group.
struct WordList {
  std::vector<std::string> words, spellings;
  std::vector<int64_t> counts;
};
inline constexpr const char* kCaptionWords = "caption_words";  // a pack's group of the VSE's
void write_words(ModelFileWriter&, const WordList&, const std::string& group = "words");
WordList read_words(const ModelFileReader&, const std::string& group = "words");

void write_config(ModelFileWriter&, const VseConfig&);
void write_config(ModelFileWriter&, const PassageDecoderConfig&);
void write_config(ModelFileWriter&, const CaptionerConfig&);
VseConfig read_vse_config(const ModelFileReader&);
PassageDecoderConfig read_passage_decoder_config(const ModelFileReader&);

// Configuration and parameters; the group of the parameters is "vse", "decoder", "captioner".
void write_model(ModelFileWriter&, Vse&, Storing = Storing::f32);
void write_model(ModelFileWriter&, PassageDecoder&, Storing = Storing::f32);
void write_model(ModelFileWriter&, Captioner&, Storing = Storing::f32);
Vse read_vse(const ModelFileReader&, Device);
Captioner read_captioner(const ModelFileReader&, Device);
WordList read_vse_words(const ModelFileReader&);  // in a pack they are others than the decoder's
PassageDecoder read_passage_decoder(const ModelFileReader&, Device);

// Skip-thought models of the same words, in the groups "skip_thought" and "skip_thought_2": one, or
// the two that combine-skip is made of.
void write_model(ModelFileWriter&, std::vector<SkipThought>& parts);
std::vector<SkipThought> read_skip_thoughts(const ModelFileReader&, Device);

// Their encoders alone, from a skip-thought model file or a pack.
using StoringOf = std::function<Storing(const std::string& parameter)>;
void write_thought_encoder(ModelFileWriter&, ThoughtEncoder&, const StoringOf& = {});
ThoughtEncoder read_thought_encoder(const ModelFileReader&, Device);

// The word table (models/word_table.h) of an expanded encoder: a file beside this one; empty: none.
// more_words_beside says where it belongs; Error(usage) for an encoder file of that name.
void write_more_words(ModelFileWriter&, const std::string& file_name);
std::filesystem::path more_words_beside(const std::filesystem::path& encoder);
std::filesystem::path more_words_of(const ModelFileReader&);

// The word vectors [V,D] that content vectors are made of; undefined where the file has none.
void write_content_words(ModelFileWriter&, const Tensor&, Storing = Storing::f32);
Tensor read_content_words(const ModelFileReader&, Device);

// Both with the counts of the file's words.
PassageEncoder read_passage_encoder(const ModelFileReader&, Device, Precision = Precision::fp32);

}  // namespace p2s
