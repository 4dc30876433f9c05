#include <iostream>

#include "infer/caption_cli.h"
#include "nn/base/program.h"

int main(int argc, char** argv) {
  return p2s::run_program("p2s-caption", [&] {
    const auto options = p2s::parse_caption_options({argv + 1, argv + argc});
    if (!options.help.empty()) {
      std::cout << options.help;
      return;
    }
    p2s::caption_photos(options, std::cout);
  });
}
