#include <doctest/doctest.h>

#include "nn/base/files.h"
#include "tests/cli/photo_and_pack.h"
#include "tests/cli/program.h"
#include "tests/data/sample_images.h"
#include "tests/temporary_folder.h"

using namespace p2s;
using namespace p2s::test;

namespace {

struct Bytes {
  const char* name;
  std::string bytes;
  std::vector<std::string> said;
};

std::string with_flipped_byte(std::string bytes, size_t place) {
  bytes[place] = char(bytes[place] ^ 0x40);
  return bytes;
}

}  // namespace

TEST_CASE("an instruction set that there is none of is refused") {
  const std::vector<std::string> arguments = {photo_file().string(), "--pack",
                                              pack_file().string()};
  const auto on = [](const std::string& isa) {
    ProgramOptions options;
    options.environment = {"P2S_ISA=" + isa};
    return options;
  };
  check_refusal("p2s-generate", run_program("p2s-generate", arguments, on("sse2")), 2,
                {"P2S_ISA", "sse2", "avx2"});
  CHECK(run_program("p2s-generate", arguments, on("avx2")).status == 0);
}

TEST_CASE("p2s-generate refuses photographs that are none, in one line") {
  const TemporaryFolder folder;
  const std::string& photo = photo_bytes();
  for (const Bytes& row : {
           Bytes{"empty.jpg", "", {"empty"}},
           Bytes{"cut_header.png", photo.substr(0, 20), {}},
           Bytes{"cut_middle.png", photo.substr(0, photo.size() / 2), {}},
           Bytes{"fake.jpg", "<html>Not found</html>", {"no image"}},
           Bytes{"zeros.jpg", std::string(1000, '\0'), {}},
           Bytes{"huge.png", png_header(50000, 50000), {"50000"}},
           Bytes{"jpeg_start.jpg", "\xFF\xD8\xFF\xE0", {}},
       }) {
    CAPTURE(row.name);
    const fs::path file = folder / row.name;
    write_atomically(file, row.bytes);
    std::vector<std::string> said = row.said;
    said.push_back(file.string());
    check_refusal("p2s-generate",
                  run_program("p2s-generate", {file.string(), "--pack", pack_file().string()}), 1,
                  said);
  }
  for (const auto& [path, said] : {std::pair{folder.path().string(), "folder"},
                                   std::pair{(folder / "missing.jpg").string(), "missing.jpg"}}) {
    CAPTURE(path);
    check_refusal("p2s-generate",
                  run_program("p2s-generate", {path, "--pack", pack_file().string()}), 1,
                  {path, said});
  }
}

TEST_CASE("p2s-generate refuses packs that are damaged or none, in one line") {
  const TemporaryFolder folder;
  const std::string& pack = pack_bytes();
  std::string other_version = pack;
  other_version[pack.size() - 24] = 9;
  for (const Bytes& row : {
           Bytes{"empty.h5", "", {"empty"}},
           Bytes{"cut.h5", pack.substr(0, pack.size() / 3), {"copy it again"}},
           Bytes{"cut_by_one.h5", pack.substr(0, pack.size() - 1), {"copy it again"}},
           Bytes{"flipped.h5", with_flipped_byte(pack, pack.size() / 2), {"checksum"}},
           Bytes{"flipped_head.h5", with_flipped_byte(pack, 9), {"checksum"}},
           Bytes{"version.h5", other_version, {"version 9"}},
           Bytes{"text.h5", "This is not HDF5.", {"not HDF5"}},
       }) {
    CAPTURE(row.name);
    const fs::path file = folder / row.name;
    write_atomically(file, row.bytes);
    std::vector<std::string> said = row.said;
    said.push_back(file.string());
    check_refusal("p2s-generate",
                  run_program("p2s-generate", {photo_file().string(), "--pack", file.string()}), 1,
                  said);
  }
  check_refusal(
      "p2s-generate",
      run_program("p2s-generate", {photo_file().string(), "--pack", folder.path().string()}), 1,
      {folder.path().string(), "folder"});
}

TEST_CASE("p2s-generate refuses mistakes in its flags, in one line") {
  struct Row {
    std::vector<std::string> arguments;
    std::vector<std::string> said;
  };
  const std::string photo = photo_file().string();
  for (const Row& row : {
           Row{{}, {"no photograph"}},
           Row{{photo, "--gnere", "scifi"}, {"--gnere"}},
           Row{{photo, "--genre", "western"}, {"western", "scifi", "thriller"}},
           Row{{photo, "--words", "0"}, {"--words"}},
           Row{{photo, "--words", "many"}, {"--words", "many"}},
           Row{{photo, "--captions", "-1"}, {"--captions"}},
           Row{{photo, "--temperature", "nan"}, {"--temperature"}},
           Row{{photo, "--temperature", "-1"}, {"--temperature"}},
           Row{{photo, "--seed", "-1"}, {"--seed"}},
           Row{{photo, "--sampling", "dice"}, {"dice", "top-p"}},
           Row{{photo, "--top-p", "1.5"}, {"--top-p"}},
           Row{{photo, "--genre"}, {"--genre"}},
       }) {
    std::vector<std::string> arguments = {"--pack", pack_file().string()};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    CAPTURE(row.said[0]);
    check_refusal("p2s-generate", run_program("p2s-generate", arguments), 2, row.said);
  }
}
