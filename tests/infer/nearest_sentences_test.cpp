#include "infer/nearest_sentences.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "infer/encode_cli.h"
#include "infer/nearest_rows.h"
#include "nn/base/npy_header.h"
#include "nn/base/rng.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

std::string npy(int64_t rows, int64_t columns, const std::vector<float>& numbers) {
  return npy_header({rows, columns}) +
         std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
}

struct Lines {
  TemporaryFolder folder;
  fs::path pack = folder / "tiny.h5", texts = folder / "lines.txt";
  Lines() {
    Pack tiny = tiny_pack();
    write_pack(pack, tiny);
    const std::string lines = "A dog runs.\r\nThe old man.\nThe sea and the sun.\nShe sings.\n";
    write_atomically(texts, lines);
    for (const char* name : {"lines.npy", "lines.h5"}) {
      std::istringstream in(lines);
      std::ostringstream out;
      run_p2s_encode({"--encoder", pack.string(), "--out", (folder / name).string()}, in, out);
    }
  }
  std::string nearest(const fs::path& vectors, std::vector<std::string> more) const {
    more.insert(more.end(), {"--vectors", vectors.string(), "--encoder", pack.string()});
    std::ostringstream out;
    nearest_sentences_command(more, out);
    return out.str();
  }
};

}  // namespace

TEST_CASE("p2s-nearest sentences: a sentence of the file is the nearest to itself") {
  const Lines lines;
  for (const char* name : {"lines.npy", "lines.h5"}) {
    CAPTURE(name);
    const std::string found =
        lines.nearest(lines.folder / name, {"The old man.", "A dog runs.", "--sentences",
                                            lines.texts.string(), "--count", "2", "--json"});
    std::istringstream in(found);
    std::vector<nlohmann::json> queries;
    for (std::string line; std::getline(in, line);) queries.push_back(nlohmann::json::parse(line));
    REQUIRE(queries.size() == 2);
    for (const auto& query : queries) {
      CHECK(query.at("nearest").size() == 2);
      CHECK(query.at("nearest")[0].at("sentence") == query.at("query"));
      CHECK(query.at("nearest")[0].at("cosine").get<double>() == doctest::Approx(1));
    }
    CHECK(queries[0].at("nearest")[0].at("line") == 2);
    CHECK(contains(lines.nearest(lines.folder / name, {"She sings."}), "1.0000          4\n"));
  }
}

TEST_CASE("nearest rows: the same as by looking at every row, zeros passed over") {
  const TemporaryFolder folder;
  constexpr int64_t kRows = 3000, kColumns = 7, kCount = 25;
  Rng rng(2);
  std::vector<float> numbers, queries;
  for (int64_t i = 0; i < kRows * kColumns; ++i) numbers.push_back(float(rng.normal()));
  std::fill_n(numbers.begin() + 5 * kColumns, kColumns, 0.0f);
  for (int64_t i = 0; i < 2 * kColumns; ++i) queries.push_back(float(rng.normal()));
  write_atomically(folder / "v.npy", npy(kRows, kColumns, numbers));
  const auto found = nearest_rows(MappedVectors(folder / "v.npy"), queries, kCount);
  for (size_t q = 0; q < 2; ++q) {
    std::vector<double> cosines;
    for (int64_t row = 0; row < kRows; ++row) {
      double product = 0, a = 0, b = 0;
      for (int64_t c = 0; c < kColumns; ++c) {
        const auto x = double(numbers[size_t(row * kColumns + c)]);
        const auto y = double(queries[q * kColumns + size_t(c)]);
        product += x * y, a += x * x, b += y * y;
      }
      cosines.push_back(a > 0 ? product / std::sqrt(a * b) : -2);
    }
    std::vector<int64_t> order(kRows);
    std::iota(order.begin(), order.end(), int64_t(0));
    std::sort(order.begin(), order.end(),
              [&](int64_t i, int64_t j) { return cosines[size_t(i)] > cosines[size_t(j)]; });
    REQUIRE(found[q].size() == kCount);
    for (size_t i = 0; i < kCount; ++i) {
      CHECK(found[q][i].row == order[i]);
      CHECK(found[q][i].cosine == doctest::Approx(cosines[size_t(order[i])]));
    }
  }
}

TEST_CASE("p2s-nearest sentences: what does not fit is refused") {
  const Lines lines;
  const auto refused = [&](ErrorCode code, const std::string& name,
                           const std::vector<std::string>& more) {
    return thrown_message(code, [&] { lines.nearest(lines.folder / name, more); });
  };
  const std::string whole = read_file(lines.folder / "lines.npy");
  write_atomically(lines.folder / "cut.npy", whole.substr(0, whole.size() - 4));
  CHECK(contains(refused(ErrorCode::format, "cut.npy", {"A dog."}), "cut short"));
  write_atomically(lines.folder / "text.npy", "A dog runs on the beach.");
  CHECK(contains(refused(ErrorCode::format, "text.npy", {"A dog."}), "no NumPy .npy file"));
  std::string doubles = whole;
  doubles[whole.find("<f4") + 2] = '8';
  write_atomically(lines.folder / "doubles.npy", doubles + std::string(whole.size(), '\0'));
  CHECK(contains(refused(ErrorCode::format, "doubles.npy", {"A dog."}), "float32 is needed"));
  write_atomically(lines.folder / "narrow.npy", npy(2, 3, {1, 2, 3, 4, 5, 6}));
  CHECK(contains(refused(ErrorCode::usage, "narrow.npy", {"A dog."}), "vectors of 3 numbers"));
  write_atomically(lines.folder / "few.txt", "A dog runs.\n");
  CHECK(contains(refused(ErrorCode::format, "lines.npy",
                         {"She sings.", "--sentences", (lines.folder / "few.txt").string()}),
                 "few.txt: has 1 lines"));
  CHECK(contains(refused(ErrorCode::format, "tiny.h5", {"A dog."}), "\"vectors\""));
  CHECK(contains(refused(ErrorCode::io, "none.npy", {"A dog."}), "none.npy"));
}
