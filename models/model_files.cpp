#include "models/model_files.h"

#include <array>

#include "nn/base/error.h"

namespace p2s {
namespace {

// Names of the kinds, which are also the groups of their parameters.
constexpr std::array kSkipThoughts = {"skip_thought", "skip_thought_2"};
constexpr const char* kVse = "vse";
constexpr const char* kDecoder = "decoder";
constexpr const char* kCaptioner = "captioner";
constexpr const char* kEncoderPrefix = "encoder.";
constexpr const char* kContentWords = "content/words";
constexpr const char* kMoreWords = "more_words";
constexpr const char* kWords = "words";

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

void write_skip_thought_config(ModelFileWriter& file, const char* kind,
                               const SkipThoughtConfig& c) {
  file.attribute(key(kind, "vocabulary"), double(c.vocabulary));
  file.attribute(key(kind, "embedding"), double(c.embedding));
  file.attribute(key(kind, "hidden"), double(c.hidden));
  file.attribute(key(kind, "layer_norm"), double(c.layer_norm));
  file.attribute(key(kind, "bidirectional"), double(c.bidirectional));
  file.attribute(key(kind, "conditional"), double(c.conditional));
  file.attribute(key(kind, "separate_words"), double(c.separate_words));
  file.attribute(key(kind, "previous"), c.previous);
  file.attribute(key(kind, "next"), c.next);
  file.attribute(key(kind, "itself"), c.itself);
  write_output(file, kind, c.output);
}

SkipThoughtConfig read_skip_thought_config(const ModelFileReader& file, const char* kind) {
  // Files of before bi-skip have none of the attributes that came with it.
  const auto optional = [&](const char* name, double otherwise) {
    return file.has_attribute(key(kind, name)) ? file.number_attribute(key(kind, name)) : otherwise;
  };
  SkipThoughtConfig c;
  c.vocabulary = integer(file, kind, "vocabulary");
  c.embedding = integer(file, kind, "embedding");
  c.hidden = integer(file, kind, "hidden");
  c.layer_norm = integer(file, kind, "layer_norm") != 0;
  c.bidirectional = optional("bidirectional", 0) != 0;
  c.conditional = optional("conditional", 0) != 0;
  c.separate_words = optional("separate_words", 0) != 0;
  c.previous = optional("previous", 1);
  c.next = optional("next", 1);
  c.itself = optional("itself", 0);
  c.output = read_output(file, kind);
  return c;
}

// The groups of a file's skip-thought models: one or two.
std::vector<const char*> skip_thoughts_in(const ModelFileReader& file) {
  require_kind(file, kSkipThoughts[0]);
  std::vector<const char*> kinds;
  for (const char* kind : kSkipThoughts) {
    if (file.has_attribute(key(kind, "vocabulary"))) kinds.push_back(kind);
  }
  return kinds;
}

SkipThoughtConfig config_of(const SentenceEncoder& encoder) {
  SkipThoughtConfig config;
  config.vocabulary = encoder.words.shape()[0];
  config.embedding = encoder.words.shape()[1];
  config.hidden = encoder.hidden();
  config.layer_norm = encoder.gru.recurrent_gain.value.defined();
  config.bidirectional = encoder.bidirectional();
  return config;
}

// Calls f(name, number) for every number of a captioner's configuration.
template <class C, class F>
void visit_numbers(C& c, F&& f) {
  f("vocabulary", c.vocabulary), f("word", c.word), f("hidden", c.hidden);
  f("attention", c.attention), f("annotation", c.annotation), f("places", c.places);
  f("features", c.features), f("dropout", c.dropout), f("hard", c.hard);
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

void write_words(ModelFileWriter& file, const WordList& words, const std::string& group) {
  file.texts(group + "/words", words.words);
  file.texts(group + "/spellings", words.spellings);
  file.numbers(group + "/counts", words.counts);
}

WordList read_words(const ModelFileReader& file, const std::string& group) {
  WordList list{file.texts(group + "/words"), file.texts(group + "/spellings"),
                file.numbers(group + "/counts")};
  check(list.words.size() == list.spellings.size() && list.words.size() == list.counts.size(),
        ErrorCode::format, "{}: {} words, {} spellings, {} counts: the file is damaged",
        file.path().string(), list.words.size(), list.spellings.size(), list.counts.size());
  return list;
}

void write_config(ModelFileWriter& file, const VseConfig& c) {
  file.attribute(key(kVse, "vocabulary"), double(c.vocabulary));
  file.attribute(key(kVse, "word"), double(c.word));
  file.attribute(key(kVse, "embedding"), double(c.embedding));
  file.attribute(key(kVse, "features"), double(c.features));
  file.attribute(key(kVse, "margin"), double(c.margin));
  file.attribute(key(kVse, "dropout"), double(c.dropout));
  file.attribute(key(kVse, "measure"), name(c.measure));
  file.attribute(key(kVse, "text_encoder"), name(c.text_encoder));
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
  // Files of before order embeddings have neither.
  if (file.has_attribute(key(kVse, "measure"))) {
    c.measure = measure(file.attribute(key(kVse, "measure")));
    c.text_encoder = text_encoder(file.attribute(key(kVse, "text_encoder")));
  }
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

void write_config(ModelFileWriter& file, const CaptionerConfig& c) {
  visit_numbers(c, [&](const char* name, auto number) {
    file.attribute(key(kCaptioner, name), double(number));
  });
  file.attribute(key(kCaptioner, "layer"), c.layer);
}

void write_model(ModelFileWriter& file, Captioner& model, Storing storing) {
  write_config(file, model.config);
  write_parameters(file, kCaptioner, parameters_of(model), storing);
}

Captioner read_captioner(const ModelFileReader& file, Device device) {
  require_kind(file, kCaptioner);
  CaptionerConfig c;
  visit_numbers(c, [&](const char* name, auto& number) {
    using Number = std::remove_reference_t<decltype(number)>;
    number = Number(file.number_attribute(key(kCaptioner, name)));
  });
  c.layer = file.attribute(key(kCaptioner, "layer"));
  return read_model<Captioner>(file, kCaptioner, c, device);
}

void write_model(ModelFileWriter& file, Vse& model, Storing storing) {
  write_config(file, model.config);
  write_parameters(file, kVse, parameters_of(model), storing);
}

void write_model(ModelFileWriter& file, PassageDecoder& model, Storing storing) {
  write_config(file, model.config);
  write_parameters(file, kDecoder, parameters_of(model), storing);
}

Vse read_vse(const ModelFileReader& file, Device device) {
  return read_model<Vse>(file, kVse, read_vse_config(file), device);
}

WordList read_vse_words(const ModelFileReader& file) {
  require_kind(file, kVse);
  const std::string group = fmt::format("{}/words", kCaptionWords);
  return read_words(file, file.has(group) ? kCaptionWords : kWords);
}

PassageDecoder read_passage_decoder(const ModelFileReader& file, Device device) {
  return read_model<PassageDecoder>(file, kDecoder, read_passage_decoder_config(file), device);
}

void write_model(ModelFileWriter& file, std::vector<SkipThought>& parts) {
  for (size_t i = 0; i < parts.size(); ++i) {
    write_skip_thought_config(file, kSkipThoughts.at(i), parts[i].config);
    write_parameters(file, kSkipThoughts.at(i), parameters_of(parts[i]), Storing::f32);
  }
}

std::vector<SkipThought> read_skip_thoughts(const ModelFileReader& file, Device device) {
  std::vector<SkipThought> parts;
  for (const char* kind : skip_thoughts_in(file)) {
    parts.push_back(
        read_model<SkipThought>(file, kind, read_skip_thought_config(file, kind), device));
  }
  return parts;
}

void write_thought_encoder(ModelFileWriter& file, ThoughtEncoder& encoder,
                           const StoringOf& storing) {
  for (size_t i = 0; i < encoder.parts.size(); ++i) {
    write_skip_thought_config(file, kSkipThoughts.at(i), config_of(encoder.parts[i]));
    for (const NamedParameter& p : parameters_of(encoder.parts[i], kEncoderPrefix)) {
      write_parameters(file, kSkipThoughts.at(i), {p}, storing ? storing(p.name) : Storing::f32);
    }
  }
}

ThoughtEncoder read_thought_encoder(const ModelFileReader& file, Device device) {
  ThoughtEncoder encoder;
  for (const char* kind : skip_thoughts_in(file)) {
    const SkipThoughtConfig c = read_skip_thought_config(file, kind);
    Rng rng = Rng::none();
    encoder.parts.emplace_back(c.vocabulary, c.embedding, c.hidden, c.layer_norm, device, rng,
                               c.bidirectional);
    read_parameters(file, kind, parameters_of(encoder.parts.back(), kEncoderPrefix));
  }
  return encoder;
}

void write_more_words(ModelFileWriter& file, const std::string& file_name) {
  file.attribute(kMoreWords, file_name);
}

std::filesystem::path more_words_beside(const std::filesystem::path& encoder) {
  std::filesystem::path table = encoder;
  table.replace_extension(".words");
  check(table != encoder, ErrorCode::usage,
        "--out {}: .words is the ending of the table beside it; give a name that ends in .h5",
        encoder.string());
  return table;
}

std::filesystem::path more_words_of(const ModelFileReader& file) {
  if (!file.has_attribute(kMoreWords)) return {};
  return file.path().parent_path() / file.attribute(kMoreWords);
}

void write_content_words(ModelFileWriter& file, const Tensor& words, Storing storing) {
  file.tensor(kContentWords, words, storing);
}

Tensor read_content_words(const ModelFileReader& file, Device device) {
  return file.has(kContentWords) ? file.tensor(kContentWords, device) : Tensor();
}

PassageEncoder read_passage_encoder(const ModelFileReader& file, Device device,
                                    Precision precision) {
  return PassageEncoder(read_thought_encoder(file, device), read_content_words(file, device),
                        file.numbers("words/counts"), precision);
}

}  // namespace p2s
