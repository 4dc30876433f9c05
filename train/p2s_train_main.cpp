#include <iostream>

#include "nn/base/program.h"
#include "nn/base/signals.h"
#include "train/cli.h"

int main(int argc, char** argv) {
  return p2s::run_program("p2s-train", [&] {
    p2s::install_stop_signals();
    p2s::run_p2s_train({argv + 1, argv + argc}, std::cout);
  });
}
