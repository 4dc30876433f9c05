#include "infer/pack_location.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "nn/base/error.h"

namespace p2s {
namespace {

namespace fs = std::filesystem;

fs::path first_pack(const fs::path& folder) {
  std::vector<fs::path> packs;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".h5") packs.push_back(entry.path());
  }
  return packs.empty() ? fs::path() : *std::min_element(packs.begin(), packs.end());
}

}  // namespace

fs::path this_program() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored);
}

fs::path default_pack(const fs::path& program) {
  const char* named = std::getenv("P2S_PACK");
  if (named != nullptr && *named != '\0') return named;
  const fs::path home = program.parent_path();
  std::vector<std::string> looked;
  for (const fs::path& folder : {home / "packs", home / ".." / "packs",
                                 home / ".." / "share" / "p2s" / "packs", fs::path("packs")}) {
    const fs::path pack = first_pack(folder);
    if (!pack.empty()) return pack;
    looked.push_back(folder.lexically_normal().string());
  }
  fail(ErrorCode::io, "no pack (*.h5) in {}; give --pack FILE or set P2S_PACK",
       fmt::join(looked, ", "));
}

}  // namespace p2s
