#pragma once

#include <algorithm>
#include <vector>

#include "kernels/cpu/grain.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/vector.h"
#include "nn/base/parallel.h"

// Sums of products over all places of some images, as gradients of filters are. A Work takes some
// places at a time through both steps:
//   begin(first, count)       the next places
//   read(b, e)                what is to be multiplied of places [b, e) of them
//   jobs()                    parts of the products
//   multiply(job, add, sums)  sums (+)= the products of one part
namespace p2s::cpu {

// The places in parts, each with sums of its own, and how many are taken at a time; what is read of
// each place.
struct Lots {
  int64_t places, parts, most, each;
};

// `sums` and `each`: numbers of the sums, and of what is multiplied of one place. Narrow layers are
// shared out by places: what a thread reads, and its sums, stay in its second cache. Wide ones are
// taken by all threads together, so that their sums are read and written a few times only.
inline Lots lots_of(int64_t places, int64_t sums, int64_t each) {
  constexpr int64_t kNarrow = 384 << 10, kOwn = 384 << 10, kShared = 4 << 20;
  const int64_t own = std::clamp<int64_t>(kOwn / each / kLanes * kLanes, 4 * kLanes, 512);
  if (sums <= kNarrow && places >= own * threads()) return {places, threads(), own, each};
  return {places, 1, std::clamp<int64_t>(kShared / each, kLanes, std::max<int64_t>(kLanes, places)),
          each};
}

// sums[part] (+)= the products of each part; make() gives a Work for lots.most places.
template <class Make>
void sum_products(const Lots& lots, Make&& make, const std::vector<real*>& sums, bool accumulate) {
  if (lots.parts > 1) {
    return parallel_for(lots.parts, 1, [&](int64_t part, int64_t last_part) {
      auto work = make();
      for (; part < last_part; ++part) {
        const int64_t begin = lots.places * part / lots.parts;
        const int64_t end = lots.places * (part + 1) / lots.parts;
        for (int64_t first = begin; first < end; first += lots.most) {
          const int64_t count = std::min(lots.most, end - first);
          work.begin(first, count);
          work.read(0, count);
          for (int64_t job = 0; job < work.jobs(); ++job) {
            work.multiply(job, (accumulate && part == 0) || first > begin, sums[size_t(part)]);
          }
        }
      }
    });
  }
  auto work = make();
  for (int64_t first = 0; first < lots.places; first += lots.most) {
    const int64_t count = std::min(lots.most, lots.places - first);
    work.begin(first, count);
    parallel_for(ceil_divide(count, kLanes), row_grain(kLanes * lots.each, kMoveGrain),
                 [&](int64_t begin, int64_t end) {
                   work.read(begin * kLanes, std::min(count, end * kLanes));
                 });
    parallel_for(work.jobs(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t job = begin; job < end; ++job) {
        work.multiply(job, accumulate || first > 0, sums[0]);
      }
    });
  }
}

}  // namespace p2s::cpu
