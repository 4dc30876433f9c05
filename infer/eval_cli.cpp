#include "infer/eval_cli.h"

#include "infer/eval_captions.h"
#include "infer/eval_perplexity.h"
#include "infer/eval_sentences.h"
#include "infer/eval_stories.h"
#include "infer/eval_vse.h"
#include "nn/base/subcommands.h"

namespace p2s {

void run_p2s_eval(const std::vector<std::string>& arguments, std::ostream& out) {
  static constexpr Subcommand commands[] = {
      {"captions", "score captions against those that people wrote", eval_captions_command},
      {"perplexity", "how well a decoder foretells passages of books", eval_perplexity_command},
      {"sentences", "what sentence vectors tell: SICK, MSRP, MR, CR, SUBJ, MPQA, TREC, STS, SST",
       eval_sentences_command},
      {"stories", "tell stories for photographs in every genre, and measure them",
       eval_stories_command},
      {"vse", "how well photographs find their captions, and captions their photographs",
       eval_vse_command},
  };
  run_subcommand("p2s-eval",
                 "Measures captions, the embedding that finds them, vectors and stories.", commands,
                 arguments, out);
}

}  // namespace p2s
