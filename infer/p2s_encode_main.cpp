#include <iostream>

#include "infer/encode_cli.h"
#include "nn/base/program.h"

int main(int argc, char** argv) {
  return p2s::run_program("p2s-encode", [&] {
    p2s::run_p2s_encode({argv + 1, argv + argc}, std::cin, std::cout);
  });
}
