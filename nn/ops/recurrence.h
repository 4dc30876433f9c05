#pragma once

#include <vector>

#include "nn/packed_weight.h"
#include "nn/tape.h"

// What the GRU and the LSTM share.
namespace p2s {

// Error(shape) unless x [T,B,D], h0 [B,H] (or undefined), lengths [B] (or undefined), input [D,GH],
// recurrent [H,GH], bias [GH] fit together for G gates.
void check_recurrence(const char* op, const Var& x, const Var& h0, const Ids& lengths,
                      const Var& input, const Var& recurrent, const Var& bias, int64_t gates);

// Writes h0, or zeros where it is undefined, into the first step of states [T+1,B,H].
void start_states(const Tensor& states, const Var& h0);

// The places (t, b) of a batch [T,B] at which sequence b still runs, step by step. Where sequences
// come longest first, the first rows of each step run, and everything that is kept or multiplied a
// place is [N,...] instead of [T,B,...]: the padding costs nothing. In any other order (or without
// lengths) all N = T B places run, and the kernels mask.
class RunningPlaces {
 public:
  RunningPlaces(const Ids& lengths, int64_t time, int64_t batch, Device device);
  // Of step t: how many rows run, and the rows [begin(t), begin(t + 1)) of an [N,...] that are its.
  int64_t rows(int64_t t) const { return begin(t + 1) - begin(t); }
  int64_t begin(int64_t t) const { return begin_[size_t(t)]; }
  int64_t count() const { return begin_.back(); }
  // begin(0) to begin(T), for kernels that do all steps.
  Ids begins() const;
  // The rows of step t of x [N,...].
  Tensor step(const Tensor& x, int64_t t) const { return x.rows(begin(t), begin(t + 1)); }
  // x [T,B,C] at these places: [N,C].
  Var of(Tape&, const Var& x) const;
  Tensor of(const Tensor& x) const;
  // x [B,C], of the sequence at each of these places: [N,C].
  Var of_sequences(Tape&, const Var& x) const;

 private:
  int64_t time_, batch_;
  std::vector<int64_t> begin_;  // [T+1]
  Device device_;
  Ids places_;  // [N], t B + b; undefined: all
};

// Copies rows [begin, ...) of `from` [B,C] to the same rows of `to`.
void copy_rows_from(int64_t begin, const Tensor& from, const Tensor& to);
// Zeroes rows [begin, ...).
void zero_rows_from(int64_t begin, const Tensor& x);

}  // namespace p2s
