#include "kernels/device.h"

#include <doctest/doctest.h>

#include "nn/base/files.h"
#include "tests/cli/photo_and_pack.h"
#include "tests/cli/program.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

Outcome run_on(const std::string& device, const std::string& program,
               std::vector<std::string> arguments, const fs::path& folder) {
  arguments.insert(arguments.end(), {"--device", device});
  ProgramOptions options;
  options.folder = folder;
  options.environment = {"P2S_PACK=" + pack_file().string()};
  return run_program(program, arguments, options);
}

}  // namespace

TEST_CASE("--device says where a program computes") {
  const TemporaryFolder folder;
  const std::string photo = photo_file().string();
  const std::vector<std::pair<std::string, std::vector<std::string>>> programs = {
      {"p2s-generate", {photo, "--words", "5", "--precision", "fp32"}},
      {"p2s-caption", {photo}},
      {"p2s-features", {photo, "--out", "features.npy"}}};
  for (const auto& [program, arguments] : programs) {
    CAPTURE(program);
    const Outcome truth = run_on("ref", program, arguments, folder.path());
    CHECK(truth.status == 0);
    CHECK(run_on("cpu", program, arguments, folder.path()).out == truth.out);
    const Outcome gpu = run_on("cuda", program, arguments, folder.path());
    if (available(Device::cuda)) {
      CHECK(gpu.status == 0);
    } else {
      check_refusal(program, gpu, 1, {"give --device cpu"});
    }
    check_refusal(program, run_on("tpu", program, arguments, folder.path()), 2,
                  {"--device", "tpu"});
  }
}
