#include "features/feature_pairs.h"

#include <doctest/doctest.h>

#include <cstring>

#include "nn/base/files.h"
#include "nn/base/npy_header.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

void write_npy(const fs::path& path, int64_t rows, const std::vector<float>& numbers) {
  std::string bytes(numbers.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  write_atomically(path, npy_header({rows, int64_t(numbers.size()) / rows}) + bytes);
}

}  // namespace

TEST_CASE("feature pairs: several captions follow each other for a photograph") {
  const TemporaryFolder folder;
  write_npy(folder / "a_ims.npy", 2, {1, 2, 3, 4});
  write_atomically(folder / "a_caps.txt", "a dog\nthe dog\na cat\nthe cat\n");
  const CaptionedFeatures data = read_feature_pair(folder / "a_ims.npy", Device::ref);
  CHECK(data.features.to_host() == std::vector<real>{1, 2, 3, 4});
  CHECK(data.image == std::vector<int32_t>{0, 0, 1, 1});
  CHECK(data.texts[2] == "a cat");
}

TEST_CASE("feature pairs: a photograph's row is repeated for each caption") {
  const TemporaryFolder folder;
  write_npy(folder / "a_ims.npy", 3, {1, 2, 1, 2, 3, 4});
  write_atomically(folder / "a_caps.txt", "a dog\nthe dog\na cat\n");
  const CaptionedFeatures data = read_feature_pair(folder / "a_ims.npy", Device::ref);
  CHECK(data.features.to_host() == std::vector<real>{1, 2, 3, 4});
  CHECK(data.image == std::vector<int32_t>{0, 0, 1});
  const CaptionedFeatures two = joined({data, data});
  CHECK(two.images() == 4);
  CHECK(two.image == std::vector<int32_t>{0, 0, 1, 2, 2, 3});
  CHECK(two.features.to_host() == std::vector<real>{1, 2, 3, 4, 1, 2, 3, 4});
}

TEST_CASE("feature pairs: what does not fit is named") {
  const TemporaryFolder folder;
  const auto refusal = [&](ErrorCode code, const char* name) {
    return thrown_message(code, [&] { read_feature_pair(folder / name, Device::ref); });
  };
  write_npy(folder / "a_ims.npy", 2, {1, 2, 3, 4});
  CHECK(contains(refusal(ErrorCode::io, "a_ims.npy"), "a_caps.txt"));
  write_atomically(folder / "a_caps.txt", "a dog\nthe dog\na cat\n");
  CHECK(contains(refusal(ErrorCode::format, "a_ims.npy"), "3 captions for the 2 rows"));
  write_atomically(folder / "a_caps.txt", "a dog\n\na cat\nthe cat\n");
  CHECK(contains(refusal(ErrorCode::format, "a_ims.npy"), "a_caps.txt: line 2 is blank"));
  CHECK(contains(refusal(ErrorCode::usage, "features.npy"), "does not end in _ims.npy"));
  CaptionedFeatures other;
  other.features = Tensor({1, 3}, Device::ref, real(0));
  write_atomically(folder / "a_caps.txt", "a dog\na cat\n");
  const CaptionedFeatures data = read_feature_pair(folder / "a_ims.npy", Device::ref);
  CHECK(contains(thrown_message(ErrorCode::usage,
                                [&] {
                                  joined({data, other});
                                }),
                 "features of 2 and of 3"));
}
