#include "nn/optim.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "nn/base/error.h"

namespace p2s {
namespace {

// Numbers in one row along the first axis.
int64_t row_size(const Shape& shape) {
  return shape.rank() == 0 || shape[0] == 0 ? 1 : shape.elements() / shape[0];
}

// `whole`, of the variable, cut down to the runs of neighbouring rows that its gradient touches.
void add_touched(const Var& var, const UpdateBlock& whole, std::vector<UpdateBlock>& blocks) {
  if (!var.grad->touched()) return;
  if (var.grad->dense()) return blocks.push_back(whole);
  const std::vector<int32_t>& rows = var.grad->rows();
  const int64_t size = row_size(var.shape());
  for (size_t i = 0; i < rows.size();) {
    size_t last = i + 1;
    while (last < rows.size() && rows[last] == rows[last - 1] + 1) ++last;
    UpdateBlock block = whole;
    block.size = int64_t(last - i) * size;
    const auto move = [offset = rows[i] * size](auto*& pointer) {
      if (pointer != nullptr) pointer += offset;
    };
    move(block.gradient), move(block.first), move(block.second), move(block.weight);
    blocks.push_back(block);
    i = last;
  }
}

}  // namespace

Tensor gradient_norm(const std::vector<NamedParameter>& parameters) {
  check(!parameters.empty(), ErrorCode::usage, "gradient_norm: there are no parameters");
  std::vector<UpdateBlock> blocks;
  for (const auto& [name, var, rate] : parameters) {
    if (!var.grad->touched()) continue;
    add_touched(var, {.size = var.value.elements(), .gradient = var.grad->data()}, blocks);
  }
  const Tensor& any = parameters[0].var.value;
  Tensor norm({1}, any.device());
  any.kernels().gradient_norm(int64_t(blocks.size()), blocks.data(), norm.data());
  return norm;
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

void Optimizer::step(double rate, double scale) { update(rate, {.factor = real(scale)}); }

void Optimizer::step_clipped(double rate, const Tensor& norm, double limit) {
  update(rate, {.norm = norm.data(), .limit = real(limit)});
}

void Optimizer::update(double rate, const GradientScale& scale) {
  ++steps_;
  std::vector<UpdateBlock> blocks;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Var& var = parameters_[i].var;
    if (!var.grad->touched()) continue;
    add_touched(var,
                {.size = var.value.elements(),
                 .rate = real(rate * parameters_[i].rate),
                 .gradient = var.grad->data(),
                 .first = first_[i].defined() ? first_[i].data() : nullptr,
                 .second = second_[i].defined() ? second_[i].data() : nullptr,
                 .weight = var.value.data()},
                blocks);
  }
  if (blocks.empty()) return;
  const Kernels& k = parameters_[0].var.value.kernels();
  const auto count = int64_t(blocks.size());
  if (options_.kind == OptimizerOptions::Kind::sgd) {
    return k.sgd(count, blocks.data(),
                 {.momentum = real(options_.momentum),
                  .decay = real(options_.weight_decay),
                  .scale = scale});
  }
  k.adam(count, blocks.data(),
         {.beta1 = real(options_.beta1),
          .beta2 = real(options_.beta2),
          .epsilon = real(options_.epsilon),
          .decay = real(options_.weight_decay),
          .correction1 = real(1 - std::pow(options_.beta1, double(steps_))),
          .correction2 = real(1 - std::pow(options_.beta2, double(steps_))),
          .scale = scale});
}

void Optimizer::visit_state(const std::function<void(const std::string&, Tensor&)>& f) {
  const bool adam = options_.kind == OptimizerOptions::Kind::adam;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].name;
    if (first_[i].defined()) f((adam ? "adam.m." : "sgd.v.") + name, first_[i]);
    if (second_[i].defined()) f("adam.v." + name, second_[i]);
  }
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
