#include <exception>
#include <iostream>

#include "infer/encode_cli.h"
#include "nn/base/error.h"
#include "nn/base/log.h"

int main(int argc, char** argv) {
  try {
    p2s::log_to_stderr();
    p2s::run_p2s_encode({argv + 1, argv + argc}, std::cin, std::cout);
    return 0;
  } catch (const p2s::Error& e) {
    std::cerr << "p2s-encode: " << e.what() << '\n';
    return p2s::exit_status(e);
  } catch (const std::exception& e) {
    std::cerr << "p2s-encode: " << e.what() << '\n';
    return 1;
  }
}
