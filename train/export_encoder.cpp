#include "train/export_encoder.h"

#include <spdlog/spdlog.h>

#include "features/word_list.h"
#include "models/model_files.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {

void export_encoder(const ExportEncoderOptions& o) {
  const ModelFileReader source(o.encoder);
  ThoughtEncoder encoder = read_thought_encoder(source, Device::cpu);
  const Tensor content_words = read_content_words(source, Device::cpu);
  const Storing storing = o.storing == "half" ? Storing::f16 : Storing::f32;
  ModelFileWriter out(o.out);
  write_thought_encoder(out, encoder, [&](const std::string&) { return storing; });
  write_words(out, read_words(source));
  if (content_words.defined()) write_content_words(out, content_words, storing);
  const std::filesystem::path more = more_words_of(source);
  if (!more.empty()) {
    const std::filesystem::path table = more_words_beside(o.out);
    check(table != more, ErrorCode::usage,
          "--out {}: the new words of {} go beside it, into {}; give another name that ends in .h5",
          o.out.string(), o.encoder.string(), table.string());
    write_atomically(table, [&](const std::filesystem::path& path) {
      std::filesystem::copy_file(more, path, std::filesystem::copy_options::overwrite_existing);
    });
    write_more_words(out, table.filename().string());
  }
  out.finish();
  spdlog::info("{}: {} words, vectors of {} numbers", o.out.string(), encoder.words(),
               encoder.size());
}

void export_encoder_command(const std::vector<std::string>& arguments, std::ostream& out) {
  ExportEncoderOptions o;
  CommandLine line("p2s-train export-encoder",
                   "Writes the sentence encoder of a run alone, to share and to use: a fraction of "
                   "its model.h5.",
                   "  p2s-train export-encoder --encoder runs/encoder/model.h5 --out encoder.h5\n");
  line.path("--encoder", o.encoder, "model.h5 of a skipthought run, or a pack");
  line.required("--encoder");
  line.path("--out", o.out, "the encoder file to write");
  line.required("--out");
  line.choice("--storing", o.storing, {"float", "half"}, "its numbers");
  if (line.parse(arguments, out)) export_encoder(o);
}

}  // namespace p2s
