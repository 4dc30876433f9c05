#include "train/import_published.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "models/model_files.h"
#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// An .npy of float32 that counts up from `first`.
std::string counting(const std::vector<int64_t>& shape, float first) {
  std::string sizes;
  int64_t count = 1;
  for (const int64_t size : shape) sizes += std::to_string(size) + ",", count *= size;
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + "), }";
  header.resize(117, ' ');
  std::string bytes = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  for (int64_t i = 0; i < count; ++i) {
    const float value = first + float(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

// A stored zip archive, as numpy.savez writes it.
std::string zip(const std::vector<std::pair<std::string, std::string>>& files) {
  const auto number = [](uint32_t value, size_t bytes) {
    return std::string(reinterpret_cast<const char*>(&value), bytes);
  };
  std::string all, directory;
  for (const auto& [name, content] : files) {
    const auto size = uint32_t(content.size());
    const std::string about = std::string(10, '\0') + number(0, 4) + number(size, 4) +
                              number(size, 4) + number(uint32_t(name.size()), 2);
    directory += "PK\1\2" + std::string(2, '\0') + about + std::string(12, '\0') +
                 number(uint32_t(all.size()), 4) + name;
    all += "PK\3\4" + about + number(0, 2) + name + content;
  }
  const auto count = uint32_t(files.size());
  return all + directory + "PK\5\6" + std::string(4, '\0') + number(count, 2) + number(count, 2) +
         number(uint32_t(directory.size()), 4) + number(uint32_t(all.size()), 4) + number(0, 2);
}

std::string uni_skip(const std::string& prefix = "encoder") {
  return zip({{"Wemb.npy", counting({5, 2}, 0)},
              {prefix + "_W.npy", counting({2, 6}, 1)},
              {prefix + "_U.npy", counting({3, 6}, 2)},
              {prefix + "_b.npy", counting({6}, 3)},
              {prefix + "_Wx.npy", counting({2, 3}, 4)},
              {prefix + "_Ux.npy", counting({3, 3}, 5)},
              {prefix + "_bx.npy", counting({3}, 6)}});
}

void import(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  import_published_command(arguments, out);
}

}  // namespace

TEST_CASE("import writes a sentence encoder that others read, <eos> and UNK at the front") {
  const TemporaryFolder folder;
  const std::string model = folder / "uni.npz", words = folder / "words.txt",
                    out = folder / "uni.h5";
  write_atomically(model, uni_skip());
  write_atomically(words, "The\ndog\nUNK\nruns\n<eos>\n");
  import({model, "--words", words, "--out", out});
  const ModelFileReader file(out);
  const ThoughtEncoder encoder = read_thought_encoder(file, Device::ref);
  CHECK(encoder.size() == 3);
  CHECK(encoder.parts[0].words.value.to_host() == std::vector<real>{8, 9, 4, 5, 0, 1, 2, 3, 6, 7});
  const WordList list = read_words(file);
  CHECK(list.words == std::vector<std::string>{"<eos>", "<unk>", "the", "dog", "runs"});
  CHECK(list.spellings[2] == "The");
  CHECK(list.counts[2] > list.counts[3]);
}

TEST_CASE("import takes two models for combine-skip, and tables of their own") {
  const TemporaryFolder folder;
  const std::string model = folder / "uni.npz", words = folder / "words.txt",
                    table = folder / "table.npy", out = folder / "both.h5";
  write_atomically(model, uni_skip());
  write_atomically(words, "dog\nruns\n");
  write_atomically(table, counting({4, 2}, 50));
  import({model, model, "--table", table, "--table", table, "--words", words, "--out", out});
  const ThoughtEncoder encoder = read_thought_encoder(ModelFileReader(out), Device::ref);
  CHECK(encoder.parts.size() == 2);
  CHECK(encoder.size() == 6);
  CHECK(encoder.words() == 4);
  CHECK(encoder.parts[1].words.value.to_host()[0] == 50);
}

TEST_CASE("import refuses words that are not the model's, and leaves nothing") {
  const TemporaryFolder folder;
  const std::string model = folder / "uni.npz", words = folder / "words.txt",
                    out = folder / "uni.h5";
  write_atomically(model, uni_skip());
  const auto refused = [&](ErrorCode code, const std::string& text,
                           std::vector<std::string> arguments) {
    write_atomically(words, text);
    return thrown_message(code, [&] { import(arguments); });
  };
  CHECK(contains(refused(ErrorCode::format, "dog\n", {model, "--words", words, "--out", out}),
                 "words.txt: 1 words for a table of 5 rows"));
  CHECK(contains(
      refused(ErrorCode::format, "a\nb\nc\nd\nUNK\n", {model, "--words", words, "--out", out}),
      "<eos> is not among the words"));
  CHECK(contains(refused(ErrorCode::usage, "", {model, "--out", out}), "--words and --out"));
  write_atomically(model, uni_skip("decoder"));
  CHECK(contains(refused(ErrorCode::format, "", {model, "--words", words, "--out", out}),
                 "neither \"encoder_W\""));
  CHECK(folder.files() == 2);
}
