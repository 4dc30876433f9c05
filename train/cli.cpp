#include "train/cli.h"

#include "nn/base/subcommands.h"
#include "train/captioner_trainer.h"
#include "train/decoder_trainer.h"
#include "train/expand_builder.h"
#include "train/export_encoder.h"
#include "train/import_cnn.h"
#include "train/import_published.h"
#include "train/pack_builder.h"
#include "train/skip_thought_trainer.h"
#include "train/style_builder.h"
#include "train/vse_trainer.h"
#include "train/word_vectors_builder.h"

namespace p2s {

void run_p2s_train(const std::vector<std::string>& arguments, std::ostream& out) {
  static constexpr Subcommand commands[] = {
      {"import-cnn", "turn a convnet's weights from PyTorch or Keras into a convnet file",
       import_cnn_command},
      {"import", "turn published skip-thoughts, VSE and story decoders into model files",
       import_published_command},
      {"skipthought", "train a sentence encoder on books", skip_thought_command},
      {"vse", "train the embedding in which photographs find captions", vse_command},
      {"captioner", "train the captioner that looks at a photograph word by word",
       captioner_command},
      {"decoder", "train the decoder that tells stories like books", decoder_command},
      {"words", "train word vectors that tell what a text is about", word_vectors_command},
      {"expand", "teach an encoder the words of a word2vec file that it does not know",
       expand_command},
      {"export-encoder", "the sentence encoder of a run alone, to share and to use",
       export_encoder_command},
      {"style", "the mean vector of a genre's passages, or of captions", style_command},
      {"pack", "gather trained models into one file for p2s-generate", pack_command},
  };
  run_subcommand("p2s-train", "Trains the models that stories are told with.", commands, arguments,
                 out);
}

}  // namespace p2s
