#include <unistd.h>

#include <iostream>

#include "infer/cli.h"
#include "nn/base/program.h"

int main(int argc, char** argv) {
  return p2s::run_program("p2s-generate", [&] {
    const auto options = p2s::parse_generate_options({argv + 1, argv + argc});
    if (!options.help.empty()) {
      std::cout << options.help;
      return;
    }
    p2s::generate(options, std::cout, isatty(STDOUT_FILENO) != 0);
  });
}
