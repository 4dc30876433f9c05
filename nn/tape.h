#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "nn/base/rng.h"
#include "nn/tensor.h"

namespace p2s {

// The gradient of a value: zeros until the first contribution.
class Gradient {
 public:
  explicit Gradient(const Tensor& like) : shape_(like.shape()), device_(like.device()) {}
  // Allocates zeros on first use; kernels add into it, or read what has come.
  real* data();
  const Tensor& tensor();
  bool touched() const { return tensor_.defined(); }
  // For kernels that can write as well as add: the first contribution overwrites, so that nobody
  // zeroes what is written anyway. The caller writes every number where `accumulate` is false.
  struct Target {
    real* data = nullptr;
    bool accumulate = true;
    real beta() const { return accumulate ? real(1) : real(0); }  // of a product
  };
  Target target();
  // Adds scale * d, dense. The first contribution becomes the gradient where it lies: `d` is given
  // away.
  void add(const Tensor& d, real scale = 1);
  // Adds d, which stays the caller's: it is read where it lies until a target() is asked for.
  void borrow(const Tensor& d);
  // The numbers, to be given to another gradient by add(), after which they may change.
  Tensor give();
  // For parameters: back to zeros (only the rows that were touched if it is sparse), keeping the
  // memory for the next step. A dense one is not written before somebody needs its zeros.
  void clear();
  void release();

  // A table's gradient touches few rows. `mark_rows` notes them; once any op contributes through
  // data() alone, call mark_dense(). rows() is sorted and unique; dense() true means all rows
  // count.
  void mark_rows(const Ids& ids);
  void mark_dense() { dense_ = true; }
  bool dense() const { return dense_; }
  const std::vector<int32_t>& rows();

 private:
  Shape shape_;
  Device device_;
  Tensor tensor_;
  bool dense_ = false;
  bool valid_ = false;     // the memory holds this step's numbers, not those of a step before
  bool adopted_ = false;   // the memory was another's before add() ...
  bool borrowed_ = false;  // ... and still is
  bool sorted_ = true;
  std::vector<int32_t> rows_;
};

// A value on the tape and, where one is wanted, its gradient. Cheap to copy; copies are the same
// variable. There are no edges between variables: the tape's closures hold what they need.
struct Var {
  Tensor value;
  std::shared_ptr<Gradient> grad;

  Var() = default;
  // A constant: no gradient.
  Var(Tensor value) : value(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  const Shape& shape() const { return value.shape(); }
  bool wants_grad() const { return grad != nullptr; }
  // Where kernels add the gradient, null when none is wanted. Marks a parameter's gradient dense.
  real* grad_data() const;
  // The same for kernels that can overwrite; data is null when no gradient is wanted.
  Gradient::Target grad_target() const;
  // Adds scale * d where a gradient is wanted; `d` is given away (Gradient::add).
  void add_grad(const Tensor& d, real scale = 1) const;
  // The same variable without its number: for closures that need only where the gradient goes.
  Var gradient_only() const;
};

// A value that is trained.
Var parameter(Tensor value);

// What one step did, as a flat list of closures that form the derivatives, unwound last to first.
// Owned by the step; holds the settings that every operation of the step shares.
class Tape {
 public:
  enum class Mode {
    inference,  // nothing is recorded, dropout is the identity, batch norm uses running statistics
    training,
  };
  explicit Tape(Device device, Mode mode = Mode::inference, uint64_t seed = 0,
                Precision precision = Precision::fp32);

  Device device() const { return device_; }
  const Kernels& kernels() const { return kernels_; }
  Precision precision() const { return precision_; }
  bool training() const { return mode_ == Mode::training; }
  Rng& rng() { return rng_; }

  // A fresh uninitialised output of an operation on `inputs`: it wants a gradient if any of them
  // does and the tape records.
  Var output(const Shape& shape, std::initializer_list<const Var*> inputs) const;
  Var output(const Shape& shape, std::span<const Var> inputs) const;
  Var output(Tensor value, std::initializer_list<const Var*> inputs) const;

  // Notes how the gradient of `output` flows on. `backward` runs once, only if a gradient reached
  // `output`, and is freed with all it captured right after.
  void record(const Var& output, std::function<void()> backward);

  // Sets the gradient of the one-element `loss` to `seed` and unwinds the tape, leaving it empty.
  void backward(const Var& loss, real seed = 1);

  // Gives `output` the gradient `seed` first: for outputs that are not one number.
  void backward(const Var& output, const Tensor& seed);

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::shared_ptr<Gradient> output;
    std::function<void()> backward;
  };
  void unwind();

  Device device_;
  const Kernels& kernels_;
  Mode mode_;
  Precision precision_;
  Rng rng_;
  std::vector<Entry> entries_;
};

}  // namespace p2s
