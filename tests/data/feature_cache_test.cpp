#include "data/feature_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "tests/captured_log.h"
#include "tests/file_size_limit.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

constexpr uint64_t kKey = 42;

std::vector<float> vector_of(uint64_t image) {
  return {float(image), float(image) + 0.25f, -float(image)};
}

bool holds(const FeatureCache& cache, uint64_t image) {
  const auto found = cache.find(image);
  return found && std::ranges::equal(*found, vector_of(image));
}

// A cache file with the images 3, 1 and 2.
void fill(const fs::path& folder) {
  FeatureCache cache(kKey, 3, folder);
  for (const uint64_t image : {3, 1, 2}) cache.add(image, vector_of(image));
  cache.save();
}

}  // namespace

TEST_CASE("vectors are found again, before and after saving and by the next cache") {
  const TemporaryFolder folder;
  FeatureCache cache(kKey, 3, folder.path());
  for (const uint64_t image : {30, 10, 20}) cache.add(image, vector_of(image));
  CHECK(holds(cache, 20));
  CHECK_FALSE(cache.find(25));
  CHECK(cache.unsaved() == 3);
  cache.save();
  CHECK(cache.unsaved() == 0);
  CHECK(cache.size() == 3);
  cache.add(15, vector_of(15));
  cache.save();
  const FeatureCache next(kKey, 3, folder.path());
  CHECK(next.size() == 4);
  for (const uint64_t image : {10, 15, 20, 30}) CHECK(holds(next, image));
  CHECK_FALSE(next.find(0));
  CHECK_FALSE(next.find(31));
  CHECK(folder.files() == 1);
}

TEST_CASE("two caches on one file keep each other's vectors") {
  const TemporaryFolder folder;
  FeatureCache a(kKey, 3, folder.path()), b(kKey, 3, folder.path());
  a.add(1, vector_of(1));
  b.add(2, vector_of(2));
  a.save();
  b.save();
  const FeatureCache both(kKey, 3, folder.path());
  CHECK(holds(both, 1));
  CHECK(holds(both, 2));
}

TEST_CASE("another key has another file, another width starts anew") {
  const TemporaryFolder folder;
  fill(folder.path());
  CHECK(FeatureCache(kKey + 1, 3, folder.path()).size() == 0);
  {
    const CapturedLog log;
    CHECK(FeatureCache(kKey, 2, folder.path()).size() == 0);
    CHECK(contains(log.text(), "no feature cache of this version; it is made anew"));
  }
  FeatureCache cache(kKey, 3, folder.path());
  CHECK(cache.size() == 3);
  thrown_message(ErrorCode::internal, [&] { cache.add(9, std::vector<float>(2)); });
}

TEST_CASE("a cache that is cut or altered anywhere is made anew") {
  const TemporaryFolder folder;
  fill(folder.path());
  const fs::path file = FeatureCache(kKey, 3, folder.path()).path();
  const std::string whole = read_file(file);
  const CapturedLog log;
  const auto size_with = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    return FeatureCache(kKey, 3, folder.path()).size();
  };
  for (size_t size = 0; size < whole.size(); size += 5) {
    CAPTURE(size);
    CHECK(size_with(whole.substr(0, size)) == 0);
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    const bool unused = at >= 40 && at < 64;
    if (unused) continue;
    CAPTURE(at);
    std::string altered = whole;
    altered[at] ^= 1;
    CHECK(size_with(altered) == 0);
  }
  CHECK(contains(log.text(), "damaged; it is made anew"));
  fill(folder.path());
  CHECK(holds(FeatureCache(kKey, 3, folder.path()), 2));
}

TEST_CASE("a full disk leaves the older file and the new vectors in memory") {
  const TemporaryFolder folder;
  fill(folder.path());
  FeatureCache cache(kKey, 3, folder.path());
  for (uint64_t image = 10; image < 200; ++image) cache.add(image, vector_of(image));
  {
    const FileSizeLimit limit(1024);
    CHECK(contains(thrown_message(ErrorCode::io, [&] { cache.save(); }), "cannot write"));
  }
  CHECK(folder.files() == 1);
  CHECK(holds(cache, 150));
  CHECK(holds(FeatureCache(kKey, 3, folder.path()), 1));
}
