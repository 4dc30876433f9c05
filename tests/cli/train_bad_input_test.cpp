#include <doctest/doctest.h>

#include "nn/base/files.h"
#include "tests/cli/photo_and_pack.h"
#include "tests/cli/program.h"
#include "tests/cli/small_books.h"
#include "tests/temporary_folder.h"

using namespace p2s;
using namespace p2s::test;

namespace {

struct Row {
  std::vector<std::string> arguments;
  std::vector<std::string> said;
};

ProgramOptions in_folder(const TemporaryFolder& folder) {
  ProgramOptions options;
  options.folder = folder.path();
  options.environment = {"P2S_CACHE=" + (folder / "cache").string()};
  return options;
}

const std::vector<std::string> kSmall = {"--steps",  "2", "--batch",     "4",
                                         "--hidden", "8", "--embedding", "8"};

std::vector<std::string> small(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), kSmall.begin(), kSmall.end());
  return arguments;
}

}  // namespace

TEST_CASE("p2s-train refuses mistakes in its flags, in one line") {
  const TemporaryFolder folder;
  write_atomically(folder / "bad.toml", "hiden=3\n");
  write_atomically(folder / "broken.toml", "steps = = [\n");
  for (const Row& row : {
           Row{{}, {"no command", "skipthought"}},
           Row{{"skip"}, {"skip", "skipthought"}},
           Row{{"skipthought"}, {"--out"}},
           Row{{"skipthought", "--out", "run"}, {"--corpus"}},
           Row{{"skipthought", "--out", "run", "--hiden", "3"}, {"--hiden"}},
           Row{{"skipthought", "--out", "run", "--batch", "0"}, {"--batch", "0"}},
           Row{{"skipthought", "--out", "run", "--batch", "1.5"}, {"--batch"}},
           Row{{"skipthought", "--out", "run", "--lr", "nan"}, {"--lr"}},
           Row{{"skipthought", "--out", "run", "--precision", "fp64"}, {"fp64", "bf16"}},
           Row{{"skipthought", "--out", "run", "--softmax", "fast"}, {"fast", "adaptive"}},
           Row{{"skipthought", "--out", "run", "--config", "bad.toml"}, {"bad.toml", "hiden"}},
           Row{{"skipthought", "--out", "run", "--config", "broken.toml"}, {"--steps"}},
           Row{{"skipthought", "--out", "run", "--config", "none.toml"}, {"none.toml"}},
           Row{{"decoder", "--out", "run"}, {"--encoder"}},
           Row{{"vse", "--out", "run"}, {"--coco"}},
           Row{{"style", "--out", "style.h5"}, {"--corpus", "--captions"}},
           Row{{"pack", "--out", "pack.h5"}, {"--vse"}},
           Row{{"import-cnn"}, {"--out"}},
       }) {
    CAPTURE(row.said[0]);
    check_refusal("p2s-train", run_program("p2s-train", row.arguments, in_folder(folder)), 2,
                  row.said);
  }
}

TEST_CASE("p2s-train refuses books that are none") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "empty");
  fs::create_directories(folder / "binary");
  write_atomically(folder / "binary" / "a.txt", std::string(5000, '\0'));
  write_atomically(folder / "file.txt", "A book.\n");
  for (const char* books : {"empty", "binary", "file.txt", "missing"}) {
    CAPTURE(books);
    const Outcome outcome =
        run_program("p2s-train",
                    small({"skipthought", "--corpus", books, "--out", std::string(books) + "-run"}),
                    in_folder(folder));
    check_failure("p2s-train", outcome, 1, {books});
  }
}

TEST_CASE("p2s-train refuses captions that are broken, with the place") {
  const TemporaryFolder folder;
  const std::string whole =
      R"({"images":[{"id":1,"file_name":"a.png"}],"annotations":[{"image_id":1,"caption":"A dog."}]})";
  write_atomically(folder / "cut.json", whole.substr(0, 60));
  write_atomically(folder / "types.json", R"({"images":[{"id":"one","file_name":7}]})");
  write_atomically(folder / "no_photograph.json", whole);
  write_atomically(folder / "empty.json", "");
  for (const char* json : {"cut.json", "types.json", "no_photograph.json", "empty.json"}) {
    CAPTURE(json);
    const Outcome outcome = run_program("p2s-train",
                                        {"vse", "--coco", json, "--validation", json, "--convnet",
                                         pack_file().string(), "--out", "run"},
                                        in_folder(folder));
    check_failure("p2s-train", outcome, 1, {json});
  }
}

TEST_CASE("p2s-train refuses model files that are damaged or of another kind") {
  const TemporaryFolder folder;
  write_small_books(folder / "books");
  write_atomically(folder / "cut.h5", pack_bytes().substr(0, 1000));
  write_atomically(folder / "text.h5", "Not a model.");
  for (const char* file : {"cut.h5", "text.h5", "missing.h5", "books"}) {
    CAPTURE(file);
    const std::string run = std::string(file) + "-run";
    check_failure(
        "p2s-train",
        run_program("p2s-train",
                    small({"decoder", "--corpus", "books", "--encoder", file, "--out", run}),
                    in_folder(folder)),
        1, {file});
    check_failure(
        "p2s-train",
        run_program("p2s-train", {"import-cnn", file, "--out", "convnet.h5"}, in_folder(folder)), 1,
        {file});
    CHECK(!fs::exists(folder / "convnet.h5"));
  }
}

TEST_CASE("p2s-train import-cnn runs nothing that a weight file holds") {
  const TemporaryFolder folder;
  // What torch.load would run: os.system("touch pwned"), in the legacy layout after its header.
  const std::string header("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  const std::string call = "cos\nsystem\nX" + std::string("\x0b\0\0\0", 4) + "touch pwned\x85R.";
  write_atomically(folder / "evil.pth",
                   header + std::string("\x80\x02M\xe9\x03.\x80\x02}.\x80\x02", 12) + call);
  write_atomically(folder / "bare.pth", std::string("\x80\x02", 2) + call);
  const auto import = [&](const char* file) {
    return run_program("p2s-train", {"import-cnn", file, "--out", "net.h5"}, in_folder(folder));
  };
  check_refusal("p2s-train", import("evil.pth"), 1, {"evil.pth", "os.system is not allowed"});
  check_refusal("p2s-train", import("bare.pth"), 1, {"bare.pth", "nothing of it was run"});
  CHECK(folder.files() == 2);
}

TEST_CASE("p2s-train keeps an earlier run, and a full disk leaves nothing half-written") {
  const TemporaryFolder folder;
  write_small_books(folder / "books");
  const std::vector<std::string> arguments =
      small({"skipthought", "--corpus", "books", "--out", "run", "--vocab", "50"});
  REQUIRE(run_program("p2s-train", arguments, in_folder(folder)).status == 0);
  check_failure("p2s-train", run_program("p2s-train", arguments, in_folder(folder)), 2,
                {"run", "--resume"});
  std::vector<std::string> other = arguments;
  other.insert(other.end(), {"--resume", "--seed", "9"});
  check_failure("p2s-train", run_program("p2s-train", other, in_folder(folder)), 2, {"seed"});

  ProgramOptions full = in_folder(folder);
  full.largest_file = 3000;  // the books' cache is there already
  std::vector<std::string> elsewhere = arguments;
  elsewhere[4] = "full";
  check_failure("p2s-train", run_program("p2s-train", elsewhere, full), 1, {"full"});
  CHECK(!fs::exists(folder / "full" / "model.h5"));
  CHECK(!fs::exists(folder / "full" / "last.h5"));
}

TEST_CASE("p2s-train names a run folder that cannot be made") {
  const TemporaryFolder folder;
  write_atomically(folder / "file", "in the way");
  check_failure(
      "p2s-train",
      run_program("p2s-train", small({"skipthought", "--corpus", ".", "--out", "file/run"}),
                  in_folder(folder)),
      1, {"file/run"});
}
