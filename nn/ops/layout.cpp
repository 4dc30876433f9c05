#include <utility>
#include <vector>

#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {
namespace {

// A tensor cut at an axis: `outer` rows of `inner` numbers for each place along the axis.
struct Cut {
  int64_t outer = 1, inner = 1;
};

Cut cut_at(const Shape& shape, int axis) {
  Cut cut;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i < axis) cut.outer *= shape[i];
    if (i > axis) cut.inner *= shape[i];
  }
  return cut;
}

}  // namespace

Var reshape(Tape& tape, const Var& x, const Shape& shape) {
  const Var y = tape.output(x.value.reshaped(shape), {&x});
  tape.record(y, [x = x.gradient_only(), y = y.gradient_only()] { x.add_grad(y.grad->give()); });
  return y;
}

Var concat(Tape& tape, std::span<const Var> parts, int axis) {
  check(!parts.empty(), ErrorCode::shape, "concat: nothing to join");
  const Shape& first = parts[0].shape();
  axis = first.axis(axis, "concat");
  int64_t total = 0;
  for (const Var& part : parts) {
    check(part.shape().rank() == first.rank() && part.shape().with(axis, 0) == first.with(axis, 0),
          ErrorCode::shape, "concat: along axis {}: {} does not fit to {}", axis, part.shape(),
          first);
    total += part.shape()[axis];
  }
  const Kernels& k = tape.kernels();
  const Cut cut = cut_at(first, axis);
  const int64_t row = total * cut.inner;
  const Var y = tape.output(first.with(axis, total), parts);
  struct Piece {
    Var var;
    int64_t begin, columns;
  };
  std::vector<Piece> pieces;
  int64_t begin = 0;
  for (const Var& part : parts) {
    const int64_t columns = part.shape()[axis] * cut.inner;
    k.copy_block(cut.outer, columns, part.value.data(), columns, y.value.data() + begin, row,
                 false);
    pieces.push_back({part.gradient_only(), begin, columns});
    begin += columns;
  }
  tape.record(y, [&k, pieces = std::move(pieces), rows = cut.outer, row, y = y.gradient_only()] {
    for (const Piece& piece : pieces) {
      if (real* dx = piece.var.grad_data()) {
        k.copy_block(rows, piece.columns, y.grad->data() + piece.begin, row, dx, piece.columns,
                     true);
      }
    }
  });
  return y;
}

Var slice(Tape& tape, const Var& x, int axis, int64_t begin, int64_t end) {
  axis = x.shape().axis(axis, "slice");
  check(0 <= begin && begin <= end && end <= x.shape()[axis], ErrorCode::shape,
        "slice: [{}, {}) along axis {} of {}", begin, end, axis, x.shape());
  const Kernels& k = tape.kernels();
  const Cut cut = cut_at(x.shape(), axis);
  const int64_t row = x.shape()[axis] * cut.inner, columns = (end - begin) * cut.inner;
  const int64_t offset = begin * cut.inner;
  // Along the first axis a slice is a view.
  const Var y = axis == 0 ? tape.output(x.value.rows(begin, end), {&x})
                          : tape.output(x.shape().with(axis, end - begin), {&x});
  if (axis != 0) {
    k.copy_block(cut.outer, columns, x.value.data() + offset, row, y.value.data(), columns, false);
  }
  tape.record(y, [&k, rows = cut.outer, row, columns, offset, x = x.gradient_only(),
                  y = y.gradient_only()] {
    if (real* dx = x.grad_data()) {
      k.copy_block(rows, columns, y.grad->data(), columns, dx + offset, row, true);
    }
  });
  return y;
}

}  // namespace p2s
