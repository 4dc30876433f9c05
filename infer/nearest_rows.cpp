#include "infer/nearest_rows.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"

namespace p2s {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<const Rows>;

constexpr int64_t kBlock = 1024;
constexpr int64_t kRound = 1 << 18;  // rows between two looks at Ctrl-C

bool better(const NearRow& a, const NearRow& b) {
  return a.cosine != b.cosine ? a.cosine > b.cosine : a.row < b.row;
}

// The best so far; the worst of them in front.
class Best {
 public:
  void offer(const NearRow& row, size_t count) {
    if (rows_.size() == count) {
      if (!better(row, rows_.front())) return;
      std::pop_heap(rows_.begin(), rows_.end(), better);
      rows_.back() = row;
    } else {
      rows_.push_back(row);
    }
    std::push_heap(rows_.begin(), rows_.end(), better);
  }
  const std::vector<NearRow>& rows() const { return rows_; }

 private:
  std::vector<NearRow> rows_;
};

// Rows [begin, end) against all unit queries [Q,D].
void offer_block(const MappedVectors& vectors, const Rows& queries, int64_t begin, int64_t end,
                 size_t count, std::vector<Best>& best) {
  const Map rows(vectors.rows(begin, end).data(), end - begin, vectors.columns());
  const Eigen::MatrixXf products = rows * queries.transpose();
  const Eigen::VectorXf lengths = rows.rowwise().norm();
  for (int64_t q = 0; q < queries.rows(); ++q) {
    for (int64_t i = 0; i < rows.rows(); ++i) {
      if (!(lengths[i] > 0)) continue;
      best[size_t(q)].offer({begin + i, double(products(i, q) / lengths[i])}, count);
    }
  }
}

}  // namespace

std::vector<std::vector<NearRow>> nearest_rows(const MappedVectors& vectors,
                                               const std::vector<float>& queries, int64_t count) {
  check(queries.size() % size_t(vectors.columns()) == 0, ErrorCode::shape,
        "nearest rows: {} numbers are no queries of {}", queries.size(), vectors.columns());
  const int64_t asked = int64_t(queries.size()) / vectors.columns();
  Rows unit = Map(queries.data(), asked, vectors.columns());
  for (int64_t q = 0; q < asked; ++q) {
    if (unit.row(q).norm() > 0) unit.row(q).normalize();
  }
  const int64_t blocks = (vectors.rows() + kBlock - 1) / kBlock;
  std::vector<std::vector<Best>> of_block(size_t(std::min(blocks, kRound / kBlock)));
  std::vector<Best> best(static_cast<size_t>(asked));
  Progress progress("sentences", vectors.rows());
  for (int64_t round = 0; round < blocks; round += kRound / kBlock) {
    throw_if_stopped();
    const int64_t in_round = std::min(blocks - round, kRound / kBlock);
    parallel_for(in_round, 1, [&](int64_t first, int64_t last) {
      for (int64_t block = first; block < last; ++block) {
        const int64_t begin = (round + block) * kBlock;
        of_block[size_t(block)].assign(size_t(asked), Best());
        offer_block(vectors, unit, begin, std::min(vectors.rows(), begin + kBlock), size_t(count),
                    of_block[size_t(block)]);
      }
    });
    for (int64_t block = 0; block < in_round; ++block) {
      for (size_t q = 0; q < size_t(asked); ++q) {
        for (const NearRow& row : of_block[size_t(block)][q].rows()) {
          best[q].offer(row, size_t(count));
        }
      }
    }
    progress.update(std::min(vectors.rows(), (round + in_round) * kBlock));
  }
  std::vector<std::vector<NearRow>> result;
  for (const Best& b : best) {
    result.push_back(b.rows());
    std::sort(result.back().begin(), result.back().end(), better);
  }
  return result;
}

}  // namespace p2s
