#include "infer/nearest_cli.h"

#include <algorithm>

#include "infer/nearest_photos.h"
#include "infer/nearest_sentences.h"
#include "nn/base/subcommands.h"

namespace p2s {

void run_p2s_nearest(const std::vector<std::string>& arguments, std::ostream& out) {
  static constexpr Subcommand commands[] = {
      {"photos", "photographs for a sentence, or near a photograph - words + words",
       nearest_photos_command},
      {"sentences", "the sentences of a file that mean most nearly the same",
       nearest_sentences_command},
  };
  const bool photos = std::ranges::any_of(arguments, [](const std::string& argument) {
    return argument == "--coco" || argument.starts_with("--coco=");
  });
  if (photos && arguments[0].starts_with("-")) {
    nearest_photos_command(arguments, out);
  } else {
    run_subcommand("p2s-nearest", "Finds what lies nearest.", commands, arguments, out);
  }
}

}  // namespace p2s
