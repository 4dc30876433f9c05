#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "features/word_list.h"
#include "models/model_files.h"
#include "models/pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/tiny_data.h"
#include "train/book_options.h"
#include "train/cli.h"

namespace p2s::test {
namespace {

using Arguments = std::vector<std::string>;

void p2s_train(Arguments arguments, const Arguments& more = {}) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::ostringstream out;
  run_p2s_train(arguments, out);
}

// The values of one figure over all validations of a run.
std::vector<double> validations(const fs::path& run, const std::string& figure) {
  std::vector<double> values;
  std::ifstream in(run / "metrics.jsonl");
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json record = nlohmann::json::parse(line);
    if (record.contains("validation")) values.push_back(record["validation"][figure]);
  }
  return values;
}

Arguments skip_thought(const fs::path& books, const fs::path& out, const std::string& steps) {
  return {"skipthought",
          "--corpus",
          books.string(),
          "--out",
          out.string(),
          "--hidden",
          "8",
          "--embedding",
          "6",
          "--batch",
          "8",
          "--steps",
          steps,
          "--validate-steps",
          "20",
          "--threads",
          "1",
          "--lr",
          "0.01"};
}

Arguments decoder(const fs::path& books, const fs::path& encoder, const fs::path& out) {
  return {"decoder",
          "--corpus",
          books.string(),
          "--encoder",
          encoder.string(),
          "--out",
          out.string(),
          "--hidden",
          "8",
          "--batch",
          "8",
          "--steps",
          "20",
          "--lr",
          "0.01",
          "--threads",
          "1",
          "--min-words",
          "10",
          "--max-words",
          "25",
          "--embedding",
          "6",
          "--validate-steps",
          "10",
          "--style-passages",
          "20"};
}

// Encoder, decoder, embedding, styles: all that a pack is made of, once for all tests here.
struct Models {
  TemporaryFolder folder;
  fs::path books = folder / "books", photos = folder / "photos", convnet = folder / "convnet.h5";
  fs::path encoder = folder / "encoder", decoder_run = folder / "decoder", vse = folder / "vse";
  Models() {
    use_cache(folder / "cache");
    write_tiny_books(books, {"crime", "love"});
    write_tiny_photos(photos, 20);
    write_tiny_convnet(convnet);
    p2s_train(skip_thought(books, encoder, "40"));
    p2s_train(decoder(books, encoder / "model.h5", decoder_run));
    p2s_train({"vse",
               "--coco",
               photos.string(),
               "--convnet",
               convnet.string(),
               "--out",
               vse.string(),
               "--word",
               "6",
               "--embedding",
               "8",
               "--batch",
               "6",
               "--epochs",
               "8",
               "--threads",
               "1",
               "--lr",
               "0.02",
               "--hardest-after",
               "6"});
  }
};

Models& models() {
  static Models all;
  return all;
}

}  // namespace

TEST_CASE("skipthought: perplexity falls; the model file is whole") {
  const auto perplexity = validations(models().encoder, "perplexity");
  REQUIRE(perplexity.size() == 2);
  CHECK(perplexity[1] < perplexity[0]);
  CHECK(perplexity[1] < 12);  // of 12 words
  const ModelFileReader file(models().encoder / "model.h5");
  CHECK(read_skip_thoughts(file, Device::ref).at(0).config.hidden == 8);
  CHECK(read_words(file).words[0] == "<eos>");
  CHECK(contains(file.attribute("training.config"), "hidden=8"));
}

TEST_CASE("skipthought: every softmax trains") {
  for (const char* softmax : {"adaptive", "sampled"}) {
    const fs::path out = models().folder / softmax;
    p2s_train(skip_thought(models().books, out, "20"),
              {"--softmax", softmax, "--samples", "5", "--layer-norm"});
    CHECK(validations(out, "perplexity").at(0) < 14);
  }
}

TEST_CASE("skipthought: combine-skip trains both parts; its file gives encoder and models back") {
  const fs::path out = models().folder / "combine";
  p2s_train(skip_thought(models().books, out, "40"),
            {"--kind", "combine", "--conditional", "--separate-words", "--itself", "0.5"});
  const auto perplexity = validations(out, "perplexity");
  CHECK(perplexity.at(1) < perplexity.at(0));
  const ModelFileReader file(out / "model.h5");
  const std::vector<SkipThought> parts = read_skip_thoughts(file, Device::ref);
  REQUIRE(parts.size() == 2);
  CHECK(!parts[0].config.bidirectional);
  CHECK(parts[1].config.bidirectional);
  CHECK(parts[1].config.itself == 0.5);
  CHECK(parts[1].itself.condition.value.shape() == Shape({8, 24}));
  const ThoughtEncoder encoder = read_thought_encoder(file, Device::ref);
  CHECK(encoder.size() == 16);
  CHECK(encoder.parts[1].reverse.recurrent.value.to_host() ==
        parts[1].encoder.reverse.recurrent.value.to_host());
}

TEST_CASE("skipthought: words start as the vectors of a word2vec file") {
  const Models& m = models();
  write_atomically(m.folder / "start.txt", "2 6\nThe 1 2 3 4 5 6\nzebra 1 1 1 1 1 1\n");
  const fs::path run = m.folder / "from_word_vectors";
  const Arguments start = {"--word-vectors", (m.folder / "start.txt").string(), "--lr", "0",
                           "--separate-words"};
  p2s_train(skip_thought(m.books, run, "1"), start);
  const ModelFileReader file(run / "model.h5");
  const Vocabulary words = vocabulary_of(read_words(file));
  const auto parts = read_skip_thoughts(file, Device::cpu);
  const int64_t the = words.id("the");
  const std::vector<real> row = {1, 2, 3, 4, 5, 6};
  CHECK(parts[0].encoder.words.value.rows(the, the + 1).to_host() == row);
  CHECK(parts[0].decoder_words.value.rows(the, the + 1).to_host() == row);
  write_atomically(m.folder / "start.txt", "1 2\nThe 1 2\n");
  const std::string said = thrown_message(
      ErrorCode::usage, [&] { p2s_train(skip_thought(m.books, m.folder / "other", "1"), start); });
  CHECK(contains(said, "vectors of 2 numbers; give --embedding 2"));
}

TEST_CASE("decoder: goes on from its source where --target is next") {
  const fs::path out = models().folder / "goes_on";
  p2s_train(decoder(models().books, models().encoder / "model.h5", out), {"--target", "next"});
  const auto perplexity = validations(out, "perplexity");
  CHECK(perplexity.at(1) < perplexity.at(0));
}

TEST_CASE("decoder: learns, and its file holds styles and genres") {
  const auto perplexity = validations(models().decoder_run, "perplexity");
  REQUIRE(perplexity.size() == 2);
  CHECK(perplexity[1] < perplexity[0]);
  const ModelFileReader file(models().decoder_run / "model.h5");
  CHECK(file.texts("genres") == std::vector<std::string>{"crime", "love"});
  CHECK(style_names(file).size() == 3);
  CHECK(read_passage_decoder(file, Device::ref).config.genres == 2);
  CHECK(read_words(file).words == read_words(ModelFileReader(models().encoder / "model.h5")).words);
}

TEST_CASE("decoder: without content and genre it is told neither") {
  const fs::path out = models().folder / "plain";
  p2s_train(decoder(models().books, models().encoder / "model.h5", out),
            {"--no-content", "--no-genre-condition", "--condition-noise", "0.1",
             "--condition-dropout", "0.3", "--dropout", "0.1"});
  const PassageDecoder model = read_passage_decoder(ModelFileReader(out / "model.h5"), Device::ref);
  CHECK(model.config.content == 0);
  for (real value : model.genres.value.to_host()) CHECK(value == 0);
}

TEST_CASE("decoder: --from starts with another's weights, a new genre with the mean of the known") {
  const fs::path out = models().folder / "started", western = models().folder / "one_western";
  write_tiny_books(western, {"love", "western"});
  const std::string known = (models().decoder_run / "model.h5").string();
  Arguments start = decoder(western, models().encoder / "model.h5", out);
  // At rate 0 the model stays as it started; its sizes are those of the file, not the flag's.
  for (const auto& [flag, value] : {std::pair{"--lr", "0"}, {"--hidden", "9"}}) {
    *std::next(std::find(start.begin(), start.end(), flag)) = value;
  }
  p2s_train(start, {"--from", known});
  const auto before = read_passage_decoder(ModelFileReader(known), Device::ref),
             after = read_passage_decoder(ModelFileReader(out / "model.h5"), Device::ref);
  CHECK(after.config.hidden == 8);
  CHECK(after.gru.recurrent.value.to_host() == before.gru.recurrent.value.to_host());
  CHECK(after.output.weight.value.to_host() == before.output.weight.value.to_host());
  const auto rows = before.genres.value.to_host(), table = after.genres.value.to_host();
  for (size_t c = 0; c < size_t(PassageDecoder::kGenreSize); ++c) {
    const real crime = rows[c], love = rows[size_t(PassageDecoder::kGenreSize) + c];
    CHECK(table[c] == love);
    CHECK(table[size_t(PassageDecoder::kGenreSize) + c] ==
          doctest::Approx((crime + love) / 2).epsilon(1e-5));
  }
}

TEST_CASE("decoder: --from refuses a decoder of other words or without the content") {
  const fs::path other_books = models().folder / "sea", other = models().folder / "sea_encoder",
                 no_content = models().folder / "no_content";
  write_tiny_books(other_books, {"sea", "storm"});
  p2s_train(skip_thought(other_books, other, "5"));
  const auto refusal = [&](const fs::path& encoder, const Arguments& more) {
    Arguments from = {"--from", (models().decoder_run / "model.h5").string()};
    from.insert(from.end(), more.begin(), more.end());
    return thrown_message(ErrorCode::usage,
                          [&] { p2s_train(decoder(models().books, encoder, no_content), from); });
  };
  CHECK(contains(refusal(other / "model.h5", {}), "trained with other words"));
  CHECK(contains(refusal(models().encoder / "model.h5", {"--no-content"}), "this run 8 + 0"));
}

TEST_CASE("words: vectors are added to an encoder, and a decoder is told content by them") {
  const fs::path encoder = models().folder / "with_words.h5", out = models().folder / "told";
  p2s_train({"words", "--corpus", models().books.string(), "--encoder",
             (models().encoder / "model.h5").string(), "--out", encoder.string(), "--size", "5",
             "--epochs", "2.5"});
  const ModelFileReader file(encoder), source(models().encoder / "model.h5");
  CHECK(read_words(file).words == read_words(source).words);
  CHECK(read_thought_encoder(file, Device::ref).parts[0].words.value.to_host() ==
        read_thought_encoder(source, Device::ref).parts[0].words.value.to_host());
  CHECK(read_content_words(file, Device::ref).shape() == Shape({12, 5}));
  CHECK(!read_content_words(source, Device::ref).defined());
  p2s_train(decoder(models().books, encoder, out));
  CHECK(read_passage_decoder(ModelFileReader(out / "model.h5"), Device::ref).config.content == 5);
}

TEST_CASE("words: --word-vectors are taken as they are, and words without one get zeros") {
  const fs::path vectors = models().folder / "given.txt", out = models().folder / "given.h5";
  write_atomically(vectors, "the 1 2 3\nunheard 4 5 6\n");
  p2s_train({"words", "--word-vectors", vectors.string(), "--size", "3", "--encoder",
             (models().encoder / "model.h5").string(), "--out", out.string()});
  const ModelFileReader file(out);
  const int64_t the = vocabulary_of(read_words(file)).id("the");
  const Tensor table = read_content_words(file, Device::ref);
  CHECK(table.rows(the, the + 1).to_host() == std::vector<real>{1, 2, 3});
  CHECK(table.rows(0, 1).to_host() == std::vector<real>{0, 0, 0});
}

TEST_CASE("decoder: --learn output leaves all else as it was") {
  const fs::path out = models().folder / "output_only", known = models().decoder_run / "model.h5";
  const Arguments start = decoder(models().books, models().encoder / "model.h5", out);
  CHECK(
      contains(thrown_message(ErrorCode::usage,
                              [&] {
                                p2s_train(start, {"--from", known.string(), "--learn", "nothing"});
                              }),
               "--learn nothing"));
  p2s_train(start, {"--from", known.string(), "--learn", "output"});
  const auto before = read_passage_decoder(ModelFileReader(known), Device::ref),
             after = read_passage_decoder(ModelFileReader(out / "model.h5"), Device::ref);
  CHECK(after.words.value.to_host() == before.words.value.to_host());
  CHECK(after.gru.recurrent.value.to_host() == before.gru.recurrent.value.to_host());
  CHECK(after.output.weight.value.to_host() != before.output.weight.value.to_host());
}

TEST_CASE("vse: --word-vectors start the words that they know") {
  const fs::path with_words = models().folder / "vectors.h5", out = models().folder / "vse_words";
  p2s_train({"words", "--corpus", models().books.string(), "--encoder",
             (models().encoder / "model.h5").string(), "--out", with_words.string(), "--size",
             "5"});
  const auto train_vse = [&](const Arguments& more) {
    p2s_train({"vse", "--coco", models().photos.string(), "--convnet", models().convnet.string(),
               "--out", out.string(), "--embedding", "8", "--batch", "6", "--threads", "1", "--lr",
               "0", "--steps", "1"},
              more);
  };
  train_vse({"--word-vectors", with_words.string(), "--word", "5"});
  const ModelFileReader run(out / "model.h5"), vectors(with_words);
  const auto row = [](const ModelFileReader& file, const Tensor& table, const char* word) {
    const std::vector<std::string> words = read_words(file).words;
    const auto id = std::find(words.begin(), words.end(), word) - words.begin();
    REQUIRE(id < std::ptrdiff_t(words.size()));
    return table.rows(id, id + 1).to_host();
  };
  const Tensor started = read_vse(run, Device::ref).sentence.words.value;
  CHECK(row(run, started, "a") == row(vectors, read_content_words(vectors, Device::ref), "a"));
  const auto refusal = [&](const Arguments& more) {
    fs::remove_all(out);
    return thrown_message(ErrorCode::usage, [&] { train_vse(more); });
  };
  CHECK(contains(refusal({"--word-vectors", with_words.string(), "--word", "6"}), "give --word 5"));
  CHECK(contains(refusal({"--word-vectors", (models().encoder / "model.h5").string()}),
                 "make them with p2s-train words"));
}

TEST_CASE("vse: one-coloured photographs find their colour's captions") {
  const auto sums = validations(models().vse, "sum");
  REQUIRE(sums.size() == 8);
  const ModelFileReader file(models().vse / "model.h5");
  CHECK(read_vse(file, Device::ref).config.embedding == 8);
  // Two photographs are held out, with other colours: chance is half.
  CHECK(file.number_attribute("validation.image_to_caption_r1") == 100);
}

TEST_CASE("style and pack: trained parts become a pack that reads back") {
  const TemporaryFolder folder;
  write_atomically(folder / "pool.txt", "A red wall.\nIt is all green\nA cat.\n");
  write_atomically(folder / "card.md", "# Tiny\n");
  const std::string encoder = (models().encoder / "model.h5").string();
  p2s_train({"style", "--coco", models().photos.string(), "--encoder", encoder, "--out",
             (folder / "style.h5").string(), "--threads", "1"});
  p2s_train({"pack", "--convnet", models().convnet.string(), "--vse",
             (models().vse / "model.h5").string(), "--encoder", encoder, "--decoder",
             (models().decoder_run / "model.h5").string(), "--caption-style",
             (folder / "style.h5").string(), "--pool", (folder / "pool.txt").string(), "--card",
             (folder / "card.md").string(), "--out", (folder / "tiny.h5").string()});
  const Pack pack = read_pack(folder / "tiny.h5", Device::cpu);
  CHECK(pack.captions == std::vector<std::string>{"A red wall.", "It is all green"});
  CHECK(pack.genres == std::vector<std::string>{"crime", "love"});
  CHECK(pack.card == "# Tiny\n");
  CHECK(pack.caption_style.texts == 20);

  // Another genre needs books only: the rest comes from the pack.
  write_tiny_books(folder / "western", {"western"});
  p2s_train(decoder(folder / "western", folder / "tiny.h5", folder / "run"));
  p2s_train({"pack", "--from", (folder / "tiny.h5").string(), "--decoder",
             ((folder / "run") / "model.h5").string(), "--out", (folder / "western.h5").string()});
  const Pack western = read_pack(folder / "western.h5", Device::cpu);
  CHECK(western.genres == std::vector<std::string>{"western"});
  CHECK(western.captions == pack.captions);
}

TEST_CASE("style: of a genre's passages, and of lines of text") {
  const TemporaryFolder folder;
  write_atomically(folder / "lines.txt", "The man walks.\n\nA house.\n");
  const std::string encoder = (models().encoder / "model.h5").string();
  p2s_train({"style", "--captions", (folder / "lines.txt").string(), "--encoder", encoder, "--out",
             (folder / "lines.h5").string()});
  CHECK(read_style(ModelFileReader(folder / "lines.h5"), "captions", Device::ref).texts == 2);
  p2s_train({"style", "--corpus", models().books.string(), "--genre", "love", "--encoder", encoder,
             "--min-words", "10", "--max-words", "25", "--sample", "7", "--out",
             (folder / "love.h5").string()});
  CHECK(read_style(ModelFileReader(folder / "love.h5"), "love", Device::ref).texts == 7);
  const Arguments of_length = {"style", "--corpus", models().books.string(),      "--encoder",
                               encoder, "--out",    (folder / "long.h5").string()};
  p2s_train(of_length, {"--length", "20"});
  CHECK(read_style(ModelFileReader(folder / "long.h5"), "passages", Device::ref).texts > 0);
  CHECK(contains(thrown_message(ErrorCode::usage,
                                [&] {
                                  p2s_train(of_length, {"--length", "50000"});
                                }),
                 "no passage of 40000 to 60001 words"));
}

TEST_CASE("what is missing or does not fit is refused in one line that names it") {
  const TemporaryFolder folder;
  const std::string encoder = (models().encoder / "model.h5").string(),
                    books = models().books.string(), out = (folder / "out").string();
  write_atomically(folder / "broken.h5", "not a model");
  fs::create_directories(folder / "empty");
  const struct {
    ErrorCode code;
    Arguments arguments;
    const char* named;
  } cases[] = {
      {ErrorCode::usage, {"skipthought", "--out", out}, "--corpus"},
      {ErrorCode::io, {"skipthought", "--out", out, "--corpus", "/nowhere"}, "/nowhere"},
      {ErrorCode::io,
       {"skipthought", "--out", out, "--corpus", (folder / "empty").string()},
       "empty"},
      {ErrorCode::usage,
       {"skipthought", "--out", out, "--corpus", books, "--genre", "western"},
       "crime, love"},
      {ErrorCode::usage,
       {"skipthought", "--out", out, "--corpus", books, "--max-words", "1"},
       "--max-words"},
      {ErrorCode::usage, {"decoder", "--out", out, "--corpus", books}, "--encoder"},
      {ErrorCode::io,
       {"decoder", "--out", out, "--corpus", books, "--encoder", "/nowhere.h5"},
       "/nowhere.h5"},
      {ErrorCode::format,
       {"decoder", "--out", out, "--corpus", books, "--encoder", (folder / "broken.h5").string()},
       "broken.h5"},
      {ErrorCode::usage,
       {"decoder", "--out", out, "--corpus", books, "--encoder", encoder, "--min-words", "9000",
        "--max-words", "9999"},
       "--min-words"},
      {ErrorCode::usage, {"vse", "--out", out}, "--coco"},
      {ErrorCode::usage, {"vse", "--out", out, "--coco", models().photos.string()}, "import-cnn"},
      {ErrorCode::format,
       {"vse", "--out", out, "--coco", models().photos.string(), "--convnet", encoder},
       "model.h5"},
      {ErrorCode::usage, {"style", "--encoder", encoder, "--out", out}, "--captions"},
      {ErrorCode::usage, {"pack", "--out", out}, "--vse"},
      {ErrorCode::usage, {"import-cnn", "--out", out}, "give FILE and --out"},
      {ErrorCode::format,
       {"import-cnn", (folder / "broken.h5").string(), "--out", out + ".h5"},
       "broken.h5"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.named);
    const std::string message = thrown_message(c.code, [&] { p2s_train(c.arguments); });
    CHECK_MESSAGE(contains(message, c.named), message);
  }
}

TEST_CASE("a vocabulary larger than the words there are is filled with those") {
  const fs::path out = models().folder / "large";
  p2s_train(skip_thought(models().books, out, "1"), {"--vocab", "500000"});
  const auto words = read_words(ModelFileReader(out / "model.h5")).words;
  CHECK(words.size() < 20);
}

}  // namespace p2s::test
