#include "train/export_encoder.h"

#include <doctest/doctest.h>

#include "features/word_list.h"
#include "models/model_files.h"
#include "models/skip_thought.h"
#include "nn/base/files.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// A combine-skip run's model file: two models of the same words.
fs::path write_run(const TemporaryFolder& folder) {
  const WordList words = tiny_words();
  const auto count = int64_t(words.words.size());
  Rng rng(3);
  std::vector<SkipThought> parts;
  for (const bool both : {false, true}) {
    parts.emplace_back(
        SkipThoughtConfig{.vocabulary = count, .embedding = 4, .hidden = 6, .bidirectional = both},
        Device::cpu, rng);
  }
  ModelFileWriter file(folder / "model.h5");
  write_model(file, parts);
  write_words(file, words);
  file.finish();
  return folder / "model.h5";
}

}  // namespace

TEST_CASE("export-encoder: the encoder alone, with its words") {
  const TemporaryFolder folder;
  const fs::path run = write_run(folder), out = folder / "encoder.h5";
  const ThoughtEncoder whole = read_thought_encoder(ModelFileReader(run), Device::cpu);
  for (const char* storing : {"half", "float"}) {
    CAPTURE(storing);
    export_encoder({run, out, storing});
    CHECK(fs::file_size(out) < fs::file_size(run));
    const ModelFileReader file(out);
    CHECK(read_words(file).words == tiny_words().words);
    const ThoughtEncoder alone = read_thought_encoder(file, Device::cpu);
    REQUIRE(alone.parts.size() == 2);
    CHECK(alone.size() == whole.size());
    for (size_t i = 0; i < 2; ++i) {
      const std::vector<real> a = alone.parts[i].words.value.to_host(),
                              b = whole.parts[i].words.value.to_host();
      REQUIRE(a.size() == b.size());
      for (size_t k = 0; k < a.size(); ++k)
        CHECK(double(a[k]) == doctest::Approx(b[k]).epsilon(1e-3));
    }
  }
}

TEST_CASE("export-encoder: the new words of an expanded encoder come along") {
  const TemporaryFolder folder;
  ThoughtEncoder encoder = read_thought_encoder(ModelFileReader(write_run(folder)), Device::cpu);
  ModelFileWriter file(folder / "expanded.h5");
  write_thought_encoder(file, encoder);
  write_words(file, tiny_words());
  write_more_words(file, "expanded.words");
  file.finish();
  write_atomically(folder / "expanded.words", "the table");
  export_encoder({folder / "expanded.h5", folder / "encoder.h5"});
  CHECK(more_words_of(ModelFileReader(folder / "encoder.h5")) == folder / "encoder.words");
  CHECK(read_file(folder / "encoder.words") == "the table");
  const auto said = [&](const char* name) {
    return thrown_message(ErrorCode::usage, [&] {
      export_encoder({folder / "expanded.h5", folder / name});
    });
  };
  CHECK(contains(said("expanded.hdf5"), "another name"));
  CHECK(contains(said("expanded.words"), "ends in .h5"));
  CHECK(read_file(folder / "expanded.words") == "the table");
}
