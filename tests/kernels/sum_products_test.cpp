#include "kernels/cpu/sum_products.h"

#include <doctest/doctest.h>

#include <numeric>

namespace p2s::cpu {
namespace {

constexpr int64_t kJobs = 3;

// Sum `job` is of (job + 1) times the places' numbers.
class Weighted {
 public:
  Weighted(const std::vector<real>& numbers, int64_t most)
      : numbers_(numbers), read_(size_t(most), -1) {}
  void begin(int64_t first, int64_t count) {
    first_ = first, count_ = count;
    CHECK(count <= int64_t(read_.size()));
  }
  void read(int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) read_[size_t(i)] = numbers_[size_t(first_ + i)];
  }
  int64_t jobs() const { return kJobs; }
  void multiply(int64_t job, bool add, real* sums) const {
    const real sum = std::accumulate(read_.begin(), read_.begin() + count_, real(0));
    sums[job] = (add ? sums[job] : 0) + real(job + 1) * sum;
  }

 private:
  const std::vector<real>& numbers_;
  std::vector<real> read_;
  int64_t first_ = 0, count_ = 0;
};

}  // namespace

TEST_CASE("sums over places are the same in parts, in lots and in one piece") {
  std::vector<real> numbers(100);
  std::iota(numbers.begin(), numbers.end(), real(1));
  for (const Lots& lots : {Lots{100, 1, 112, 1}, Lots{100, 1, 32, 1}, Lots{100, 3, 16, 1}}) {
    for (const bool accumulate : {false, true}) {
      CAPTURE(lots.parts);
      CAPTURE(lots.most);
      std::vector<std::vector<real>> parts(size_t(lots.parts), std::vector<real>(kJobs, 7));
      std::vector<real*> sums;
      for (auto& part : parts) sums.push_back(part.data());
      sum_products(
          lots, [&] { return Weighted(numbers, lots.most); }, sums, accumulate);
      for (int64_t job = 0; job < kJobs; ++job) {
        real sum = 0;
        for (const auto& part : parts) sum += part[size_t(job)];
        CHECK(sum == real(5050 * (job + 1) + (accumulate ? 7 : 0)));
      }
    }
  }
}

TEST_CASE("narrow layers sum in parts, wide ones and few places together") {
  CHECK(lots_of(1 << 20, 1 << 10, 64).parts == threads());
  CHECK(lots_of(1 << 20, 1 << 20, 64).parts == 1);
  CHECK(lots_of(16, 1 << 10, 64).parts == 1);
  CHECK(lots_of(1 << 20, 1 << 20, 4096).most == 1024);
}

}  // namespace p2s::cpu
