#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "nn/base/files.h"
#include "nn/checkpoint.h"
#include "nn/checkpoint_format.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

std::string example_bytes(const TemporaryFolder& folder) {
  ModelFileWriter file(folder / "good.h5");
  file.tensor("x", Tensor({3, 4}, Device::ref, real(1)));
  file.texts("words", {"a", "b"});
  file.finish();
  return read_file(folder / "good.h5");
}

// What the reader says of a file with these bytes.
std::string refusal(const TemporaryFolder& folder, const std::string& bytes) {
  std::ofstream(folder / "bad.h5", std::ios::binary) << bytes;
  const std::string message =
      thrown_message(ErrorCode::format, [&] { ModelFileReader(folder / "bad.h5"); });
  CHECK(contains(message, "bad.h5: "));
  return message;
}

std::string with_trailer(const std::string& content) {
  const auto trailer = checkpoint::make_trailer(content);
  return content + std::string(trailer.begin(), trailer.end());
}

// Everything that `work` prints to stderr, by any library.
template <class Work>
std::string printed_by(const TemporaryFolder& folder, Work&& work) {
  std::fflush(stderr);
  const int before = ::dup(STDERR_FILENO);
  const int file = ::open((folder / "stderr").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  ::dup2(file, STDERR_FILENO);
  work();
  std::fflush(stderr);
  ::dup2(before, STDERR_FILENO);
  ::close(before), ::close(file);
  return read_file(folder / "stderr");
}

}  // namespace

TEST_CASE("a file with any byte flipped is refused") {
  const TemporaryFolder folder;
  const std::string good = example_bytes(folder);
  for (size_t place = 0; place < good.size(); place += place + 40 < good.size() ? 37 : 1) {
    CAPTURE(place);
    std::string bytes = good;
    bytes[place] = char(bytes[place] ^ 0x10);
    refusal(folder, bytes);
  }
}

TEST_CASE("a file cut anywhere is refused") {
  const TemporaryFolder folder;
  const std::string good = example_bytes(folder);
  for (size_t length = 1; length < good.size(); length += length + 40 < good.size() ? 97 : 1) {
    CAPTURE(length);
    refusal(folder, good.substr(0, length));
  }
  CHECK(contains(refusal(folder, good.substr(0, good.size() / 2)), "its end is missing"));
}

TEST_CASE("each kind of bad file is told apart") {
  const TemporaryFolder folder;
  const std::string good = example_bytes(folder);
  CHECK(contains(refusal(folder, ""), "is empty"));
  CHECK(contains(refusal(folder, "hello"), "not HDF5"));
  CHECK(contains(refusal(folder, std::string(5000, 'x')), "not HDF5"));
  CHECK(contains(refusal(folder, with_trailer("hello")), "not HDF5"));
  CHECK(contains(refusal(folder, with_trailer("\x89HDF\r\n\x1a\n and no more")),
                 "HDF5 cannot open it"));
  CHECK(contains(refusal(folder, good + "x"), "another program wrote it"));
  const size_t trailer = good.size() - checkpoint::kTrailerSize;
  CHECK(contains(refusal(folder, good.substr(0, 900) + good.substr(trailer)), "bytes of content"));

  std::string damaged = good, newer = good;
  damaged[100] = char(damaged[100] + 1);
  CHECK(contains(refusal(folder, damaged), "checksum"));
  newer[trailer + 8] = 2;
  CHECK(contains(refusal(folder, newer), "has format version 2, this program reads version 1"));
}

TEST_CASE("a missing file and a folder are named") {
  const TemporaryFolder folder;
  const auto message = [](const fs::path& path) {
    return thrown_message(ErrorCode::io, [&] { ModelFileReader file(path); });
  };
  CHECK(contains(message(folder / "none.h5"), "none.h5: no such file"));
  CHECK(contains(message(folder.path()), "is a folder"));
}

TEST_CASE("HDF5 prints nothing, whatever fails") {
  const TemporaryFolder folder;
  const std::string good = example_bytes(folder);
  const std::string printed = printed_by(folder, [&] {
    refusal(folder, with_trailer("\x89HDF\r\n\x1a\n and no more"));
    const ModelFileReader file(folder / "good.h5");
    CHECK(!file.has("none"));
    CHECK_THROWS_AS(file.tensor("none", Device::ref), Error);
    CHECK_THROWS_AS(file.attribute("none"), Error);
    ModelFileWriter writer(folder / "new.h5");
    writer.numbers("x", {1});
    CHECK_THROWS_AS(writer.numbers("x", {1}), Error);
  });
  CHECK(printed == "");
}

TEST_CASE("HDF5's own handler is left as it was found") {
  const TemporaryFolder folder;
  H5E_auto2_t before = nullptr, after = nullptr;
  void* context = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &context);
  REQUIRE((before != nullptr));
  example_bytes(folder);
  ModelFileReader(folder / "good.h5").tensor("x", Device::ref);
  H5Eget_auto2(H5E_DEFAULT, &after, &context);
  CHECK((after == before));
}
