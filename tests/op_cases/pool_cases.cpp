#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

struct PoolOp {
  const char* name;
  Var (*run)(Tape&, const Var&, const PoolOptions&);
};
constexpr PoolOp kPoolOps[] = {{"max_pool", max_pool}, {"average_pool", average_pool}};

OpCase pool_case(const PoolOp& op, const Shape& x, const PoolOptions& options) {
  return {.op = op.name,
          .name = fmt::format("{} {}, window {}, stride {}, pad {}", op.name, x.text(),
                              options.window, options.stride, options.pad),
          .operands = {{x, Draw::distinct}},
          .run = [run = op.run, options](Tape& tape, const OpInputs& in) {
            return run(tape, in.vars[0], options);
          }};
}

}  // namespace

void add_pools(Cases& cases, CaseSizes sizes) {
  if (sizes == CaseSizes::threads) {
    for (const PoolOp& op : kPoolOps) cases.push_back(pool_case(op, {3, 31, 31, 35}, {3, 2, 1}));
    return;
  }
  if (sizes == CaseSizes::bench) {
    cases.push_back(pool_case(kPoolOps[0], {16, 112, 112, 64}, {3, 2, 1}));
    cases.push_back(pool_case(kPoolOps[1], {16, 7, 7, 1280}, {7, 7, 0}));
    return;
  }
  for (const PoolOp& op : kPoolOps) {
    cases.push_back(pool_case(op, {1, 1, 1, 1}, {1, 1, 0}));
    cases.push_back(pool_case(op, {2, 4, 6, 3}, {2, 2, 0}));
    cases.push_back(pool_case(op, {1, 5, 5, 2}, {3, 2, 1}));
    cases.push_back(pool_case(op, {2, 5, 4, 17}, {3, 1, 1}));
    cases.push_back(pool_case(op, {2, 7, 7, 5}, {7, 7, 0}));
    cases.push_back(pool_case(op, {1, 7, 5, 4}, {2, 2, 0}));
  }
}

}  // namespace p2s::families
