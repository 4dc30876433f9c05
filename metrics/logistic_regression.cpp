#include "metrics/logistic_regression.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "nn/base/error.h"
#include "nn/base/parallel.h"

namespace p2s {
namespace {

using Matrix = Eigen::MatrixXf;
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Of an objective in t, along w + t d.
struct Along {
  double slope = 0, curvature = 0;
};

double cross_entropy(float target, float probability) {
  return target > 0 ? -double(target) * std::log(std::max(double(probability), 1e-12)) : 0;
}

class Fit {
 public:
  Fit(std::span<const float> features, int64_t rows, const std::vector<LogisticTask>& tasks,
      const LogisticOptions& options)
      : tasks_(tasks), options_(options), k_(options.classes) {
    const int64_t columns = int64_t(features.size()) / rows;
    x_.resize(rows, columns + 1);
    x_.leftCols(columns) = Eigen::Map<const Rows>(features.data(), rows, columns);
    x_.col(columns).setOnes();
    gram_.setZero(columns + 1, columns + 1);
    gram_.selfadjointView<Eigen::Lower>().rankUpdate(x_.transpose());
    const int64_t width = int64_t(tasks.size()) * k_;
    w_.setZero(columns + 1, width);
    z_.setZero(rows, width);
    residual_.setZero(rows, width);
  }

  void solve(double cost) {
    cost_ = cost;
    double curvature = 0;
    std::vector<double> objective = residuals(&curvature);
    factorise(cost * curvature);
    Matrix gradient = x_.transpose() * residual_ + w_;
    Matrix previous, direction = Matrix::Zero(w_.rows(), w_.cols());
    std::vector<double> power(tasks_.size(), 0);  // g' M^-1 g of the step before
    for (int64_t step = 0; step < options_.most_steps; ++step) {
      const Matrix steepest = factor_.solve(gradient);
      if (!turn(gradient, previous, steepest, objective, power, direction)) return;
      const Matrix along = x_ * direction;
      advance(direction, along);
      objective = residuals(nullptr);
      previous = std::move(gradient);
      gradient = x_.transpose() * residual_ + w_;
    }
  }

  const Matrix& logits() const { return z_; }

 private:
  auto task_block(Matrix& m, size_t task) const { return m.middleCols(int64_t(task) * k_, k_); }
  auto task_block(const Matrix& m, size_t task) const {
    return m.middleCols(int64_t(task) * k_, k_);
  }

  void factorise(double scale) {
    Matrix m = float(scale) * gram_;
    m.diagonal().array() += 1;
    // It only steers the steps, so a larger diagonal where rounding made it indefinite is no error.
    for (float more = 1; factor_.compute(m).info() != Eigen::Success; more *= 10) {
      m.diagonal().array() += more;
    }
  }

  // Fills residual_ with C (prediction - target) of the learned rows, and returns each task's
  // objective. `curvature`: the mean of p (1 - p).
  std::vector<double> residuals(double* curvature) {
    std::vector<double> objective(tasks_.size()), bend(tasks_.size());
    parallel_for(int64_t(tasks_.size()), 1, [&](int64_t begin, int64_t end) {
      std::vector<float> p(static_cast<size_t>(k_));
      for (auto task = size_t(begin); task < size_t(end); ++task) {
        double loss = 0;
        int64_t learned = 0;
        for (int64_t row = 0; row < z_.rows(); ++row) {
          if (!tasks_[task].learns[size_t(row)]) continue;
          ++learned;
          predict(task, row, 0, nullptr, p);
          for (int64_t k = 0; k < k_; ++k) {
            const float wanted = target(task, row, k), got = p[size_t(k)];
            residual_(row, int64_t(task) * k_ + k) = float(cost_) * (got - wanted);
            bend[task] += double(got * (1 - got));
            loss += cross_entropy(wanted, got);
            if (k_ == 1) loss += cross_entropy(1 - wanted, 1 - got);
          }
        }
        bend[task] /= double(std::max<int64_t>(1, learned * k_));
        objective[task] = cost_ * loss + 0.5 * double(task_block(w_, task).squaredNorm());
      }
    });
    if (curvature != nullptr) {
      *curvature = 0;
      for (double b : bend) *curvature += b / double(bend.size());
    }
    return objective;
  }

  float target(size_t task, int64_t row, int64_t k) const {
    return tasks_[task].targets[size_t(row * k_ + k)];
  }

  // Of one row at z + t d (d may be null with t = 0).
  void predict(size_t task, int64_t row, double t, const Matrix* d, std::vector<float>& p) const {
    const int64_t first = int64_t(task) * k_;
    for (int64_t k = 0; k < k_; ++k) {
      const float z = z_(row, first + k);
      p[size_t(k)] = d == nullptr ? z : z + float(t) * (*d)(row, first + k);
    }
    if (k_ == 1) {
      p[0] = 1 / (1 + std::exp(-p[0]));
      return;
    }
    const float largest = *std::max_element(p.begin(), p.end());
    float sum = 0;
    for (float& value : p) sum += value = std::exp(value - largest);
    for (float& value : p) value /= sum;
  }

  // The next directions; false when no task has far to go. Where one has arrived it stays.
  bool turn(const Matrix& gradient, const Matrix& previous, const Matrix& steepest,
            const std::vector<double>& objective, std::vector<double>& power,
            Matrix& direction) const {
    bool moves = false;
    for (size_t task = 0; task < tasks_.size(); ++task) {
      const auto g = task_block(gradient, task), s = task_block(steepest, task);
      const double now = double(g.cwiseProduct(s).sum());
      auto d = task_block(direction, task);
      if (!(now > options_.tolerance * objective[task])) {
        d.setZero();
        power[task] = 0;
        continue;
      }
      moves = true;
      double beta = 0;
      if (power[task] > 0) {
        const double kept = double(task_block(previous, task).cwiseProduct(s).sum());
        beta = std::max(0.0, (now - kept) / power[task]);
      }
      d = float(beta) * d - s;
      if (double(d.cwiseProduct(g).sum()) >= 0) d = -s;
      power[task] = now;
    }
    return moves;
  }

  // Each task goes along its direction to where the objective is least: the root of its slope, by
  // Newton's method between bounds.
  void advance(const Matrix& direction, const Matrix& along) {
    parallel_for(int64_t(tasks_.size()), 1, [&](int64_t begin, int64_t end) {
      for (auto task = size_t(begin); task < size_t(end); ++task) {
        const auto d = task_block(direction, task);
        if (d.isZero(0)) continue;
        const auto t = float(step_length(task, d, along));
        task_block(w_, task) += t * d;
        task_block(z_, task) += t * task_block(along, task);
      }
    });
  }

  template <class Block>
  double step_length(size_t task, const Block& d, const Matrix& along) const {
    const double dd = double(d.squaredNorm());
    const double wd = double(task_block(w_, task).cwiseProduct(d).sum());
    const double start = std::abs(slope_at(task, 0, along, wd, dd).slope);
    double low = 0, high = -1, t = 1;
    for (int step = 0; step < 20; ++step) {
      const Along at = slope_at(task, t, along, wd, dd);
      if (std::abs(at.slope) <= 0.05 * start) break;
      (at.slope < 0 ? low : high) = t;
      double next = at.curvature > 0 ? t - at.slope / at.curvature : 2 * t;
      next = std::min(next, 4 * t);
      if (!(next > low) || (high >= 0 && !(next < high))) {
        next = high >= 0 ? (low + high) / 2 : 2 * t;
      }
      t = next;
    }
    return t;
  }

  // Slope and curvature of the objective in t at w + t d.
  Along slope_at(size_t task, double t, const Matrix& along, double wd, double dd) const {
    std::vector<float> p(static_cast<size_t>(k_));
    Along sum;
    for (int64_t row = 0; row < z_.rows(); ++row) {
      if (!tasks_[task].learns[size_t(row)]) continue;
      predict(task, row, t, &along, p);
      double mean = 0, square = 0, wanted = 0;
      for (int64_t k = 0; k < k_; ++k) {
        const double a = double(along(row, int64_t(task) * k_ + k));
        mean += double(p[size_t(k)]) * a;
        square += double(p[size_t(k)]) * a * a;
        wanted += double(target(task, row, k)) * a;
      }
      sum.slope += mean - wanted;
      sum.curvature += square - mean * mean;
    }
    sum.slope = cost_ * sum.slope + wd + t * dd;
    sum.curvature = cost_ * sum.curvature + dd;
    return sum;
  }

  const std::vector<LogisticTask>& tasks_;
  const LogisticOptions& options_;
  int64_t k_;
  double cost_ = 1;
  Rows x_;       // [N,D+1], the last column for the bias
  Matrix gram_;  // X'X, the lower half
  Eigen::LLT<Matrix> factor_;
  Matrix w_, z_, residual_;  // [D+1, tasks * K], [N, tasks * K] twice
};

}  // namespace

void fit_logistic(std::span<const float> features, int64_t rows,
                  const std::vector<LogisticTask>& tasks, const LogisticOptions& options,
                  const std::function<void(size_t, std::span<const float>)>& fitted) {
  check(rows > 0 && features.size() % size_t(rows) == 0, ErrorCode::shape,
        "logistic regression: {} numbers for {} rows", features.size(), rows);
  for (const LogisticTask& task : tasks) {
    check(
        task.learns.size() == size_t(rows) && task.targets.size() == size_t(rows * options.classes),
        ErrorCode::shape, "logistic regression: {} marks and {} targets for {} rows of {} classes",
        task.learns.size(), task.targets.size(), rows, options.classes);
  }
  Fit fit(features, rows, tasks, options);
  for (size_t c = 0; c < options.costs.size(); ++c) {
    fit.solve(options.costs[c]);
    fitted(c, {fit.logits().data(), size_t(fit.logits().size())});
  }
}

}  // namespace p2s
