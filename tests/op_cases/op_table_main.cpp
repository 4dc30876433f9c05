#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "tests/op_cases/gradient_check.h"
#include "tests/op_cases/run_case.h"

namespace {

constexpr const char* kIntroduction = R"(# Operations

Written by `p2s_op_table`, which builds with the tests; do not edit. What each operation does stands
in `nn/ops.h`, its cases in `tests/op_cases/`.

Every case compares values and gradients of each kernel table with `kernels/ref` in float
(`tests/kernels`), and the gradients of `kernels/ref` in double with central differences of fourth
order (`tests/gradients`). The last column is the largest relative error of the latter over all
cases; the test allows {:.0e}, and sees that gradients wrong by 1% are refused.

| operation | cases | largest gradient error |
|---|---|---|
)";

}  // namespace

// Prints docs/operations.md: every operation, how many cases test it, and the largest relative
// error of its gradients.
int main() {
  struct Row {
    int cases = 0;
    double error = 0;
  };
  std::vector<std::string> order;
  std::map<std::string, Row> rows;
  for (const auto& op_case : p2s::op_cases(p2s::CaseSizes::test)) {
    if (!rows.contains(op_case.op)) order.push_back(op_case.op);
    Row& row = rows[op_case.op];
    ++row.cases;
    if (op_case.mode == p2s::Tape::Mode::inference) continue;
    const auto gradients = p2s::run_case(op_case, p2s::Device::ref).gradients;
    row.error = std::max(row.error, p2s::gradient_error(gradients, p2s::numeric_gradient(op_case)));
  }
  fmt::print(kIntroduction, p2s::kGradientTolerance);
  for (const auto& op : order) {
    fmt::print("| {} | {} | {:.1e} |\n", op, rows[op].cases, rows[op].error);
  }
}
