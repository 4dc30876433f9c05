#include <algorithm>
#include <vector>

#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {
namespace {

void check_ids(const char* op, const Var& table, const Ids& ids) {
  check(table.shape().rank() == 2, ErrorCode::shape, "{}: the table is {}, a matrix is needed", op,
        table.shape());
  // Checked here because kernels would read past the table.
  const std::vector<int32_t> host = ids.to_host();
  const auto largest = std::max_element(host.begin(), host.end());
  check(largest == host.end() || *largest < table.shape()[0], ErrorCode::shape,
        "{}: id {} is past the {} rows of the table", op, largest == host.end() ? 0 : *largest,
        table.shape()[0]);
}

Var gather_rows(Tape& tape, const Var& table, const Ids& ids) {
  std::vector<int64_t> sizes = ids.shape().sizes();
  sizes.push_back(table.shape()[1]);
  const Var y = tape.output(Shape(sizes), {&table});
  tape.kernels().gather_rows(ids.elements(), table.shape()[1], ids.data(), table.value.data(),
                             y.value.data());
  return y;
}

}  // namespace

Var embedding(Tape& tape, const Var& table, const Ids& ids) {
  check_ids("embedding", table, ids);
  const Var y = gather_rows(tape, table, ids);
  tape.record(y, [&k = tape.kernels(), ids, columns = table.shape()[1],
                  table = table.gradient_only(), y = y.gradient_only()] {
    table.grad->mark_rows(ids);
    k.scatter_add_rows(ids.elements(), columns, ids.data(), 1, y.grad->data(), table.grad->data());
  });
  return y;
}

Var gather(Tape& tape, const Var& x, const Ids& ids) {
  check_ids("gather", x, ids);
  const Var y = gather_rows(tape, x, ids);
  tape.record(y, [&k = tape.kernels(), ids, columns = x.shape()[1], x = x.gradient_only(),
                  y = y.gradient_only()] {
    k.scatter_add_rows(ids.elements(), columns, ids.data(), 1, y.grad->data(), x.grad_data());
  });
  return y;
}

}  // namespace p2s
