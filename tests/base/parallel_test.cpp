#include "nn/base/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace p2s;

TEST_CASE("every place is visited once, in ranges that are not too small") {
  set_threads(3);
  for (int64_t count : {0, 1, 7, 100, 1001}) {
    for (int64_t grain : {0, 1, 10, 5000}) {
      CAPTURE(count);
      CAPTURE(grain);
      std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
      std::atomic<int64_t> smallest = count;
      parallel_for(count, grain, [&](int64_t begin, int64_t end) {
        int64_t least = smallest;
        while (end - begin < least && !smallest.compare_exchange_weak(least, end - begin)) {
        }
        for (int64_t i = begin; i < end; ++i) ++visits[size_t(i)];
      });
      for (const auto& visit : visits) CHECK(visit == 1);
      CHECK((smallest >= grain || smallest == count));
    }
  }
  set_threads(0);
}

TEST_CASE("large work is shared among the threads, small work is not") {
  set_threads(3);
  CHECK(threads() == 3);
  std::mutex mutex;
  std::set<std::thread::id> workers;
  const auto note = [&](int64_t, int64_t) {
    const std::lock_guard lock(mutex);
    workers.insert(std::this_thread::get_id());
  };
  parallel_for(300, 1, note);
  CHECK(workers.size() == 3);
  workers.clear();
  parallel_for(300, 200, note);
  CHECK(workers == std::set{std::this_thread::get_id()});
  set_threads(0);
  CHECK(threads() >= 1);
}

TEST_CASE("inside a parallel region the work stays on its thread") {
  set_threads(2);
  std::atomic<int> foreign = 0, total = 0, calls = 0;
  parallel_for(2, 1, [&](int64_t, int64_t) {
    const auto outer = std::this_thread::get_id();
    parallel_for(10, 1, [&](int64_t begin, int64_t end) {
      total += int(end - begin), ++calls;
      foreign += std::this_thread::get_id() == outer ? 0 : 1;
    });
  });
  CHECK(total == 20);
  CHECK(foreign == 0);
  CHECK(calls == 2);
  set_threads(0);
}

TEST_CASE("denormal numbers are 0 in a thread that flushes them, and in those it starts") {
  const auto halved = [] {
    volatile float smallest = 1.2e-38f;
    return smallest * 0.25f;
  };
  float own = 1, started = 1;
  std::thread([&] {
    flush_denormals();
    own = halved();
    std::thread([&] { started = halved(); }).join();
  }).join();
  CHECK(own == 0);
  CHECK(started == 0);
  CHECK(halved() > 0);
}
