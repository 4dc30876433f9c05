#include "nn/tape.h"

#include <algorithm>
#include <utility>

#include "nn/base/error.h"

namespace p2s {

real* Gradient::data() {
  if (valid_) return tensor_.data();
  const Target t = target();
  if (!t.accumulate) tensor_.fill(0);
  return t.data;
}

Gradient::Target Gradient::target() {
  if (borrowed_) {
    tensor_ = tensor_.clone();
    borrowed_ = false;
  }
  if (!tensor_.defined()) tensor_ = Tensor(shape_, device_);
  return {tensor_.data(), std::exchange(valid_, true)};
}

void Gradient::add(const Tensor& d, real scale) {
  mark_dense();
  if (!valid_) {
    if (scale != 1) d.kernels().affine(d.elements(), scale, d.data(), 0, d.data());
    tensor_ = d.reshaped(shape_);
    valid_ = adopted_ = true;
    return;
  }
  d.kernels().axpy(d.elements(), scale, d.data(), data());
}

const Tensor& Gradient::tensor() {
  data();
  return tensor_;
}

void Gradient::borrow(const Tensor& d) {
  if (valid_) return add(d);
  add(d);
  borrowed_ = true;
}

Tensor Gradient::give() { return borrowed_ ? tensor_.clone() : tensor(); }

void Gradient::release() {
  tensor_ = {};
  valid_ = adopted_ = borrowed_ = false;
}

void Gradient::clear() {
  if (adopted_) {
    release();
  } else if (dense_) {
    valid_ = false;
  } else if (valid_) {
    const Ids touched({int64_t(rows().size())}, device_, rows());
    tensor_.kernels().zero_rows(touched.elements(), tensor_.elements() / shape_[0], touched.data(),
                                tensor_.data());
  }
  rows_.clear();
  dense_ = false;
}

void Gradient::mark_rows(const Ids& ids) {
  if (dense_) return;
  for (int32_t id : ids.to_host()) {
    if (id >= 0) rows_.push_back(id);
  }
  sorted_ = false;
}

const std::vector<int32_t>& Gradient::rows() {
  if (!sorted_) {
    std::sort(rows_.begin(), rows_.end());
    rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
    sorted_ = true;
  }
  return rows_;
}

real* Var::grad_data() const {
  if (grad == nullptr) return nullptr;
  const Gradient::Target t = grad_target();
  if (!t.accumulate) grad->tensor().fill(0);
  return t.data;
}

Gradient::Target Var::grad_target() const {
  if (grad == nullptr) return {};
  grad->mark_dense();
  return grad->target();
}

void Var::add_grad(const Tensor& d, real scale) const {
  if (grad != nullptr) grad->add(d, scale);
}

Var Var::gradient_only() const {
  Var result;
  result.grad = grad;
  return result;
}

Var parameter(Tensor value) {
  Var result(std::move(value));
  result.grad = std::make_shared<Gradient>(result.value);
  return result;
}

Tape::Tape(Device device, Mode mode, uint64_t seed, Precision precision)
    : device_(device),
      kernels_(p2s::kernels(device)),
      mode_(mode),
      precision_(precision),
      rng_(seed) {}

Var Tape::output(const Shape& shape, std::initializer_list<const Var*> inputs) const {
  return output(Tensor(shape, device_), inputs);
}

Var Tape::output(const Shape& shape, std::span<const Var> inputs) const {
  Var result(Tensor(shape, device_));
  if (training() &&
      std::any_of(inputs.begin(), inputs.end(), [](const Var& x) { return x.wants_grad(); })) {
    result.grad = std::make_shared<Gradient>(result.value);
  }
  return result;
}

Var Tape::output(Tensor value, std::initializer_list<const Var*> inputs) const {
  Var result(std::move(value));
  if (training() &&
      std::any_of(inputs.begin(), inputs.end(), [](const Var* x) { return x->wants_grad(); })) {
    result.grad = std::make_shared<Gradient>(result.value);
  }
  return result;
}

void Tape::record(const Var& output, std::function<void()> backward) {
  if (training() && output.wants_grad()) entries_.push_back({output.grad, std::move(backward)});
}

void Tape::backward(const Var& loss, real seed) {
  check(loss.value.elements() == 1, ErrorCode::shape,
        "backward: the loss is {}, one number is needed", loss.shape());
  backward(loss, Tensor(loss.shape(), device_, seed));
}

void Tape::backward(const Var& output, const Tensor& seed) {
  check(output.wants_grad(), ErrorCode::usage,
        "backward: nothing to differentiate; is the tape in training mode, and is there a "
        "parameter?");
  check(seed.elements() == output.value.elements(), ErrorCode::shape,
        "backward: seed {} for output {}", seed.shape(), output.shape());
  output.grad->borrow(seed);
  unwind();
}

void Tape::unwind() {
  while (!entries_.empty()) {
    Entry entry = std::move(entries_.back());
    entries_.pop_back();
    if (entry.output->touched()) entry.backward();
  }
}

}  // namespace p2s
