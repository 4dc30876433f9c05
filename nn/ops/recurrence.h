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

// How many rows still run at each of `time` steps. Where sequences come longest first, those are
// the first rows and the products shrink with them; in any other order (or without lengths) it is
// all rows.
std::vector<int64_t> active_rows(const Ids& lengths, int64_t time, int64_t batch);

// Copies rows [begin, ...) of `from` [B,C] to the same rows of `to`.
void copy_rows_from(int64_t begin, const Tensor& from, const Tensor& to);
// Zeroes rows [begin, ...).
void zero_rows_from(int64_t begin, const Tensor& x);

}  // namespace p2s
