#include "nn/checkpoint.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nn/base/files.h"
#include "nn/hdf5_handle.h"
#include "nn/init.h"
#include "tests/file_size_limit.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

constexpr Device kDevice = Device::ref;

Tensor drawn(const Shape& shape, uint64_t seed = 1) {
  Rng rng(seed);
  return normal(shape, kDevice, rng, 1).value;
}

void write_example(const fs::path& path) {
  ModelFileWriter file(path);
  file.attribute("kind", std::string("example"));
  file.attribute("margin", 0.2);
  file.tensor("model/gru.input", drawn({3, 4}));
  file.tensor("model/narrow", drawn({5, 6}, 2), Storing::f16);
  file.tensor("model/table", drawn({7, 8}, 3), Storing::i8);
  file.tensor("loss", Tensor(Shape{}, kDevice, real(0.5)));
  file.numbers("counts", {1, -2, int64_t(1) << 60});
  file.texts("words", {"<eos>", "", "naïve", "雪"});
  file.finish();
}

}  // namespace

TEST_CASE("what was written comes back, and nothing else stays in the folder") {
  const TemporaryFolder folder;
  write_example(folder / "m.h5");
  CHECK(folder.files() == 1);
  const ModelFileReader file(folder / "m.h5");
  CHECK(file.path() == folder / "m.h5");
  CHECK(file.tensor("model/gru.input", kDevice).to_host() == drawn({3, 4}).to_host());
  CHECK(file.shape("model/gru.input") == Shape{3, 4});
  CHECK(file.tensor("loss", kDevice).item() == real(0.5));
  CHECK(file.shape("loss") == Shape{});
  CHECK(file.numbers("counts") == std::vector<int64_t>{1, -2, int64_t(1) << 60});
  CHECK(file.texts("words") == std::vector<std::string>{"<eos>", "", "naïve", "雪"});
  CHECK(file.attribute("kind") == "example");
  CHECK(file.number_attribute("margin") == 0.2);
  CHECK(file.has_attribute("kind"));
  CHECK(!file.has_attribute("other"));
  CHECK(file.has("model/table"));
  CHECK(!file.has("model/none"));
  CHECK(!file.has("none/none"));
}

TEST_CASE("names lists tensors only, sorted, relative to their group") {
  const TemporaryFolder folder;
  write_example(folder / "m.h5");
  const ModelFileReader file(folder / "m.h5");
  CHECK(file.names() ==
        std::vector<std::string>{"loss", "model/gru.input", "model/narrow", "model/table"});
  CHECK(file.names("model") == std::vector<std::string>{"gru.input", "narrow", "table"});
  CHECK(file.names("none").empty());
}

TEST_CASE("half precision keeps 11 bits, bytes are within half a step of their row's scale") {
  const TemporaryFolder folder;
  write_example(folder / "m.h5");
  const ModelFileReader file(folder / "m.h5");
  const auto exact = drawn({5, 6}, 2).to_host();
  const auto narrow = file.tensor("model/narrow", kDevice).to_host();
  for (size_t i = 0; i < exact.size(); ++i) {
    CHECK(std::abs(narrow[i] - exact[i]) <= std::abs(exact[i]) * real(0x1p-11));
  }
  const auto rows = drawn({7, 8}, 3).to_host(),
             bytes = file.tensor("model/table", kDevice).to_host();
  for (size_t row = 0; row < 7; ++row) {
    real largest = 0;
    for (size_t i = row * 8; i < row * 8 + 8; ++i) largest = std::max(largest, std::abs(rows[i]));
    for (size_t i = row * 8; i < row * 8 + 8; ++i) {
      CHECK(std::abs(bytes[i] - rows[i]) <= largest / 127 * real(0.501));
    }
  }
}

TEST_CASE("the same content gives the same bytes: no times are stored") {
  const TemporaryFolder folder;
  write_example(folder / "a.h5");
  write_example(folder / "b.h5");
  CHECK(read_file(folder / "a.h5") == read_file(folder / "b.h5"));
  const Hdf5Handle file(H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  for (const char* name : {"model", "model/table", "words"}) {
    H5O_info_t info{};
    REQUIRE(H5Oget_info_by_name2(file, name, &info, H5O_INFO_TIME, H5P_DEFAULT) >= 0);
    CHECK(info.ctime == 0);
  }
}

TEST_CASE("empty tensors, empty lists and all-zero rows are kept") {
  const TemporaryFolder folder;
  {
    ModelFileWriter file(folder / "m.h5");
    file.tensor("none", Tensor({0, 3}, kDevice));
    file.tensor("zeros", Tensor({2, 3}, kDevice, real(0)), Storing::i8);
    file.numbers("numbers", {});
    file.texts("texts", {});
    file.finish();
  }
  const ModelFileReader file(folder / "m.h5");
  CHECK(file.tensor("none", kDevice).shape() == Shape{0, 3});
  CHECK(file.tensor("zeros", kDevice).to_host() == std::vector<real>(6, 0));
  CHECK(file.numbers("numbers").empty());
  CHECK(file.texts("texts").empty());
}

TEST_CASE("a reader moves") {
  const TemporaryFolder folder;
  write_example(folder / "m.h5");
  ModelFileReader first(folder / "m.h5");
  const ModelFileReader second(std::move(first));
  CHECK(second.attribute("kind") == "example");
}

TEST_CASE("a writer that is not finished leaves nothing, and an older file as it was") {
  const TemporaryFolder folder;
  write_example(folder / "m.h5");
  const std::string before = read_file(folder / "m.h5");
  {
    ModelFileWriter file(folder / "m.h5");
    file.tensor("x", drawn({100, 100}));
  }
  CHECK(folder.files() == 1);
  CHECK(read_file(folder / "m.h5") == before);
}

TEST_CASE("parameters go to a file and come back by name") {
  const TemporaryFolder folder;
  const std::vector<NamedParameter> written{{"gru.input", parameter(drawn({3, 4}))},
                                            {"bias", parameter(drawn({4}, 2))}};
  {
    ModelFileWriter file(folder / "m.h5");
    write_parameters(file, "encoder", written);
    file.finish();
  }
  const ModelFileReader file(folder / "m.h5");
  const std::vector<NamedParameter> read{{"gru.input", zeros({3, 4}, kDevice)},
                                         {"bias", zeros({4}, kDevice)}};
  read_parameters(file, "encoder", read);
  for (size_t i = 0; i < read.size(); ++i) {
    CHECK(read[i].var.value.to_host() == written[i].var.value.to_host());
  }
  const auto refused = [&](const std::string& name, const Shape& shape) {
    return thrown_message(ErrorCode::format, [&] {
      read_parameters(file, "encoder", {{name, zeros(shape, kDevice)}});
    });
  };
  const std::string shape = refused("bias", {5});
  CHECK(contains(shape, "m.h5: encoder/bias is [4], the model needs [5]"));
  CHECK(contains(refused("none", {5}), "m.h5: has no tensor \"encoder/none\""));
}

TEST_CASE("what a file does not hold is named") {
  const TemporaryFolder folder;
  write_example(folder / "m.h5");
  const ModelFileReader file(folder / "m.h5");
  const auto message = [&](auto&& work) {
    const std::string text = thrown_message(ErrorCode::format, work);
    CHECK(contains(text, "m.h5"));
    return text;
  };
  CHECK(contains(message([&] { file.tensor("none", kDevice); }), "has no tensor \"none\""));
  CHECK(contains(message([&] { file.tensor("words", kDevice); }), "\"words\" is not a tensor"));
  CHECK(contains(message([&] { file.numbers("words"); }), "\"words\" is not a list of numbers"));
  CHECK(contains(message([&] { file.texts("loss"); }), "\"loss\" is not a list of texts"));
  CHECK(contains(message([&] { file.shape("model"); }), "has no tensor \"model\""));
  CHECK(contains(message([&] { file.attribute("none"); }), "has no attribute \"none\""));
  CHECK(contains(message([&] { file.attribute("margin"); }), "\"margin\" is not a text"));
  CHECK(contains(message([&] { file.number_attribute("kind"); }), "\"kind\" is not a number"));
}

TEST_CASE("numbers that the narrow forms cannot hold are refused") {
  const TemporaryFolder folder;
  ModelFileWriter file(folder / "m.h5");
  const auto refused = [&](real number, Storing storing) {
    return thrown_message(ErrorCode::usage,
                          [&] { file.tensor("x", Tensor({2}, kDevice, number), storing); });
  };
  CHECK(contains(refused(70000, Storing::f16), "m.h5: x holds 70000, which half precision"));
  const real nan = std::numeric_limits<real>::quiet_NaN();
  CHECK(contains(refused(nan, Storing::f16), "x holds nan"));
  CHECK(contains(refused(std::numeric_limits<real>::infinity(), Storing::i8), "x holds inf"));
  CHECK_NOTHROW(file.tensor("x", Tensor({2}, kDevice, nan)));
}

TEST_CASE("a name that is taken is refused, the writer goes on") {
  const TemporaryFolder folder;
  ModelFileWriter file(folder / "m.h5");
  file.tensor("x", drawn({2}));
  CHECK(contains(thrown_message(ErrorCode::internal, [&] { file.tensor("x", drawn({2})); }),
                 "m.h5: HDF5 refused to write x"));
  file.tensor("y", drawn({2}));
  file.finish();
  CHECK(ModelFileReader(folder / "m.h5").names() == std::vector<std::string>{"x", "y"});
}

TEST_CASE("a full disk is named and leaves nothing half-written") {
  const TemporaryFolder folder;
  write_atomically(folder / "m.h5", "old");
  for (const int64_t rows : {10, 100, 1000}) {
    const FileSizeLimit limit(50000);
    const std::string message = thrown_message(ErrorCode::io, [&] {
      ModelFileWriter file(folder / "m.h5");
      for (int i = 0; i < 200; ++i) file.tensor(fmt::format("x{}", i), drawn({rows, 10}));
      file.finish();
    });
    CHECK(contains(message, "m.h5: cannot write: File too large"));
  }
  CHECK(folder.files() == 1);
  CHECK(read_file(folder / "m.h5") == "old");
}

TEST_CASE("places that cannot be written are named") {
  const TemporaryFolder folder;
  CHECK(contains(thrown_message(ErrorCode::io, [&] { ModelFileWriter(folder / "none/m.h5"); }),
                 "cannot write: No such file or directory"));
}
