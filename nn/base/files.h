#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace p2s {

namespace fs = std::filesystem;

// Writes `path` so that it appears whole or not at all: `produce` fills a temporary file in the
// same folder, which is fsynced and renamed over `path`. On any error the temporary file is
// removed, an older `path` stays as it was, and Error(io) names the file and the system's reason.
void write_atomically(const fs::path& path, const std::function<void(const fs::path&)>& produce);
void write_atomically(const fs::path& path, std::string_view bytes);

// The whole file; Error(io) names it when it is missing, a folder, or unreadable.
std::string read_file(const fs::path& path);

// Throws Error(io) unless `path` is an existing regular file; says "is a folder" for a folder.
void require_file(const fs::path& path);

// XXH3-64 of bytes, and of a file's content read in pieces.
uint64_t content_hash(const void* bytes, size_t size, uint64_t seed = 0);
uint64_t file_hash(const fs::path& path);

// A read-only memory map; moves, does not copy.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const fs::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::span<const char> bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

// Where caches live: $P2S_CACHE, else $XDG_CACHE_HOME/p2s, else $HOME/.cache/p2s. Created on first
// use.
fs::path cache_folder();

}  // namespace p2s
