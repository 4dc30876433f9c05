#include "nn/ops/recurrence.h"

#include <algorithm>

#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {

void check_recurrence(const char* op, const Var& x, const Var& h0, const Ids& lengths,
                      const Var& input, const Var& recurrent, const Var& bias, int64_t gates) {
  check(recurrent.shape().rank() == 2 && recurrent.shape()[1] == gates * recurrent.shape()[0],
        ErrorCode::shape, "{}: recurrent weights are {}, [H,{}H] is needed", op, recurrent.shape(),
        gates);
  const int64_t hidden = recurrent.shape()[0];
  check(x.shape().rank() == 3, ErrorCode::shape, "{}: x is {}, [T,B,D] is needed", op, x.shape());
  check(input.shape() == Shape({x.shape()[2], gates * hidden}), ErrorCode::shape,
        "{}: input weights are {}, [{},{}] is needed", op, input.shape(), x.shape()[2],
        gates * hidden);
  check(bias.shape() == Shape({gates * hidden}), ErrorCode::shape, "{}: bias is {}, [{}] is needed",
        op, bias.shape(), gates * hidden);
  check(!h0.value.defined() || h0.shape() == Shape({x.shape()[1], hidden}), ErrorCode::shape,
        "{}: the initial state is {}, [{},{}] is needed", op, h0.shape(), x.shape()[1], hidden);
  check(!lengths.defined() || lengths.shape() == Shape({x.shape()[1]}), ErrorCode::shape,
        "{}: lengths are {}, [{}] is needed", op, lengths.shape(), x.shape()[1]);
}

void start_states(const Tensor& states, const Var& h0) {
  const Tensor first = states.rows(0, 1);
  if (h0.value.defined()) {
    first.copy_from(h0.value);
  } else {
    first.fill(0);
  }
}

RunningPlaces::RunningPlaces(const Ids& lengths, int64_t time, int64_t batch, Device device)
    : time_(time), batch_(batch), begin_(1, 0), device_(device) {
  const std::vector<int32_t> host = lengths.defined() ? lengths.to_host() : std::vector<int32_t>();
  const bool longest_first = !host.empty() && std::is_sorted(host.rbegin(), host.rend());
  std::vector<int32_t> places;
  for (int64_t t = 0; t < time; ++t) {
    const int64_t running =
        longest_first ? std::ranges::count_if(host, [t](int32_t n) { return n > t; }) : batch;
    for (int64_t b = 0; b < running; ++b) places.push_back(int32_t(t * batch + b));
    begin_.push_back(begin_.back() + running);
  }
  if (count() < time * batch) places_ = Ids({count()}, device, places);
}

Ids RunningPlaces::begins() const {
  const std::vector<int32_t> places(begin_.begin(), begin_.end());
  return Ids({int64_t(places.size())}, device_, places);
}

Var RunningPlaces::of(Tape& tape, const Var& x) const {
  const Var rows = reshape(tape, x, {time_ * batch_, x.shape().columns()});
  return places_.defined() ? gather(tape, rows, places_) : rows;
}

Tensor RunningPlaces::of(const Tensor& x) const {
  const int64_t columns = x.shape().columns();
  if (!places_.defined()) return x.reshaped({time_ * batch_, columns});
  const Tensor y({count(), columns}, device_);
  x.kernels().gather_rows(count(), columns, places_.data(), x.data(), y.data());
  return y;
}

Var RunningPlaces::of_sequences(Tape& tape, const Var& x) const {
  std::vector<int32_t> sequences;
  for (int64_t t = 0; t < time_; ++t) {
    for (int64_t b = 0; b < rows(t); ++b) sequences.push_back(int32_t(b));
  }
  return gather(tape, x, Ids({count()}, device_, sequences));
}

void copy_rows_from(int64_t begin, const Tensor& from, const Tensor& to) {
  const int64_t rows = from.shape().rows();
  if (begin == rows) return;
  const int64_t columns = from.shape().columns();
  from.kernels().copy(to.data() + begin * columns, from.data() + begin * columns,
                      size_t((rows - begin) * columns) * sizeof(real));
}

void zero_rows_from(int64_t begin, const Tensor& x) {
  const int64_t columns = x.shape().columns();
  x.kernels().fill((x.shape().rows() - begin) * columns, 0, x.data() + begin * columns);
}

}  // namespace p2s
