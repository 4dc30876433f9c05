#include <iostream>

#include "infer/eval_cli.h"
#include "nn/base/error.h"
#include "nn/base/program.h"

int main(int argc, char** argv) {
  return p2s::run_program("p2s-eval", [&] {
    p2s::run_p2s_eval({argv + 1, argv + argc}, std::cout);
    p2s::check(bool(std::cout.flush()), p2s::ErrorCode::io, "the figures cannot be written");
  });
}
