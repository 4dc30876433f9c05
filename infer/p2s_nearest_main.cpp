#include <iostream>

#include "infer/nearest_cli.h"
#include "nn/base/error.h"
#include "nn/base/program.h"

int main(int argc, char** argv) {
  return p2s::run_program("p2s-nearest", [&] {
    p2s::run_p2s_nearest({argv + 1, argv + argc}, std::cout);
    p2s::check(bool(std::cout.flush()), p2s::ErrorCode::io, "the results cannot be written");
  });
}
