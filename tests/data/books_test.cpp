#include "data/books.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;
namespace fs = std::filesystem;

namespace {

struct Read {
  BookResult result;
  std::vector<BookSentence> sentences;

  // "section:text", new paragraphs marked with ¶.
  std::vector<std::string> marked() const {
    std::vector<std::string> out;
    for (const BookSentence& s : sentences) {
      out.push_back(std::to_string(s.section) + (s.starts_paragraph ? "¶" : ":") + s.text);
    }
    return out;
  }
};

Read read(const std::string& text) {
  const TemporaryFolder folder;
  const fs::path file = folder / "book.txt";
  std::ofstream(file, std::ios::binary) << text;
  Read read;
  read.result = read_book(file, [&](BookSentence&& s) { read.sentences.push_back(std::move(s)); });
  CHECK(read.result.sentences == int64_t(read.sentences.size()));
  return read;
}

using Lines = std::vector<std::string>;

const Lines kTwo = {"0¶He came home.", "0:She left.", "0¶It rained all day."};

}  // namespace

TEST_CASE("hard-wrapped lines are joined, blank lines part paragraphs") {
  CHECK(read("He came\nhome. She\nleft.\n\nIt rained\nall day.\n").marked() == kTwo);
  CHECK(read("\n\n\nHe came home. She left.\n\n\n\nIt rained all day.").marked() == kTwo);
  CHECK(read("He came\r\nhome. She\r\nleft.\r\n\r\nIt rained\r\nall day.\r\n").marked() == kTwo);
  CHECK(read("He came\rhome. She\rleft.\r\rIt rained\rall day.\r").marked() == kTwo);
  CHECK(read("\xEF\xBB\xBFHe came home. She left.\n \t\nIt rained all day.").marked() == kTwo);
  CHECK(read("It was good-\nbye--\nfor now.").marked() == Lines{"0¶It was good-bye--for now."});
}

TEST_CASE("one line a paragraph, with and without blank lines") {
  const std::string words(150, 'x');
  std::string text;
  Lines expected;
  for (int i = 0; i < 30; ++i) {
    text += "\"Yes.\"\nLong " + words + " line.\n";
    expected.push_back("0¶\"Yes.\"");
    expected.push_back("0¶Long " + words + " line.");
  }
  CHECK(read(text).marked() == expected);
}

TEST_CASE("without blank lines an indented or short line parts paragraphs") {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += "  It was a long and quiet evening by the water, and nobody\ncame. So we left.\n";
  }
  const Read book = read(text);
  REQUIRE(book.sentences.size() == 120);
  CHECK(book.sentences[0].starts_paragraph);
  CHECK(!book.sentences[1].starts_paragraph);
  CHECK(book.sentences[118].starts_paragraph);
  CHECK(book.sentences[118].text ==
        "It was a long and quiet evening by the water, and nobody came.");
}

TEST_CASE("chapter headings and gaps start sections and are dropped") {
  const Read book = read(
      "THE STORM\n\nCHAPTER I\nIn which it rains\n\nHe came.\n\nXII.\n\nShe came.\n\n* * *\n\n"
      "We came.\n\nBOOK THE SECOND.\n\nCHAPTER THE FIRST. A Visit\n\nThe Five Orange Pips\n\n"
      "They came.\n\nII. The House\n\nI came.\n\nTHE END\n");
  CHECK(book.marked() ==
        Lines{"0¶He came.", "1¶She came.", "2¶We came.", "3¶They came.", "4¶I came."});
}

TEST_CASE("prose that looks like a heading stays") {
  CHECK(
      read("Book two was gone.\n\n\"NO!\"\n\nI came. Part of me stayed.\n\nHe said:\n").marked() ==
      Lines{"0¶Book two was gone.", "0¶\"NO!\"", "0¶I came.", "0:Part of me stayed.",
            "0¶He said:"});
}

TEST_CASE("Gutenberg's frame, notes and pictures are left out") {
  const Read book = read(
      "The Project Gutenberg eBook of X\n\nThis eBook is for anyone.\n\n"
      "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\nProduced by A. Person and the team\n\n"
      "CONTENTS\n\nI. Home 1\nII. Away 20\nIII. Back 40\nIV. Out 60\n\nCHAPTER I\n\n"
      "He came[1] _home_ at {12} last.[A]\n\n[Illustration: He came home. It rained.]\n\n"
      "[Transcriber's note: sic.]\n\nShe [Illustration] left.\n\n[Footnote 1: A place.]\n\n"
      "*** END OF THE PROJECT GUTENBERG EBOOK X ***\n\nThe licence follows.\n\n"
      "*** START OF THIS PROJECT GUTENBERG EBOOK Y ***\n\nA second book.\n\n"
      "End of Project Gutenberg's Y, by Z\n\nMore of the licence.\n");
  CHECK(book.marked() == Lines{"0¶He came home at last.", "0¶She left.", "1¶A second book."});
}

TEST_CASE("Latin-1 is read as such") {
  CHECK(read("Il \xE9tait l\xE0. She left.\n").marked() == Lines{"0¶Il était là.", "0:She left."});
}

TEST_CASE("what is no text is refused with a reason") {
  const auto refused = [](const std::string& text, const std::string& reason) {
    const Read book = read(text);
    CHECK(!book.result.is_text);
    CHECK(book.sentences.empty());
    CHECK_MESSAGE(contains(book.result.reason, reason), book.result.reason);
  };
  refused("", "empty");
  refused(" \n\r\n\t \n", "empty");
  refused(std::string("He came home.\n\0\n", 16), "NUL");
  refused(std::string("\xFF\xFEH\0e\0", 6), "UTF-16");
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += char(128 + i % 128);
  refused(bytes, "UTF-8");
  std::string control = "He came. ";
  for (int i = 0; i < 4096; ++i) control += i % 10 ? 'a' : '\x02';
  refused(control, "control");
  refused("He came.\n" + std::string(100'000, 'a') + "\n", "100000 bytes");
}

TEST_CASE("one line of 20 MB is a paragraph, read in pieces") {
  std::string line;
  while (line.size() < 20'000'000) line += "He came home to the sea. Then she left the harbour. ";
  const TemporaryFolder folder;
  const fs::path file = folder / "line.txt";
  std::ofstream(file, std::ios::binary) << line;
  int64_t wrong = 0, paragraphs = 0, count = 0;
  const BookResult result = read_book(file, [&](BookSentence&& s) {
    wrong += s.text != "He came home to the sea." && s.text != "Then she left the harbour.";
    paragraphs += s.starts_paragraph;
    ++count;
  });
  CHECK(result.is_text);
  CHECK(contains(result.reason, "one paragraph"));
  CHECK(wrong == 0);
  CHECK(paragraphs == 1);
  CHECK(count == int64_t(line.size() / 52) * 2);
}

TEST_CASE("books are listed by relative path, with their genre") {
  const TemporaryFolder folder;
  for (const char* name : {"b/z.txt", "a/deep/x.txt", "a/y.txt", "top.txt", ".hidden", ".git/q"}) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << "x";
  }
  const auto books = list_books(folder.path());
  REQUIRE(books.size() == 4);
  const Lines genres = {"a", "a", "b", ""};
  for (size_t i = 0; i < 4; ++i) CHECK(books[i].genre == genres[i]);
  CHECK(books[0].path == folder / "a/deep/x.txt");
  CHECK(books[3].path == folder / "top.txt");
}

TEST_CASE("no folder, no files and no file are errors") {
  const TemporaryFolder folder;
  thrown_message(ErrorCode::io, [&] { list_books(folder.path()); });
  const auto missing = folder / "missing";
  CHECK(contains(thrown_message(ErrorCode::io, [&] { list_books(missing); }), missing.string()));
  thrown_message(ErrorCode::io, [&] { read_book(missing, [](BookSentence&&) {}); });
  thrown_message(ErrorCode::io, [&] { read_book(folder.path(), [](BookSentence&&) {}); });
}
