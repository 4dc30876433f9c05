#include "models/model_files.h"

#include "nn/base/error.h"

namespace p2s {
namespace {

// Names of the kinds, which are also the groups of their parameters.
constexpr const char* kSkipThought = "skip_thought";
constexpr const char* kVse = "vse";
constexpr const char* kDecoder = "decoder";
constexpr const char* kEncoderPrefix = "encoder.";
constexpr const char* kContentWords = "content/words";

std::string key(const char* kind, const char* name) { return fmt::format("{}.{}", kind, name); }

int64_t integer(const ModelFileReader& file, const char* kind, const char* name) {
  return int64_t(file.number_attribute(key(kind, name)));
}

void require_kind(const ModelFileReader& file, const char* kind) {
  check(file.has_attribute(key(kind, "vocabulary")), ErrorCode::format,
        "{}: holds no {} model; give the model.h5 of a p2s-train run of that kind",
        file.path().string(), kind);
}

void write_output(ModelFileWriter& file, const char* kind, const OutputConfig& c) {
  file.attribute(key(kind, "softmax"), name(c.kind));
  file.attribute(key(kind, "samples"), double(c.samples));
  file.numbers(fmt::format("{}_cutoffs", kind), c.cutoffs);
}

OutputConfig read_output(const ModelFileReader& file, const char* kind) {
  OutputConfig c;
  c.kind = output_kind(file.attribute(key(kind, "softmax")));
  c.samples = integer(file, kind, "samples");
  c.cutoffs = file.numbers(fmt::format("{}_cutoffs", kind));
  return c;
}

template <class Model, class Config>
Model read_model(const ModelFileReader& file, const char* kind, const Config& config,
                 Device device) {
  Rng rng = Rng::none();
  Model model(config, device, rng);
  read_parameters(file, kind, parameters_of(model));
  return model;
}

}  // namespace

void write_words(ModelFileWriter& file, const WordList& words) {
  file.texts("words/words", words.words);
  file.texts("words/spellings", words.spellings);
  file.numbers("words/counts", words.counts);
}

WordList read_words(const ModelFileReader& file) {
  WordList list{file.texts("words/words"), file.texts("words/spellings"),
                file.numbers("words/counts")};
  check(list.words.size() == list.spellings.size() && list.words.size() == list.counts.size(),
        ErrorCode::format, "{}: {} words, {} spellings, {} counts: the file is damaged",
        file.path().string(), list.words.size(), list.spellings.size(), list.counts.size());
  return list;
}

void write_config(ModelFileWriter& file, const SkipThoughtConfig& c) {
  file.attribute(key(kSkipThought, "vocabulary"), double(c.vocabulary));
  file.attribute(key(kSkipThought, "embedding"), double(c.embedding));
  file.attribute(key(kSkipThought, "hidden"), double(c.hidden));
  file.attribute(key(kSkipThought, "layer_norm"), double(c.layer_norm));
  write_output(file, kSkipThought, c.output);
}

SkipThoughtConfig read_skip_thought_config(const ModelFileReader& file) {
  require_kind(file, kSkipThought);
  SkipThoughtConfig c;
  c.vocabulary = integer(file, kSkipThought, "vocabulary");
  c.embedding = integer(file, kSkipThought, "embedding");
  c.hidden = integer(file, kSkipThought, "hidden");
  c.layer_norm = integer(file, kSkipThought, "layer_norm") != 0;
  c.output = read_output(file, kSkipThought);
  return c;
}

void write_config(ModelFileWriter& file, const VseConfig& c) {
  file.attribute(key(kVse, "vocabulary"), double(c.vocabulary));
  file.attribute(key(kVse, "word"), double(c.word));
  file.attribute(key(kVse, "embedding"), double(c.embedding));
  file.attribute(key(kVse, "features"), double(c.features));
  file.attribute(key(kVse, "margin"), double(c.margin));
  file.attribute(key(kVse, "dropout"), double(c.dropout));
}

VseConfig read_vse_config(const ModelFileReader& file) {
  require_kind(file, kVse);
  VseConfig c;
  c.vocabulary = integer(file, kVse, "vocabulary");
  c.word = integer(file, kVse, "word");
  c.embedding = integer(file, kVse, "embedding");
  c.features = integer(file, kVse, "features");
  c.margin = real(file.number_attribute(key(kVse, "margin")));
  c.dropout = real(file.number_attribute(key(kVse, "dropout")));
  return c;
}

void write_config(ModelFileWriter& file, const PassageDecoderConfig& c) {
  file.attribute(key(kDecoder, "vocabulary"), double(c.vocabulary));
  file.attribute(key(kDecoder, "embedding"), double(c.embedding));
  file.attribute(key(kDecoder, "hidden"), double(c.hidden));
  file.attribute(key(kDecoder, "thought"), double(c.thought));
  file.attribute(key(kDecoder, "content"), double(c.content));
  file.attribute(key(kDecoder, "genres"), double(c.genres));
  file.attribute(key(kDecoder, "dropout"), double(c.dropout));
  write_output(file, kDecoder, c.output);
}

PassageDecoderConfig read_passage_decoder_config(const ModelFileReader& file) {
  require_kind(file, kDecoder);
  PassageDecoderConfig c;
  c.vocabulary = integer(file, kDecoder, "vocabulary");
  c.embedding = integer(file, kDecoder, "embedding");
  c.hidden = integer(file, kDecoder, "hidden");
  c.thought = integer(file, kDecoder, "thought");
  c.content = integer(file, kDecoder, "content");
  c.genres = integer(file, kDecoder, "genres");
  c.dropout = real(file.number_attribute(key(kDecoder, "dropout")));
  c.output = read_output(file, kDecoder);
  return c;
}

void write_model(ModelFileWriter& file, SkipThought& model, Storing storing) {
  write_config(file, model.config);
  write_parameters(file, kSkipThought, parameters_of(model), storing);
}

void write_model(ModelFileWriter& file, Vse& model, Storing storing) {
  write_config(file, model.config);
  write_parameters(file, kVse, parameters_of(model), storing);
}

void write_model(ModelFileWriter& file, PassageDecoder& model, Storing storing) {
  write_config(file, model.config);
  write_parameters(file, kDecoder, parameters_of(model), storing);
}

SkipThought read_skip_thought(const ModelFileReader& file, Device device) {
  return read_model<SkipThought>(file, kSkipThought, read_skip_thought_config(file), device);
}

Vse read_vse(const ModelFileReader& file, Device device) {
  return read_model<Vse>(file, kVse, read_vse_config(file), device);
}

PassageDecoder read_passage_decoder(const ModelFileReader& file, Device device) {
  return read_model<PassageDecoder>(file, kDecoder, read_passage_decoder_config(file), device);
}

SkipThoughtConfig encoder_config(const SentenceEncoder& encoder) {
  SkipThoughtConfig config;
  config.vocabulary = encoder.words.shape()[0];
  config.embedding = encoder.words.shape()[1];
  config.hidden = encoder.hidden();
  config.layer_norm = encoder.gru.recurrent_gain.value.defined();
  return config;
}

void write_sentence_encoder(ModelFileWriter& file, SentenceEncoder& encoder) {
  write_config(file, encoder_config(encoder));
  write_parameters(file, kSkipThought, parameters_of(encoder, kEncoderPrefix));
}

SentenceEncoder read_sentence_encoder(const ModelFileReader& file, Device device) {
  const SkipThoughtConfig c = read_skip_thought_config(file);
  Rng rng = Rng::none();
  SentenceEncoder encoder(c.vocabulary, c.embedding, c.hidden, c.layer_norm, device, rng);
  read_parameters(file, kSkipThought, parameters_of(encoder, kEncoderPrefix));
  return encoder;
}

void write_content_words(ModelFileWriter& file, const Tensor& words, Storing storing) {
  file.tensor(kContentWords, words, storing);
}

Tensor read_content_words(const ModelFileReader& file, Device device) {
  return file.has(kContentWords) ? file.tensor(kContentWords, device) : Tensor();
}

PassageEncoder read_passage_encoder(const ModelFileReader& file, Device device,
                                    Precision precision) {
  return PassageEncoder(read_sentence_encoder(file, device), read_content_words(file, device),
                        file.numbers("words/counts"), precision);
}

}  // namespace p2s
