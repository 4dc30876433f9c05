#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "tests/op_cases/gradient_check.h"
#include "tests/op_cases/run_case.h"

// Prints the table of docs/operations.md: every operation, how many cases test it, and the largest
// relative error of its gradients against finite differences in double precision.
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
  fmt::print("| operation | cases | largest gradient error |\n|---|---|---|\n");
  for (const auto& op : order) {
    fmt::print("| {} | {} | {:.1e} |\n", op, rows[op].cases, rows[op].error);
  }
}
