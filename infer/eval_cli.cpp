#include "infer/eval_cli.h"

#include "infer/eval_captions.h"
#include "infer/eval_stories.h"
#include "nn/base/subcommands.h"

namespace p2s {

void run_p2s_eval(const std::vector<std::string>& arguments, std::ostream& out) {
  static constexpr Subcommand commands[] = {
      {"captions", "score captions against those that people wrote", eval_captions_command},
      {"stories", "tell stories for photographs in every genre, and measure them",
       eval_stories_command},
  };
  run_subcommand("p2s-eval", "Measures captions and stories.", commands, arguments, out);
}

}  // namespace p2s
