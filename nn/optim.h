#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/tape.h"

namespace p2s {

struct NamedParameter {
  std::string name;
  Var var;
  double rate = 1;  // times the learning rate of all
};

// The parameters of any module, by its visit(): "encoder.gru.input", ... `prefix` is put before.
template <class Module>
std::vector<NamedParameter> parameters_of(Module& module, const std::string& prefix = "");

// Makes constants of the parameters whose names do not begin with `wanted`: nothing is spent on
// their gradients.
template <class Module>
void freeze_except(Module& module, const std::string& wanted);

// sqrt of the sum of squares over all gradients (of touched rows only, where sparse), one number on
// the device. NaN comes through.
Tensor gradient_norm(const std::vector<NamedParameter>&);

void clear_gradients(const std::vector<NamedParameter>&);

struct OptimizerOptions {
  enum class Kind { adam, sgd } kind = Kind::adam;
  double momentum = 0.9;                              // sgd
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // adam
  double weight_decay = 0;                            // decoupled for adam, L2 for sgd
};

// Updates parameters in place. The moments of a table with a sparse gradient move only in the
// touched rows (LazyAdam).
class Optimizer {
 public:
  Optimizer(std::vector<NamedParameter> parameters, const OptimizerOptions& options);
  // w -= rate * parameter.rate * direction(scale * gradient)
  void step(double rate, double scale = 1);
  // The same with the gradient clipped to a norm of at most `limit` (Pascanu et al. 2013), which
  // now is gradient_norm(parameters); limit <= 0: as it is. Nothing waits for the device.
  void step_clipped(double rate, const Tensor& norm, double limit);
  int64_t steps() const { return steps_; }
  const std::vector<NamedParameter>& parameters() const { return parameters_; }

  // For checkpoints: calls f(name, tensor) for every moment ("adam.m.<parameter>", ...).
  void visit_state(const std::function<void(const std::string&, Tensor&)>& f);
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  void update(double rate, const GradientScale& scale);

  std::vector<NamedParameter> parameters_;
  OptimizerOptions options_;
  std::vector<Tensor> first_, second_;
  int64_t steps_ = 0;
};

// The learning rate at a step, as a factor of the base rate.
struct Schedule {
  enum class Kind { constant, step, cosine, inverse_sqrt } kind = Kind::constant;
  int64_t warmup = 0;   // linear from 0 over this many steps
  int64_t period = 0;   // step: every `period` steps the rate is multiplied by `factor`
  double factor = 0.1;  // step
  int64_t total = 0;    // cosine: from 1 to `floor` at this step
  double floor = 0;
  double at(int64_t step) const;
};

namespace detail {
template <class Module>
void collect(Module& module, const std::string& prefix, std::vector<NamedParameter>& into) {
  module.visit([&](const std::string& name, auto& member) {
    if constexpr (requires { member.grad; }) {
      into.push_back({prefix + name, member});
    } else {
      collect(member, prefix + name + ".", into);
    }
  });
}

template <class Module>
void freeze_except(Module& module, const std::string& wanted, const std::string& prefix) {
  module.visit([&](const std::string& name, auto& member) {
    if constexpr (requires { member.grad; }) {
      if (!(prefix + name).starts_with(wanted)) member.grad = nullptr;
    } else {
      freeze_except(member, wanted, prefix + name + ".");
    }
  });
}
}  // namespace detail

template <class Module>
std::vector<NamedParameter> parameters_of(Module& module, const std::string& prefix) {
  std::vector<NamedParameter> result;
  detail::collect(module, prefix, result);
  return result;
}

template <class Module>
void freeze_except(Module& module, const std::string& wanted) {
  detail::freeze_except(module, wanted, "");
}

}  // namespace p2s
