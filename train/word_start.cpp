#include "train/word_start.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "data/word_vector_file.h"
#include "features/word_list.h"
#include "models/model_files.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "train/book_options.h"

namespace p2s {
namespace {

bool is_hdf5(const std::filesystem::path& path) {
  require_file(path);
  char start[4] = {};
  std::ifstream(path, std::ios::binary).read(start, sizeof(start));
  return std::memcmp(start, "\x89HDF", sizeof(start)) == 0;
}

void require_size(const std::filesystem::path& path, int64_t size, int64_t wanted,
                  const std::string& flag) {
  check(size == wanted, ErrorCode::usage, "--word-vectors {}: vectors of {} numbers; give {} {}",
        path.string(), size, flag, size);
}

// Calls found(id, vector) for every word of the vocabulary that the file has.
template <class Found>
void read_model_file(const std::filesystem::path& path, const Vocabulary& vocabulary, int64_t size,
                     const std::string& flag, Found&& found) {
  const ModelFileReader file(path);
  const Tensor vectors = read_content_words(file, Device::ref);
  check(vectors.defined(), ErrorCode::usage,
        "--word-vectors {}: has no word vectors; make them with p2s-train words", path.string());
  require_size(path, vectors.shape()[1], size, flag);
  const Vocabulary known = vocabulary_of(read_words(file));
  const std::vector<real> from = vectors.to_host();
  for (int32_t id = 2; id < vocabulary.size(); ++id) {
    const int32_t row = known.id(vocabulary.word(id));
    if (row != Vocabulary::kUnknown) found(id, from.data() + row * size);
  }
}

// The same; a word in its usual spelling goes before one in lower case, the first of several before
// later ones.
template <class Found>
void read_word_vector_file(const std::filesystem::path& path, const Vocabulary& vocabulary,
                           int64_t size, const std::string& flag, Found&& found) {
  WordVectorFile file(path);
  require_size(path, file.dimension(), size, flag);
  std::vector<uint8_t> best(size_t(vocabulary.size()), 0);
  std::string word;
  for (std::vector<float> vector; file.next(word, vector);) {
    const int32_t id = vocabulary.id(word);
    if (id == Vocabulary::kUnknown) continue;
    const uint8_t fits = word == vocabulary.spelling(id) ? 3 : word == vocabulary.word(id) ? 2 : 1;
    if (fits <= best[size_t(id)]) continue;
    best[size_t(id)] = fits;
    found(id, vector.data());
  }
}

}  // namespace

void start_words(const Var& table, const Vocabulary& vocabulary, const std::filesystem::path& path,
                 const std::string& size_flag) {
  const int64_t size = table.shape()[1];
  std::vector<real> to = table.value.to_host();
  std::vector<uint8_t> known(size_t(vocabulary.size()), 0);
  const auto found = [&](int32_t id, const real* vector) {
    std::copy_n(vector, size, to.begin() + id * size);
    known[size_t(id)] = 1;
  };
  if (is_hdf5(path)) {
    read_model_file(path, vocabulary, size, size_flag, found);
  } else {
    read_word_vector_file(path, vocabulary, size, size_flag, found);
  }
  table.value.copy_from(Tensor(table.shape(), table.value.device(), to));
  spdlog::info("{}: vectors of {} of the {} words", path.string(),
               std::count(known.begin(), known.end(), 1), vocabulary.size());
}

}  // namespace p2s
