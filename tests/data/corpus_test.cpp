#include "data/corpus.h"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <set>

#include "data/batcher.h"
#include "nn/base/parallel.h"
#include "tests/captured_log.h"
#include "tests/file_size_limit.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// A folder of books and a folder for caches.
struct Library {
  TemporaryFolder books, cache;
  mutable CapturedLog log;
  CorpusOptions options;

  Library() {
    options.folder = books.path();
    options.cache = cache.path();
    options.validation_share = 0;
  }
  void put(const std::string& name, const std::string& text) {
    fs::create_directories((books / name).parent_path());
    std::ofstream(books / name, std::ios::binary) << text;
  }
  Corpus open() const { return Corpus::open(options); }
  // How often a corpus was built.
  int64_t builds() const {
    int64_t count = 0;
    const std::string text = log.text();
    for (size_t at = 0; (at = text.find(": reading ", at)) != std::string::npos; ++at) ++count;
    return count;
  }
  fs::path cache_file() const {
    for (const auto& entry : fs::directory_iterator(cache.path())) {
      if (entry.path().extension() == ".bin") return entry.path();
    }
    return {};
  }
};

std::string text_of(const Corpus& corpus, int64_t sentence) {
  std::string out;
  for (const int32_t id : corpus.sentence(sentence)) {
    out += (out.empty() ? "" : " ") + corpus.vocabulary().word(id);
  }
  return out;
}

std::string chapters(int count, int sentences) {
  std::string text;
  for (int c = 0; c < count; ++c) {
    text += "CHAPTER " + std::to_string(c + 1) + "\n\n";
    for (int s = 0; s < sentences; ++s) text += "We saw the sea from there. ";
    text += "\n\n";
  }
  return text;
}

}  // namespace

TEST_CASE("sentences come in reading order with book, genre and section") {
  Library library;
  library.put("sea/b.txt", "CHAPTER 1\n\nThe ship left. It rained.\n\nCHAPTER 2\n\nThe end came.");
  library.put("air/a.txt", "They flew.");
  const Corpus corpus = library.open();
  CHECK(corpus.genres() == std::vector<std::string>{"air", "sea"});
  CHECK(corpus.books() == std::vector<std::string>{"air/a.txt", "sea/b.txt"});
  REQUIRE(corpus.sentences() == 4);
  CHECK(corpus.tokens() == 3 + 4 + 3 + 4);
  CHECK(text_of(corpus, 0) == "they flew .");
  CHECK(text_of(corpus, 3) == "the end came .");
  CHECK(corpus.genre(0) == 0);
  CHECK(corpus.genre(1) == 1);
  CHECK(corpus.book(3) == 1);
  CHECK(corpus.section(1) == corpus.section(2));
  const std::set<int32_t> sections = {corpus.section(0), corpus.section(1), corpus.section(3)};
  CHECK(sections.size() == 3);
}

TEST_CASE("triples and passages never join books or chapters") {
  Library library;
  library.put("g/a.txt", chapters(3, 4));
  library.put("g/b.txt",
              "One is here. Two is here. A very long sentence it is, too long to be "
              "taken. Three is here.");
  const Corpus corpus = library.open();
  const auto triples = sentence_triples(corpus, false, 8);
  CHECK(triples == std::vector<int32_t>{1, 2, 5, 6, 9, 10});
  const auto found = passages(corpus, false, 14, 21);
  REQUIRE(found.size() == 4);
  for (const Passage& passage : found) {
    CHECK(passage.sentences == 3);
    CHECK(passage.words == 21);
    CHECK(corpus.section(passage.first) == corpus.section(passage.first + 2));
  }
  CHECK(found[3].first == 12);
  CHECK(sentence_triples(corpus, true, 8).empty());
  CHECK(passages(corpus, true, 1, 100).empty());
  thrown_message(ErrorCode::usage, [&] { passages(corpus, false, 10, 5); });
}

TEST_CASE("whole books of each genre are the validation part") {
  Library library;
  library.options.validation_share = 0.2;
  for (int i = 0; i < 10; ++i) library.put("a/" + std::to_string(i) + ".txt", chapters(1, 3));
  for (int i = 0; i < 2; ++i) library.put("b/" + std::to_string(i) + ".txt", chapters(1, 3));
  const Corpus corpus = library.open();
  std::vector<std::set<int32_t>> held(2);
  for (int64_t i = 0; i < corpus.sentences(); ++i) {
    if (corpus.validation(i)) held[size_t(corpus.genre(i))].insert(corpus.book(i));
    if (i > 0 && corpus.book(i) == corpus.book(i - 1)) {
      CHECK(corpus.validation(i) == corpus.validation(i - 1));
    }
  }
  CHECK(held[0].size() == 2);
  CHECK(held[1].size() == 1);
}

TEST_CASE("of a single book the last sections are the validation part") {
  Library library;
  library.options.validation_share = 0.25;
  library.put("only.txt", chapters(4, 5));
  const Corpus corpus = library.open();
  for (int64_t i = 0; i < 20; ++i) CHECK(corpus.validation(i) == (i >= 15));
  library.put("only.txt", chapters(1, 20));
  const Corpus cut = library.open();
  CHECK(!cut.validation(14));
  CHECK(cut.validation(15));
  CHECK(cut.section(14) != cut.section(15));
}

TEST_CASE("the second start reads the cache, changed content builds anew") {
  Library library;
  library.put("a.txt", "The sea was calm.");
  const uint64_t first = library.open().hash();
  CHECK(library.open().hash() == first);
  CHECK(library.builds() == 1);
  // The same size, written later: only the content tells.
  const auto time = fs::last_write_time(library.books / "a.txt");
  library.put("a.txt", "The sky was calm.");
  fs::last_write_time(library.books / "a.txt", time + std::chrono::seconds(1));
  const Corpus changed = library.open();
  CHECK(changed.hash() != first);
  CHECK(text_of(changed, 0) == "the sky was calm .");
  CHECK(library.builds() == 2);
  fs::rename(library.books / "a.txt", library.books / "b.txt");
  CHECK(library.open().hash() != changed.hash());
  library.options.vocabulary = 4;
  CHECK(library.open().vocabulary().size() == 4);
  CHECK(library.builds() == 4);
}

TEST_CASE("a damaged cache is built again and says so") {
  Library library;
  library.put("a.txt", chapters(2, 50));
  library.open();
  const fs::path file = library.cache_file();
  const std::string whole = read_file(file);
  for (const size_t at : {size_t(0), size_t(9), size_t(40), whole.size() / 2, whole.size() - 1}) {
    std::string bytes = whole;
    bytes[at] = char(bytes[at] ^ 0x40);
    std::ofstream(file, std::ios::binary) << bytes;
    CHECK(library.open().sentences() == 100);
    CHECK(read_file(file) == whole);
  }
  for (const size_t size : {size_t(0), size_t(5), size_t(30), whole.size() - 100}) {
    std::ofstream(file, std::ios::binary) << whole.substr(0, size);
    CHECK(library.open().sentences() == 100);
  }
  CHECK(library.builds() == 10);
  CHECK(contains(library.log.text(), "checksum; building it again"));
  std::ofstream(library.cache / "file-hashes.txt") << "1 2 x\n\nrubbish";
  CHECK(library.open().sentences() == 100);
  CHECK(library.builds() == 10);
}

TEST_CASE("a given vocabulary is used as it is") {
  Library library;
  library.put("a.txt", "The sea was calm.");
  library.options.given = Vocabulary({"<eos>", "UNK", "sea"}, {"<eos>", "UNK", "sea"}, {0, 0, 1});
  const Corpus corpus = library.open();
  CHECK(corpus.vocabulary().size() == 3);
  CHECK(text_of(corpus, 0) == "UNK sea UNK UNK UNK");
}

TEST_CASE("a vocabulary larger than the words there are") {
  Library library;
  library.put("a.txt", "The sea was calm.");
  library.options.vocabulary = 20000;
  CHECK(library.open().vocabulary().size() == 7);
}

TEST_CASE("unusable files are skipped with a line each, on every start") {
  Library library;
  library.put("a.txt", "The sea was calm.");
  library.put("binary.txt", std::string("a\0b", 3));
  library.put("empty.txt", "");
  library.put("headings.txt", "CHAPTER I\n\nCHAPTER II\n");
  for (int start = 1; start <= 2; ++start) {
    CHECK(library.open().books() == std::vector<std::string>{"a.txt"});
    const std::string text = library.log.text();
    size_t skipped = 0;
    for (size_t at = 0; (at = text.find("; skipped\n", at)) != std::string::npos; ++at) ++skipped;
    CHECK(skipped == size_t(3 * start));
    CHECK(contains(text, "binary.txt: has NUL bytes"));
  }
}

TEST_CASE("no usable book, an unknown genre and a full disk are errors") {
  Library library;
  library.put("g/empty.txt", "");
  CHECK(contains(thrown_message(ErrorCode::format, [&] { library.open(); }), "empty.txt"));
  library.options.genres = {"thriller"};
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { library.open(); }), "it has: g"));
  library.options.genres = {"g"};
  library.put("g/a.txt", chapters(20, 200));
  {
    const FileSizeLimit limit(4096);
    thrown_message(ErrorCode::io, [&] { library.open(); });
  }
  CHECK(library.cache_file().empty());
  CHECK(library.cache.files() == 1);
}

TEST_CASE("only the wanted genres are read") {
  Library library;
  library.put("a/x.txt", "The sea was calm.");
  library.put("b/y.txt", "The sky was calm.");
  library.options.genres = {"b"};
  const Corpus corpus = library.open();
  CHECK(corpus.books() == std::vector<std::string>{"b/y.txt"});
  CHECK(corpus.genres() == std::vector<std::string>{"b"});
}

TEST_CASE("the cache does not depend on the number of threads") {
  std::vector<std::string> caches;
  for (const int count : {1, 4}) {
    Library library;
    for (int i = 0; i < 70; ++i) {
      library.put(std::to_string(i) + ".txt", chapters(1 + i % 3, 5) + std::to_string(i));
    }
    set_threads(count);
    library.open();
    caches.push_back(read_file(library.cache_file()));
  }
  set_threads(0);
  CHECK(caches[0] == caches[1]);
}
