#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace p2s {

// Threads used by every CPU kernel (ours and oneDNN's, which share one OpenMP team).
// 0 restores the default: the cores this process may run on.
void set_threads(int count);
int threads();
// Threads at work where this is called: 1 but inside of parallel_for.
int threads_at_work();

// Numbers below 1.2e-38 count as 0 from here on, in this thread and those that it starts: products
// of them take ten times as long, and a network that has learned its batch by heart makes many.
void flush_denormals();

namespace detail {
void run_parallel(int64_t count, int64_t grain, void (*body)(void*, int64_t, int64_t),
                  void* context);
}

// Calls body(begin, end) over disjoint ranges that cover [0, count). Ranges hold at least `grain`
// items, so small work stays on the calling thread. The split depends only on count, grain and the
// number of threads: results are the same from run to run.
template <class Body>
void parallel_for(int64_t count, int64_t grain, Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  detail::run_parallel(
      count, grain,
      [](void* context, int64_t begin, int64_t end) {
        (*static_cast<Plain*>(context))(begin, end);
      },
      const_cast<std::remove_const_t<Plain>*>(&body));
}

}  // namespace p2s
