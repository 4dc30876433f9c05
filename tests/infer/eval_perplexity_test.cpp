#include "infer/eval_perplexity.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nn/base/files.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;

namespace {

// Two books of each genre of the tiny pack, in its words.
void write_small_books(const fs::path& folder) {
  for (const std::string genre : {"scifi", "thriller"}) {
    fs::create_directories(folder / genre);
    for (int book = 0; book < 2; ++book) {
      std::string text;
      for (int i = 0; i < 20; ++i) {
        text += "The dog runs on the beach. She sings by the sea!\n";
        text +=
            book == 0 ? "An old man waits in the boat.\n" : "The man walks, and the sun waits.\n";
      }
      write_atomically(folder / genre / (std::to_string(book) + ".txt"), text);
    }
  }
}

Corpus open_books(const fs::path& folder, const Storyteller& teller) {
  CorpusOptions options;
  options.folder = folder / "books";
  options.cache = folder / "cache";
  options.genres = teller.pack().genres;
  options.given = teller.vocabulary();
  return Corpus::open(options);
}

}  // namespace

TEST_CASE("perplexity: word by word it is that of the loss, and int8 is near") {
  const test::TemporaryFolder folder;
  write_small_books(folder / "books");
  Pack in_bytes = tiny_pack();
  in_bytes.decoder.pack(Precision::int8);
  const Storyteller exact(tiny_pack()), rounded(std::move(in_bytes));
  const Corpus corpus = open_books(folder.path(), exact);
  const std::vector<Passage> found = passages(corpus, true, 10, 20);
  REQUIRE(found.size() > 1);
  const Foretold result = foretell(exact, corpus, found);
  CHECK(result.passages == int64_t(found.size()));

  double sum = 0;
  int64_t words = 0;
  for (const Passage& passage : found) {
    Sentences sentences;
    std::vector<int32_t> ids;
    for (int64_t i = passage.first; i < passage.first + passage.sentences; ++i) {
      sentences.emplace_back(corpus.sentence(i).begin(), corpus.sentence(i).end());
      ids.insert(ids.end(), sentences.back().begin(), sentences.back().end());
    }
    ids.push_back(0);
    Tape tape(Device::cpu);
    const auto told = standardise(exact.encoder()({sentences}), exact.pack().passage_style,
                                  {corpus.genre(passage.first)});
    sum += double(ids.size()) *
           double(exact.pack().decoder.loss(tape, pack_sentences({ids}), told).value.item());
    words += int64_t(ids.size());
  }
  CHECK(result.words == words);
  CHECK(result.perplexity == doctest::Approx(std::exp(sum / double(words))).epsilon(1e-4));
  CHECK(foretell(rounded, corpus, found).perplexity ==
        doctest::Approx(result.perplexity).epsilon(0.005));
}

TEST_CASE("perplexity: the command prints a line of JSON, and says what it cannot use") {
  const test::TemporaryFolder folder;
  write_small_books(folder / "books");
  Pack pack = tiny_pack();
  write_pack(folder / "tiny.h5", pack);
  const std::string books = (folder / "books").string(), file = (folder / "tiny.h5").string();
  std::ostringstream out;
  eval_perplexity_command({books, "--pack", file, "--min-words", "10", "--max-words", "20"}, out);
  const auto json = nlohmann::json::parse(out.str());
  CHECK(json["precision"] == "int8");
  CHECK(json["perplexity"].get<double>() > 1);
  CHECK(json["passages"].get<int>() > 1);
  const std::string said = test::thrown_message(ErrorCode::usage, [&] {
    eval_perplexity_command({books, "--pack", file, "--min-words", "5000", "--max-words", "6000"},
                            out);
  });
  CHECK(test::contains(said, "5000 to 6000"));
}
