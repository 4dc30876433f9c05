#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

struct TableOp {
  const char* name;
  Var (*run)(Tape&, const Var&, const Ids&);
};
constexpr TableOp kEmbedding{"embedding", embedding};
constexpr TableOp kGather{"gather", gather};

// `what` tells cases apart whose shapes agree.
OpCase table_case(const TableOp& op, const Shape& table, IdOperand ids, const char* what) {
  return {.op = op.name,
          .name = fmt::format("{} {} by {} {}", op.name, table.text(), ids.shape.text(), what),
          .operands = {{table}},
          .ids = {std::move(ids)},
          .run = [run = op.run](Tape& tape, const OpInputs& in) {
            return run(tape, in.vars[0], in.ids[0]);
          }};
}

// Word ids as a text has them: small ones often.
IdOperand many(int64_t n, int64_t vocabulary) {
  Rng rng(1);
  std::vector<int32_t> ids(static_cast<size_t>(n));
  for (int32_t& id : ids) id = int32_t(rng.below(1 + rng.below(uint64_t(vocabulary))));
  return {{n}, ids};
}

}  // namespace

void add_tables(Cases& cases, CaseSizes sizes) {
  if (sizes == CaseSizes::threads) {
    cases.push_back(table_case(kEmbedding, {1500, 67}, many(2000, 1500), "words"));
    cases.push_back(table_case(kGather, {700, 133}, many(900, 700), "rows"));
    return;
  }
  if (sizes == CaseSizes::bench) {
    cases.push_back(table_case(kEmbedding, {20000, 620}, many(1920, 20000), "words"));
    cases.push_back(table_case(kGather, {1920, 2400}, many(1920, 1920), "rows"));
    return;
  }
  cases.push_back(table_case(kEmbedding, {5, 3}, {{4}, {4, 0, 2, 1}}, "once each"));
  cases.push_back(table_case(kEmbedding, {5, 33}, {{2, 3}, {1, 1, 4, -1, 1, 0}}, "repeated"));
  cases.push_back(table_case(kEmbedding, {7, 1}, {{3}, {6, -5, 6}}, "negative"));
  cases.push_back(table_case(kEmbedding, {50, 17}, many(40, 50), "words"));
  cases.push_back(table_case(kGather, {4, 3}, {{6}, {3, 3, 0, -1, 2, 3}}, "repeated"));
  cases.push_back(table_case(kGather, {6, 19}, {{2}, {5, 1}}, "few"));
  cases.push_back(table_case(kGather, {1, 1}, {{1}, {0}}, "one"));
}

}  // namespace p2s::families
