#include "nn/optim.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "nn/base/error.h"

namespace p2s {
namespace {

// Calls f(begin, end) for every run of neighbouring rows that the gradient touches.
template <class F>
void for_touched_rows(const Var& var, F&& f) {
  if (!var.grad->touched()) return;
  const int64_t all = var.shape().rank() == 0 ? 1 : var.shape()[0];
  if (var.grad->dense()) return f(int64_t(0), all);
  const std::vector<int32_t>& rows = var.grad->rows();
  for (size_t i = 0; i < rows.size();) {
    size_t last = i + 1;
    while (last < rows.size() && rows[last] == rows[last - 1] + 1) ++last;
    f(int64_t(rows[i]), int64_t(rows[last - 1]) + 1);
    i = last;
  }
}

// Numbers in one row along the first axis.
int64_t row_size(const Var& var) {
  const Shape& shape = var.shape();
  return shape.rank() == 0 || shape[0] == 0 ? 1 : shape.elements() / shape[0];
}

}  // namespace

double gradient_norm(const std::vector<NamedParameter>& parameters) {
  double squares = 0;
  for (const NamedParameter& parameter : parameters) {
    const Var& var = parameter.var;
    const int64_t size = row_size(var);
    for_touched_rows(var, [&](int64_t begin, int64_t end) {
      squares +=
          var.value.kernels().sum_squares((end - begin) * size, var.grad->data() + begin * size);
    });
  }
  return std::sqrt(squares);
}

void clear_gradients(const std::vector<NamedParameter>& parameters) {
  for (const NamedParameter& parameter : parameters) parameter.var.grad->clear();
}

Optimizer::Optimizer(std::vector<NamedParameter> parameters, const OptimizerOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  const bool adam = options_.kind == OptimizerOptions::Kind::adam;
  const bool has_first = adam || options_.momentum != 0;
  for (const NamedParameter& parameter : parameters_) {
    const Tensor& value = parameter.var.value;
    check(parameter.var.wants_grad(), ErrorCode::usage,
          "optimizer: {} is a constant; make it with parameter()", parameter.name);
    const auto moment = [&](bool kept) {
      return kept ? Tensor(value.shape(), value.device(), real(0)) : Tensor();
    };
    first_.push_back(moment(has_first));
    second_.push_back(moment(adam));
  }
}

void Optimizer::step(double rate, double scale) {
  ++steps_;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const double own_rate = rate * parameters_[i].rate;
    for_touched_rows(parameters_[i].var,
                     [&](int64_t begin, int64_t end) { update(i, own_rate, scale, begin, end); });
  }
}

void Optimizer::update(size_t index, double rate, double scale, int64_t row_begin,
                       int64_t row_end) {
  const Var& var = parameters_[index].var;
  const Kernels& k = var.value.kernels();
  const int64_t size = row_size(var), offset = row_begin * size, n = (row_end - row_begin) * size;
  const real* gradient = var.grad->data() + offset;
  real* weight = var.value.data() + offset;
  real* first = first_[index].defined() ? first_[index].data() + offset : nullptr;
  if (options_.kind == OptimizerOptions::Kind::sgd) {
    k.sgd(n, real(rate), real(options_.momentum), real(options_.weight_decay), real(scale),
          gradient, first, weight);
    return;
  }
  const AdamStep adam{.rate = real(rate),
                      .beta1 = real(options_.beta1),
                      .beta2 = real(options_.beta2),
                      .epsilon = real(options_.epsilon),
                      .decay = real(options_.weight_decay),
                      .correction1 = real(1 - std::pow(options_.beta1, double(steps_))),
                      .correction2 = real(1 - std::pow(options_.beta2, double(steps_))),
                      .scale = real(scale)};
  k.adam(n, adam, gradient, first, second_[index].data() + offset, weight);
}

void Optimizer::visit_state(const std::function<void(const std::string&, Tensor&)>& f) {
  const bool adam = options_.kind == OptimizerOptions::Kind::adam;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].name;
    if (first_[i].defined()) f((adam ? "adam.m." : "sgd.v.") + name, first_[i]);
    if (second_[i].defined()) f("adam.v." + name, second_[i]);
  }
}

double clip_scale(double norm, double limit) {
  return limit > 0 && norm > limit ? limit / norm : 1;
}

double Schedule::at(int64_t step) const {
  const double ramp = warmup > 0 ? std::min(1.0, double(step) / double(warmup)) : 1.0;
  switch (kind) {
    case Kind::constant:
      return ramp;
    case Kind::step:
      return period > 0 ? ramp * std::pow(factor, double(step / period)) : ramp;
    case Kind::cosine: {
      const double length = double(std::max<int64_t>(total - warmup, 1));
      const double done = std::clamp(double(step - warmup) / length, 0.0, 1.0);
      return ramp * (floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * done)));
    }
    case Kind::inverse_sqrt:
      return ramp * std::sqrt(double(std::max<int64_t>(warmup, 1)) /
                              double(std::max({step, warmup, int64_t(1)})));
  }
  fail(ErrorCode::internal, "schedule: unknown kind {}", int(kind));
}

}  // namespace p2s
