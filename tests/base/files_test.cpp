#include "nn/base/files.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "nn/base/error.h"
#include "tests/file_size_limit.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

TEST_CASE("write_atomically writes the bytes and leaves nothing else") {
  const TemporaryFolder folder;
  const std::string bytes("a\0b\n", 4);
  write_atomically(folder / "x", bytes);
  write_atomically(folder / "x", bytes);
  CHECK(read_file(folder / "x") == bytes);
  CHECK(folder.files() == 1);
}

TEST_CASE("a failure while writing keeps the old file and removes the new one") {
  const TemporaryFolder folder;
  write_atomically(folder / "x", "old");
  const auto half_written = [](const fs::path& temporary) {
    std::ofstream(temporary) << "half";
    fail(ErrorCode::internal, "stopped");
  };
  CHECK(thrown_message(ErrorCode::internal,
                       [&] { write_atomically(folder / "x", half_written); }) == "stopped");
  CHECK(read_file(folder / "x") == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("a full disk is named and leaves nothing half-written") {
  const TemporaryFolder folder;
  const std::string large(100000, 'x');
  std::string message;
  {
    const FileSizeLimit limit(10000);
    message = thrown_message(ErrorCode::io, [&] { write_atomically(folder / "large", large); });
  }
  CHECK(contains(message, "large"));
  CHECK(contains(message, "File too large"));
  CHECK(folder.files() == 0);
}

TEST_CASE("files that cannot be written or read are named with the reason") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "folder");
  const auto message = [](auto&& work) { return thrown_message(ErrorCode::io, work); };
  CHECK(contains(message([&] { write_atomically(folder / "none/x", "y"); }), "none/x"));
  CHECK(contains(message([&] { write_atomically(folder / "folder", "y"); }), "cannot write"));
  CHECK(contains(message([&] { read_file(folder / "none"); }), "none: no such file"));
  CHECK(contains(message([&] { read_file(folder / "folder"); }), "folder: is a folder"));
  CHECK(contains(message([&] { require_file(folder / "folder"); }), "is a folder"));
  CHECK(contains(message([&] { file_hash(folder / "none"); }), "none: no such file"));
  CHECK(contains(message([&] { MappedFile map(folder / "none"); }), "none: no such file"));
}

TEST_CASE("a file's hash is the hash of its content, also past one piece") {
  const TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 700000; ++i) bytes += std::to_string(i % 97);
  REQUIRE(bytes.size() > (size_t(1) << 20));
  write_atomically(folder / "x", bytes);
  CHECK(file_hash(folder / "x") == content_hash(bytes.data(), bytes.size()));
  CHECK(content_hash(bytes.data(), bytes.size() - 1) != content_hash(bytes.data(), bytes.size()));
  // The published XXH3-64 of nothing.
  CHECK(content_hash("", 0) == 0x2D06800538D394C2u);
}

TEST_CASE("a mapped file shows the content and moves") {
  const TemporaryFolder folder;
  write_atomically(folder / "x", "content");
  write_atomically(folder / "empty", "");
  MappedFile first(folder / "x");
  const MappedFile second(std::move(first));
  CHECK(std::string(second.bytes().begin(), second.bytes().end()) == "content");
  CHECK(first.bytes().empty());
  CHECK(MappedFile(folder / "empty").bytes().empty());
}

TEST_CASE("the cache folder follows the environment and is made") {
  const TemporaryFolder folder;
  ::setenv("P2S_CACHE", (folder / "deep/cache").c_str(), 1);
  CHECK(cache_folder() == folder / "deep/cache");
  CHECK(fs::is_directory(folder / "deep/cache"));
  write_atomically(folder / "file", "");
  ::setenv("P2S_CACHE", (folder / "file/cache").c_str(), 1);
  CHECK(contains(thrown_message(ErrorCode::io, [] { cache_folder(); }), "P2S_CACHE"));
  ::unsetenv("P2S_CACHE");
  ::setenv("XDG_CACHE_HOME", folder.path().c_str(), 1);
  CHECK(cache_folder() == folder / "p2s");
  ::unsetenv("XDG_CACHE_HOME");
}
