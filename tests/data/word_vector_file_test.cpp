#include "data/word_vector_file.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <map>

#include "nn/base/files.h"
#include "tests/captured_log.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

using Words = std::map<std::string, std::vector<float>>;

std::string bytes_of(const std::vector<float>& vector) {
  return std::string(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float));
}

struct Files {
  TemporaryFolder folder;
  Words read(const std::string& content) const {
    write_atomically(folder / "vectors", content);
    return read_written();
  }
  Words read_written() const {
    WordVectorFile file(folder / "vectors");
    Words words;
    std::string word;
    for (std::vector<float> vector; file.next(word, vector);) {
      CHECK(int64_t(vector.size()) == file.dimension());
      words[word] = vector;
    }
    return words;
  }
  std::string refused(const std::string& content) const {
    const std::string said = thrown_message(ErrorCode::format, [&] { read(content); });
    CHECK(contains(said, (folder / "vectors").string()));
    return said;
  }
};

// The bytes of the last two end in 0x0A and 0x20, as a line break and a blank do.
const std::vector<float> kDog = {1, -2.5f}, kCafe = {6.6e-33f, 1.4e-19f};
const Words kBoth = {{"dog", kDog}, {"café", kCafe}};

std::string binary(const std::string& end, const std::string& start = "2 2\n") {
  return start + "dog " + bytes_of(kDog) + end + "café " + bytes_of(kCafe) + end;
}

}  // namespace

TEST_CASE("word vectors: binary with and without line breaks, text, GloVe, packed") {
  const Files files;
  CHECK(files.read(binary("")) == kBoth);
  CHECK(files.read(binary("\n")) == kBoth);
  CHECK(files.read("2 2\ndog 1 -2.5 \ncafé 6.6e-33 1.4e-19 \n") == kBoth);
  CHECK(files.read("dog 1 -2.5\ncafé +6.6e-33 1.4e-19") == kBoth);
  CHECK(files.read("dog 1 -2.5\r\n. . . 1 2\r\n").at(". . .") == std::vector<float>{1, 2});
  for (const std::string& content : {binary("\n"), std::string("2 2\ndog 1 -2.5\ncafé 6.6e-33 "
                                                               "1.4e-19\n")}) {
    const gzFile packed = gzopen((files.folder / "vectors").c_str(), "wb");
    REQUIRE(gzwrite(packed, content.data(), unsigned(content.size())) == int(content.size()));
    gzclose(packed);
    CHECK(files.read_written() == kBoth);
    const std::string bytes = read_file(files.folder / "vectors");
    CHECK(contains(files.refused(bytes.substr(0, bytes.size() - 12)), "is it cut?"));
  }
}

TEST_CASE("word vectors: a file that is cut or has a wrong count is refused") {
  const Files files;
  const std::string whole = binary("\n");
  CHECK(contains(files.refused(whole.substr(0, whole.size() - 4)), "ends inside word 2 of 2"));
  CHECK(contains(files.refused(whole.substr(0, whole.size() - 12)), "ends inside word 2 of 2"));
  CHECK(contains(files.refused(binary("\n", "3 2\n")), "ends after 2 of the 3 words"));
  CHECK(contains(files.refused(binary("\n", "1 2\n")), "goes on after the 1 words"));
  CHECK(contains(files.refused("3 2\na 1 2\n"), "ends after 1 of the 3 words"));
  CHECK(contains(files.refused("1 2\na 1 2\nb 1 2\n"), "goes on after the 1 words"));
  CHECK(contains(files.refused(""), "is empty"));
  CHECK(contains(files.refused("0 2\n"), "promises 0 words"));
}

TEST_CASE("word vectors: a line break inside a word, or another dimension, is refused") {
  const Files files;
  const std::string broken = "2 2\ndo\ng " + bytes_of(kDog) + "a " + bytes_of(kDog);
  CHECK(contains(files.refused(broken), "word 1 has a line break in it"));
  CHECK(contains(files.refused("2 2\ndo\ng 1 2\nb 1 2\n"), ":2: not a word and 2 numbers"));
  CHECK(contains(files.refused("2 2\na 1 2\nb 1\n"), ":3: not a word and 2 numbers"));
  CHECK(contains(files.refused("2 2\na 1 2\nb 1 2 3\n"), ":3: more than a word and 2 numbers"));
  CHECK(contains(files.refused("a 1 2\nb 1\n"), ":2: not a word and 2 numbers"));
  CHECK(contains(files.refused("a 1 2\nb 1 x\n"), "\"x\" stands for number 2"));
  // Read with three numbers a vector the second word begins in the middle of the first one's.
  const std::string three = files.refused(binary("\n", "2 3\n"));
  CHECK(contains(three, "word"));
  CHECK(contains(files.refused("Once upon a time.\nThere was a man.\n"), "neither word2vec's"));
  CHECK(contains(files.refused(std::string(5000, '\0')), "neither word2vec's"));
}

TEST_CASE("word vectors: zeros are passed over with a warning, what is no number is refused") {
  const Files files;
  CapturedLog log;
  CHECK(files.read("3 2\na 0 0\nb 1 2\nc 0 0\n") == Words{{"b", {1, 2}}});
  CHECK(contains(log.text(),
                 "2 words have a vector of zeros and are passed over, the first is "
                 "\"a\""));
  CHECK(contains(files.refused("2 2\na 1 nan\nb 1 2\n"), "word 1, \"a\""));
}
