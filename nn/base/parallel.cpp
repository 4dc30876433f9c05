#include "nn/base/parallel.h"

#include <omp.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <algorithm>

namespace p2s {

void set_threads(int count) { omp_set_num_threads(count > 0 ? count : omp_get_num_procs()); }

int threads() { return omp_get_max_threads(); }

int threads_at_work() { return omp_get_num_threads(); }

void flush_denormals() {
#ifdef __x86_64__
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  _MM_SET_DENORMALS_ZERO_MODE(_MM_DENORMALS_ZERO_ON);
#endif
}

namespace detail {

void run_parallel(int64_t count, int64_t grain, void (*body)(void*, int64_t, int64_t),
                  void* context) {
  if (count <= 0) return;
  const int64_t parts =
      std::clamp<int64_t>(count / std::max<int64_t>(grain, 1), 1, omp_get_max_threads());
  if (parts == 1 || omp_in_parallel()) {
    body(context, 0, count);
    return;
  }
#pragma omp parallel for schedule(static, 1) num_threads(int(parts))
  for (int64_t part = 0; part < parts; ++part) {
    body(context, count * part / parts, count * (part + 1) / parts);
  }
}

}  // namespace detail
}  // namespace p2s
