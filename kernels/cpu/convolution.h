#pragma once

#include <array>
#include <optional>

#include "kernels/cpu/dnnl_primitives.h"
#include "kernels/cpu/scratch.h"
#include "kernels/kernels.h"

// How oneDNN names the parts of a Conv2d, and how they get to the layouts it computes in.
namespace p2s::cpu {

struct ConvolutionLayouts {
  dnnl::memory::desc x, weights, bias, y;  // as they lie in our memory
  dnnl::memory::desc any_weights;          // for oneDNN to choose
  dnnl::memory::dims strides, pad_before, pad_after;
};
ConvolutionLayouts convolution_layouts(const Conv2d& c);

using ConvolutionKey = std::array<int64_t, 13>;
ConvolutionKey convolution_key(const Conv2d& c);

// From one layout to another of the same numbers.
class Reorder {
 public:
  Reorder() = default;
  Reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to);
  bool needed() const { return bool(primitive_); }
  const dnnl::memory::desc& from() const { return from_; }
  const dnnl::memory::desc& to() const { return to_; }
  void run(const void* data, void* result) const;

 private:
  dnnl::memory::desc from_, to_;
  dnnl::reorder primitive_;  // empty where the layouts are the same
};

// An operand in the layout that a primitive reads: where it lies, or a copy.
class Reordered {
 public:
  Reordered(const Reorder& reorder, const void* data);
  dnnl::memory memory() const { return memory_; }

 private:
  std::optional<Scratch> copy_;
  dnnl::memory memory_;
};

// Where a primitive writes: `result` itself, or memory that finish() brings from there to it.
class ReorderedResult {
 public:
  ReorderedResult(const Reorder& reorder, void* result);
  void* data() const { return apart_ ? apart_->as<void>() : result_; }
  dnnl::memory memory() const { return dnnl_memory(reorder_.from(), data()); }
  void finish() const;

 private:
  const Reorder& reorder_;
  void* result_;
  std::optional<Scratch> apart_;
};

}  // namespace p2s::cpu
