#include <doctest/doctest.h>

#include <filesystem>

#include "nn/base/files.h"
#include "tests/layers/layer_rules.h"

using p2s::layer_breaches;

namespace {

std::vector<std::string> source_files() {
  std::vector<std::string> paths;
  for (const char* folder : {"nn", "kernels", "models", "data", "metrics", "features", "train",
                             "infer", "python", "bench", "tests", "examples"}) {
    for (const auto& entry :
         p2s::fs::recursive_directory_iterator(p2s::fs::path(P2S_SOURCE_DIR) / folder)) {
      const std::string extension = entry.path().extension();
      if (extension == ".h" || extension == ".cpp" || extension == ".cu" || extension == ".cuh") {
        paths.push_back(p2s::fs::relative(entry.path(), P2S_SOURCE_DIR));
      }
    }
  }
  return paths;
}

}  // namespace

TEST_CASE("no source file includes a layer above its own") {
  const auto paths = source_files();
  REQUIRE(paths.size() > 50);
  for (const std::string& path : paths) {
    const auto text = p2s::read_file(p2s::fs::path(P2S_SOURCE_DIR) / path);
    for (const std::string& breach : layer_breaches(path, text)) FAIL_CHECK(breach);
  }
}

TEST_CASE("the layer check notices each kind of breach") {
  struct Row {
    const char* path;
    const char* text;
    const char* expected;
  };
  for (const Row& row : {
           Row{"nn/base/files.h", "#include \"kernels/device.h\"", "may not include kernels"},
           Row{"kernels/cpu/gemm.cpp", "\n#include \"nn/tensor.h\"",
               ":2: kernels may not include nn"},
           Row{"models/vse.cpp", "#include \"data/corpus.h\"", "models may not include data"},
           Row{"data/image.cpp", "#include \"nn/tensor.h\"", "data may not include nn"},
           Row{"features/caption_data.cpp", "#include \"train/loop.h\"",
               "features may not include train"},
           Row{"train/loop.cpp", "# include \"infer/story.h\"", "train may not include infer"},
           Row{"infer/story.cpp", "#include \"train/loop.h\"", "infer may not include train"},
           Row{"nn/tape.cpp", "#include \"tape.h\"", "does not start at the root"},
           Row{"nn/tape.cpp", "#include \"../kernels/device.h\"", "does not start at the root"},
           Row{"nn/tensor.cpp", "#include <cuda_runtime.h>", "CUDA header outside kernels/cuda"},
           Row{"nn/tensor.cpp", "#ifdef P2S_CUDA", "outside kernels/device.cpp"},
           Row{"nn/tensor.cpp", "#if defined(P2S_CUDA)", "outside kernels/device.cpp"},
       }) {
    CAPTURE(row.path);
    const auto breaches = layer_breaches(row.path, row.text);
    REQUIRE(breaches.size() == 1);
    CHECK(breaches[0].find(row.expected) != std::string::npos);
  }
}

TEST_CASE("the layer check lets through what is allowed") {
  CHECK(layer_breaches("kernels/cuda/gemm.cu", "#include <cublasLt.h>\n").empty());
  CHECK(layer_breaches("kernels/device.cpp", "#ifdef P2S_CUDA\n#endif\n").empty());
  CHECK(layer_breaches("nn/tape.cpp", "#include \"nn/tape.h\"\n#include <vector>\n").empty());
  CHECK(layer_breaches("infer/story.cpp", "#include \"data/tokenizer.h\"\n").empty());
  CHECK(layer_breaches("nn/tensor.cpp", "// #include \"infer/story.h\" is not allowed\n").empty());
}
