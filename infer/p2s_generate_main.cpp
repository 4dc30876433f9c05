#include <unistd.h>

#include <exception>
#include <iostream>

#include "infer/cli.h"
#include "nn/base/error.h"
#include "nn/base/log.h"

int main(int argc, char** argv) {
  try {
    p2s::log_to_stderr();
    const auto options = p2s::parse_generate_options({argv + 1, argv + argc});
    if (!options.help.empty()) {
      std::cout << options.help;
      return 0;
    }
    p2s::generate(options, std::cout, isatty(STDOUT_FILENO) != 0);
    return 0;
  } catch (const p2s::Error& e) {
    std::cerr << "p2s-generate: " << e.what() << '\n';
    return p2s::exit_status(e);
  } catch (const std::exception& e) {
    std::cerr << "p2s-generate: " << e.what() << '\n';
    return 1;
  }
}
