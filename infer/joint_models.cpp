#include "infer/joint_models.h"

#include "infer/pack_location.h"
#include "nn/base/error.h"

namespace p2s {

void add_joint_model_flags(CommandLine& line, JointModelFiles& files) {
  line.path("--vse", files.vse, "model.h5 of a vse run (default: the pack's embedding)");
  line.path("--convnet", files.convnet,
            "convnet whose features the embedding reads (default: the one fine-tuned with it, else "
            "the pack's)");
  line.path("--pack", files.pack, "model pack (default: $P2S_PACK, else packs/*.h5)");
}

JointModels read_joint_models(const JointModelFiles& files, Device device) {
  const auto source = [&](const std::filesystem::path& given) {
    if (!given.empty()) return given;
    return files.pack.empty() ? default_pack(this_program()) : files.pack;
  };
  const ModelFileReader vse(source(files.vse));
  check(vse.has_attribute("vse.vocabulary") || !files.vse.empty(), ErrorCode::usage,
        "{}: the pack holds the image side of its embedding only; give --vse FILE, the model.h5 of "
        "a vse run, or make the pack anew with p2s-train pack --vse",
        vse.path().string());
  const bool own = files.convnet.empty() && has_own_convnet(vse);
  JointModels models{read_joint_space(vse, device),
                     own ? read_convnet(vse, device)
                         : read_convnet(ModelFileReader(source(files.convnet)), device)};
  const int64_t wanted = models.space.vse.config.features;
  check(wanted == models.convnet.features(), ErrorCode::usage,
        "{}: reads {} features of a photograph, the convnet makes {}; give the --convnet it was "
        "trained with",
        vse.path().string(), wanted, models.convnet.features());
  return models;
}

}  // namespace p2s
