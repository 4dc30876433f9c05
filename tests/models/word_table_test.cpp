#include "models/word_table.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

const std::vector<std::string> kWords = {"Zürich", "apple", "apples", "pear"};

void write(const fs::path& path, Storing storing) {
  write_word_table(path, kWords, 2, storing, [](const WordRows& rows) {
    rows(std::array<int64_t, 2>{2, 0}, {1, -2, 0.5f, 0});
    rows(std::array<int64_t, 2>{1, 3}, {127, 64, 0, 0});
  });
}

}  // namespace

TEST_CASE("word table: every word gets its vector back, in each storing") {
  const TemporaryFolder folder;
  for (const Storing storing : {Storing::f32, Storing::f16, Storing::i8}) {
    write(folder / "table", storing);
    const WordTable table(folder / "table");
    CHECK(table.size() == 4);
    CHECK(table.dimension() == 2);
    const std::vector<std::vector<double>> vectors = {{0.5, 0}, {127, 64}, {1, -2}, {0, 0}};
    for (size_t i = 0; i < kWords.size(); ++i) {
      CAPTURE(kWords[i]);
      REQUIRE(table.find(kWords[i]) == int64_t(i));
      real numbers[2] = {9, 9};
      table.read(int64_t(i), numbers);
      CHECK(double(numbers[0]) == doctest::Approx(vectors[i][0]).epsilon(0.01));
      CHECK(double(numbers[1]) == doctest::Approx(vectors[i][1]).epsilon(0.01));
    }
    for (const char* other : {"", "Apple", "apple ", "appl", "zebra"}) CHECK(table.find(other) < 0);
  }
}

TEST_CASE("word table: a damaged one is refused, and one half-written never appears") {
  const TemporaryFolder folder;
  write(folder / "table", Storing::i8);
  const std::string whole = read_file(folder / "table");
  const auto refused = [&](const std::string& bytes) {
    write_atomically(folder / "damaged", bytes);
    return thrown_message(ErrorCode::format, [&] { WordTable(folder / "damaged"); });
  };
  CHECK(contains(refused(whole.substr(0, whole.size() - 1)), "it is cut or damaged"));
  CHECK(contains(refused(whole.substr(0, 20)), "no word table"));
  CHECK(contains(refused("Once upon a time" + whole), "no word table"));
  std::string altered = whole;
  altered[whole.find("apple")] = 'A';
  CHECK(contains(refused(altered), "list of words is damaged"));
  CHECK_THROWS(write_word_table(folder / "none", kWords, 2, Storing::f32,
                                [](const WordRows&) { throw std::runtime_error("stopped"); }));
  CHECK(!fs::exists(folder / "none"));
  CHECK(folder.files() == 2);
}
