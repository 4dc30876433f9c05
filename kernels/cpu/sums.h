#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "nn/base/parallel.h"

// Sums over short stretches in the type of the terms (float), which are added up in double. The
// order depends on the sizes only, never on the number of threads.
namespace p2s::cpu {

// term(begin) + ... + term(end - 1), on the calling thread. Lanes that are added up at the end: one
// chain of additions would wait for each of them.
template <class Term>
double sum_range(int64_t begin, int64_t end, Term term) {
  constexpr int64_t kLanes = 32, kStretch = 128 * kLanes;
  using Number = std::remove_cvref_t<decltype(term(begin))>;
  double total = 0;
  for (int64_t i = begin; i < end;) {
    const int64_t last = std::min(end, i + kStretch);
    Number lanes[kLanes] = {};
    for (; i + kLanes <= last; i += kLanes) {
#pragma omp simd
      for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
    }
    for (; i < last; ++i) lanes[0] += term(i);
    Number part = 0;
    for (Number lane : lanes) part += lane;
    total += double(part);
  }
  return total;
}

// The same for i in [0, n), threaded.
template <class Term>
double sum_parallel(int64_t n, Term&& term) {
  constexpr int64_t kBlock = 32768;
  const int64_t blocks = (n + kBlock - 1) / kBlock;
  std::vector<double> parts(static_cast<size_t>(blocks));
  parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      parts[size_t(b)] = sum_range(b * kBlock, std::min(n, (b + 1) * kBlock), term);
    }
  });
  double total = 0;
  for (double part : parts) total += part;
  return total;
}

// sums[c] += sum over rows [begin, end) of term(row, left + c)
template <class Term>
void add_rows(int64_t begin, int64_t end, int64_t left, int64_t width, float* sums, Term term) {
  for (int64_t r = begin; r < end; ++r) {
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) sums[c] += term(r, left + c);
  }
}

// totals[k][c] = sum over rows of terms[k](row, c), threaded over blocks of rows and strips of
// columns; what several terms read comes from memory once.
template <class... Terms>
std::array<std::vector<double>, sizeof...(Terms)> sums_of_columns(int64_t rows, int64_t columns,
                                                                  const Terms&... terms) {
  constexpr int64_t kStrip = 256, kBlock = 1024, kStretch = 16;
  constexpr size_t kTerms = sizeof...(Terms);
  const int64_t strips = (columns + kStrip - 1) / kStrip;
  const int64_t blocks = std::max<int64_t>(1, (rows + kBlock - 1) / kBlock);
  std::array<std::vector<double>, kTerms> parts;
  for (auto& part : parts) part.resize(size_t(blocks * columns), 0.0);
  const int64_t grain = std::max<int64_t>(1, 32768 / (kStrip * std::min(rows + 1, kBlock)));
  parallel_for(blocks * strips, grain, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t block = task / strips, left = task % strips * kStrip;
      const int64_t width = std::min(kStrip, columns - left);
      const int64_t bottom = std::min(rows, (block + 1) * kBlock);
      for (int64_t first = block * kBlock; first < bottom; first += kStretch) {
        float sums[kTerms][kStrip] = {};
        const int64_t last = std::min(bottom, first + kStretch);
        size_t next = 0;
        (add_rows(first, last, left, width, sums[next++], terms), ...);
        for (size_t k = 0; k < kTerms; ++k) {
          double* totals = parts[k].data() + block * columns + left;
          for (int64_t c = 0; c < width; ++c) totals[c] += double(sums[k][c]);
        }
      }
    }
  });
  for (auto& part : parts) {
    for (int64_t block = 1; block < blocks; ++block) {
      for (int64_t c = 0; c < columns; ++c) part[size_t(c)] += part[size_t(block * columns + c)];
    }
    part.resize(size_t(columns));
  }
  return parts;
}

template <class Term>
std::vector<double> sum_columns(int64_t rows, int64_t columns, const Term& term) {
  return sums_of_columns(rows, columns, term)[0];
}

}  // namespace p2s::cpu
