#include <doctest/doctest.h>

#include <sstream>

#include "features/word_list.h"
#include "models/model_files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/tiny_data.h"
#include "train/book_options.h"
#include "train/cli.h"

namespace p2s::test {
namespace {

struct Books {
  TemporaryFolder folder;
  Books() { use_cache(folder / "cache"); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(folder / "books");
    write_atomically(folder / "books" / name, text);
  }
  void train() const {
    std::ostringstream out;
    run_p2s_train(
        {"skipthought", "--corpus", (folder / "books").string(), "--out", (folder / "run").string(),
         "--hidden", "8", "--embedding", "6", "--batch", "4", "--steps", "2", "--threads", "1"},
        out);
  }
  Vocabulary words() const {
    return vocabulary_of(read_words(ModelFileReader(folder / "run" / "model.h5")));
  }
};

// Paragraphs of three sentences; a section of its own where `apart`.
std::string paragraphs(int count, bool apart = false) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "The man walks to the sea. A dog sees the man. The dog runs.\n\n";
    if (apart) text += "* * *\n\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a corpus of one book: its last sections are held out; one section alone is too little") {
  const Books whole;
  whole.write("only.txt", paragraphs(30, true));
  CHECK_NOTHROW(whole.train());
  const Books alone;
  alone.write("only.txt", paragraphs(1));
  const std::string said = thrown_message(ErrorCode::usage, [&] { alone.train(); });
  CHECK(contains(said, "no three sentences"));
  CHECK(contains(said, "add books"));
  CHECK(!fs::exists(alone.folder / "run" / "model.h5"));
}

TEST_CASE("a sentence of 10,000 words is left out, those around it are learned") {
  const Books books;
  std::string monster = "The man";
  for (int i = 0; i < 10'000; ++i) monster += " and the endless word";
  books.write("a.txt", paragraphs(20) + monster + ".\n\n" + paragraphs(20));
  books.write("b.txt", paragraphs(20));
  CHECK_NOTHROW(books.train());
  CHECK(books.words().id("endless") != Vocabulary::kUnknown);
}

TEST_CASE("books that are not UTF-8: Latin-1 is read, UTF-16 passed over, and refused alone") {
  const Books books;
  books.write("latin.txt", paragraphs(20) + "The caf\xE9 is old. The caf\xE9 is red.\n");
  const std::string wide("\xFF\xFEH\0e\0 \0w\0a\0s\0", 14);
  books.write("wide.txt", wide);
  books.write("c.txt", paragraphs(20));
  CHECK_NOTHROW(books.train());
  CHECK(books.words().id("café") != Vocabulary::kUnknown);
  const Books only;
  only.write("wide.txt", wide);
  const std::string said = thrown_message(ErrorCode::format, [&] { only.train(); });
  CHECK(contains(said, "wide.txt"));
  CHECK(contains(said, "UTF-16"));
}

}  // namespace p2s::test
