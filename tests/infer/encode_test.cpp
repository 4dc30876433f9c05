#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

#include "infer/encode_cli.h"
#include "infer/encoder.h"
#include "nn/base/files.h"
#include "tests/captured_log.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

struct Encoding {
  TemporaryFolder folder;
  fs::path pack = folder / "tiny.h5";
  Encoding() {
    Pack tiny = tiny_pack();
    write_pack(pack, tiny);
  }
  std::string run(const std::string& sentences, std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.end(), {"--encoder", pack.string()});
    std::istringstream in(sentences);
    std::ostringstream out;
    run_p2s_encode(arguments, in, out);
    return out.str();
  }
};

// The floats behind the header of a .npy file, whose header must say this shape.
std::vector<float> floats_of(const std::string& npy, const std::string& shape) {
  REQUIRE(npy.starts_with(std::string("\x93NUMPY\x01\x00", 8)));
  const size_t length = size_t(uint8_t(npy[8])) + 256 * size_t(uint8_t(npy[9]));
  CHECK((10 + length) % 64 == 0);
  CHECK(npy[10 + length - 1] == '\n');
  CHECK(contains(npy.substr(10, length),
                 "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }"));
  std::vector<float> values((npy.size() - 10 - length) / sizeof(float));
  std::memcpy(values.data(), npy.data() + 10 + length, values.size() * sizeof(float));
  return values;
}

}  // namespace

TEST_CASE("p2s-encode: one row a line, in order, whatever their lengths") {
  const Encoding e;
  const std::string lines[] = {"A dog.", "The dog runs on the beach by the sea.", "She sings!"};
  const auto all = floats_of(e.run(lines[0] + "\n" + lines[1] + "\r\n" + lines[2]), "(3, 12)");
  REQUIRE(all.size() == 36);
  const Encoder encoder = Encoder::load(e.pack);
  CHECK(encoder.size() == 12);
  for (size_t i = 0; i < 3; ++i) {
    const auto alone = encoder.encode({&lines[i], 1}).to_host();
    for (size_t k = 0; k < 12; ++k)
      CHECK(all[i * 12 + k] == doctest::Approx(alone[k]).epsilon(1e-4));
  }
}

TEST_CASE("p2s-encode: the same vectors on another device") {
  const Encoding e;
  const auto fast = floats_of(e.run("The dog runs.\n", {"--device", "cpu"}), "(1, 12)");
  const auto slow = floats_of(e.run("The dog runs.\n", {"--device", "ref"}), "(1, 12)");
  for (size_t k = 0; k < 12; ++k) CHECK(fast[k] == doctest::Approx(slow[k]).epsilon(1e-4));
  if (available(Device::cuda)) return;
  const auto on_gpu = [&] { e.run("The dog runs.\n", {"--device", "cuda"}); };
  CHECK(contains(thrown_message(ErrorCode::device, on_gpu), "--device cpu"));
}

TEST_CASE("p2s-encode: a blank line gives zeros and a warning") {
  const Encoding e;
  CapturedLog log;
  const auto rows = floats_of(e.run("A dog.\n  \nA man.\n"), "(3, 12)");
  for (size_t k = 12; k < 24; ++k) CHECK(rows[k] == 0);
  CHECK(rows[0] != 0);
  CHECK(contains(log.text(), "1 blank lines, the first is line 2"));
}

TEST_CASE("p2s-encode: a sentence of 10,000 words, and text that is not UTF-8") {
  const Encoding e;
  std::string monster;
  for (int i = 0; i < 10'000; ++i) monster += "dog ";
  const auto rows = floats_of(e.run(monster + "\nThe caf\xE9.\nThe café.\n\xFF\xFE\n"), "(4, 12)");
  for (float x : rows) CHECK(std::isfinite(x));
  CHECK(rows[0] != 0);
  for (size_t k = 0; k < 12; ++k) CHECK(rows[12 + k] == doctest::Approx(rows[24 + k]));
}

TEST_CASE("p2s-encode: vectors of length one, in a .npy or an .h5 file") {
  const Encoding e;
  const fs::path npy = e.folder / "v.npy", h5 = e.folder / "v.h5";
  CHECK(e.run("A dog.\nA man.\n", {"--normalize", "--out", npy.string()}).empty());
  const auto rows = floats_of(read_file(npy), "(2, 12)");
  double squares = 0;
  for (size_t k = 0; k < 12; ++k) squares += double(rows[k]) * double(rows[k]);
  CHECK(squares == doctest::Approx(1).epsilon(1e-5));
  e.run("A dog.\nA man.\n", {"--normalize", "--out", h5.string()});
  CHECK(ModelFileReader(h5).tensor("vectors", Device::cpu).to_host() ==
        std::vector<real>(rows.begin(), rows.end()));
}

TEST_CASE("p2s-encode: words of the table beside an expanded encoder are known") {
  const Encoding e;
  const Pack tiny = tiny_pack();
  const auto dog = int64_t(std::find(tiny.words.words.begin(), tiny.words.words.end(), "dog") -
                           tiny.words.words.begin());
  ThoughtEncoder encoder = tiny.encoder;
  const Tensor dog_vector = encoder.parts[0].words.value.rows(dog, dog + 1);
  write_word_table(e.folder / "more.words", {"##-pound", "hound"}, 6, Storing::f32,
                   [&](const WordRows& rows) {
                     for (const int64_t row : {0, 1}) rows({&row, 1}, dog_vector.to_host());
                   });
  const auto write = [&](const std::string& name) {
    ModelFileWriter file(e.folder / name);
    write_thought_encoder(file, encoder);
    write_words(file, tiny.words);
    write_more_words(file, "more.words");
    file.finish();
  };
  write("more.h5");
  const Encoder expanded = Encoder::load(e.folder / "more.h5");
  CHECK(expanded.words() == encoder.words() + 2);
  // Each is the dog's vector, and the sentences mean the same then.
  const std::vector<std::string> lines = {"The dog runs.", "The hound runs.", "The HOUND runs.",
                                          "The 12-pound runs.", "The zebra runs."};
  const auto rows = expanded.encode(lines).to_host();
  for (size_t i = 1; i < 4; ++i) {
    for (size_t k = 0; k < 12; ++k) CHECK(rows[i * 12 + k] == doctest::Approx(rows[k]));
  }
  CHECK(rows[4 * 12] != doctest::Approx(rows[0]));

  write_word_table(e.folder / "more.words", {"hound"}, 3, Storing::f32, [](const WordRows& put) {
    const int64_t row = 0;
    put({&row, 1}, {1, 2, 3});
  });
  CHECK(contains(thrown_message(ErrorCode::format, [&] { Encoder::load(e.folder / "more.h5"); }),
                 "vectors of 3 numbers for an encoder of 6"));
  fs::remove(e.folder / "more.words");
  CHECK(contains(thrown_message(ErrorCode::io, [&] { Encoder::load(e.folder / "more.h5"); }),
                 "more.words"));
}

TEST_CASE("p2s-encode: mistakes are refused") {
  const Encoding e;
  const auto refused = [&](const std::string& in, const std::vector<std::string>& arguments) {
    return thrown_message(ErrorCode::usage, [&] { e.run(in, arguments); });
  };
  CHECK(contains(refused("", {}), "no sentence came in"));
  CHECK(contains(refused("A dog.", {"--out", "x.txt"}), ".npy or .h5"));
  CHECK(contains(refused("A dog.", {"--normalise"}), "--normalise"));
  CHECK(contains(e.run("", {"--help"}), "p2s-encode < sentences.txt"));
}
