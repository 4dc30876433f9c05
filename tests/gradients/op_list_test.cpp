#include <doctest/doctest.h>

#include <regex>
#include <set>

#include "nn/base/files.h"
#include "tests/op_cases/op_cases.h"

namespace p2s {

TEST_CASE("names of cases are unique") {
  std::set<std::string> names;
  for (CaseSizes sizes : {CaseSizes::test, CaseSizes::threads, CaseSizes::bench}) {
    for (const OpCase& op_case : op_cases(sizes)) {
      INFO(op_case.name);
      CHECK(names.insert(op_case.name).second);
    }
  }
}

TEST_CASE("every operation of nn/ops.h has cases") {
  std::set<std::string> ops;
  for (const OpCase& op_case : op_cases(CaseSizes::test)) {
    ops.insert(op_case.op);
    // "reduce sum" is a kind of reduce, a sigmoid one of unary.
    ops.insert(op_case.op.substr(0, op_case.op.find(' ')));
    if (op_case.op == "abs") ops.insert("unary");
  }
  const std::string header = read_file(fs::path(P2S_SOURCE_DIR) / "nn/ops.h");
  const std::regex declaration("\n(?:inline )?(?:Var|LstmStates|AttentionStates) (\\w+)\\(Tape&");
  int found = 0;
  for (std::sregex_iterator at(header.begin(), header.end(), declaration), end; at != end; ++at) {
    INFO((*at)[1].str());
    CHECK(ops.contains((*at)[1].str()));
    ++found;
  }
  CHECK(found >= 30);
}

}  // namespace p2s
