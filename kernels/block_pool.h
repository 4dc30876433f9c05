#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace p2s {

// What a pool holds. A steady training step leaves `system_blocks` as it was.
struct MemoryCounts {
  size_t system_blocks = 0;  // blocks asked from the system so far
  size_t used_bytes = 0;     // in blocks that are handed out
  size_t kept_bytes = 0;     // in freed blocks that wait for the next step
  size_t peak_bytes = 0;     // the most that used_bytes has been
};

// Memory that is kept from step to step: free lists by capacity. A request takes the smallest kept
// block that holds it and is at most four times as large: batches of other lengths then share their
// memory. What is kept and used together stays below 5/4 of the most that was ever used at once:
// beyond that, the largest kept blocks go back to the system first. Safe to call from any thread.
class BlockPool {
 public:
  struct System {
    void* (*allocate)(size_t bytes);  // null: there is no more
    void (*release)(void* block);
  };
  // Without `keep` nothing is kept.
  explicit BlockPool(const System& system, bool keep = true) : system_(system), keep_(keep) {}

  // Null where the system has no more, even after all that was kept has gone back to it.
  void* take(size_t bytes);
  // `bytes` as take() was asked for.
  void give(void* block, size_t bytes);
  // All that is kept, to the system.
  void give_back();
  MemoryCounts counts();

 private:
  using Lists = std::map<size_t, std::vector<void*>>;
  void count_use(size_t bytes);
  void* take_kept(size_t bytes);
  void* pop(Lists::iterator list);
  void trim(size_t bound);

  const System system_;
  const bool keep_;
  std::mutex mutex_;
  Lists free_;                                // no list is empty
  std::unordered_map<void*, size_t> larger_;  // capacities of blocks larger than was asked for
  MemoryCounts counts_;
};

}  // namespace p2s
