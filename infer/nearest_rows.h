#pragma once

#include <cstdint>
#include <vector>

#include "infer/mapped_vectors.h"

namespace p2s {

struct NearRow {
  int64_t row = 0;
  double cosine = 0;
};

// Of each query [Q,D] the `count` rows with the highest cosine, the best first, of equal ones the
// earlier. Every row is looked at, block by block, by all threads, for all queries at once. Rows of
// zeros are passed over.
std::vector<std::vector<NearRow>> nearest_rows(const MappedVectors& vectors,
                                               const std::vector<float>& queries, int64_t count);

}  // namespace p2s
