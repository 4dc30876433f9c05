#include <iostream>

#include "infer/features_cli.h"
#include "nn/base/program.h"

int main(int argc, char** argv) {
  return p2s::run_program("p2s-features", [&] {
    p2s::run_p2s_features({argv + 1, argv + argc}, std::cout);
  });
}
