#include "nn/base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "nn/base/error.h"

namespace p2s {
namespace {

void sync_path(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags);
  if (fd < 0)
    fail(ErrorCode::io, "{}: cannot open to sync: {}", path.string(), std::strerror(errno));
  const bool ok = ::fsync(fd) == 0;
  const int reason = errno;
  ::close(fd);
  // Some file systems refuse fsync on folders; the rename itself is still atomic there.
  if (!ok && reason != EINVAL) {
    fail(ErrorCode::io, "{}: cannot sync: {}", path.string(), std::strerror(reason));
  }
}

}  // namespace

void write_atomically(const fs::path& path, const std::function<void(const fs::path&)>& produce) {
  fs::path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  try {
    produce(temporary);
    sync_path(temporary, O_RDWR);
    std::error_code error;
    fs::rename(temporary, path, error);
    if (error) fail(ErrorCode::io, "{}: cannot write: {}", path.string(), error.message());
    sync_path(path.has_parent_path() ? path.parent_path() : fs::path("."), O_RDONLY);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_atomically(const fs::path& path, std::string_view bytes) {
  write_atomically(path, [&](const fs::path& temporary) {
    errno = 0;
    std::ofstream out(temporary, std::ios::binary);
    out.write(bytes.data(), std::streamsize(bytes.size()));
    out.close();
    if (!out) fail(ErrorCode::io, "{}: cannot write: {}", path.string(), std::strerror(errno));
  });
}

void require_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    fail(ErrorCode::io, "{}: no such file", path.string());
  }
  if (error) fail(ErrorCode::io, "{}: {}", path.string(), error.message());
  if (fs::is_directory(status)) {
    fail(ErrorCode::io, "{}: is a folder, a file is needed", path.string());
  }
}

std::string read_file(const fs::path& path) {
  require_file(path);
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(ErrorCode::io, "{}: cannot open: {}", path.string(), std::strerror(errno));
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) fail(ErrorCode::io, "{}: cannot read: {}", path.string(), std::strerror(errno));
  return bytes;
}

uint64_t content_hash(const void* bytes, size_t size, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes, size, seed);
}

uint64_t file_hash(const fs::path& path) {
  require_file(path);
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(ErrorCode::io, "{}: cannot open: {}", path.string(), std::strerror(errno));
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::vector<char> buffer(size_t(1) << 20);
  while (in.read(buffer.data(), std::streamsize(buffer.size())), in.gcount() > 0) {
    XXH3_64bits_update(state.get(), buffer.data(), size_t(in.gcount()));
  }
  if (in.bad()) fail(ErrorCode::io, "{}: cannot read: {}", path.string(), std::strerror(errno));
  return XXH3_64bits_digest(state.get());
}

MappedFile::MappedFile(const fs::path& path) {
  require_file(path);
  const int fd = ::open(path.c_str(), O_RDONLY);
  if (fd < 0) fail(ErrorCode::io, "{}: cannot open: {}", path.string(), std::strerror(errno));
  struct stat info {};
  ::fstat(fd, &info);
  size_ = size_t(info.st_size);
  if (size_ > 0) {
    void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    const int reason = errno;
    ::close(fd);
    if (address == MAP_FAILED) {
      size_ = 0;
      fail(ErrorCode::io, "{}: cannot map: {}", path.string(), std::strerror(reason));
    }
    data_ = static_cast<const char*>(address);
  } else {
    ::close(fd);
  }
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

fs::path cache_folder() {
  fs::path folder;
  if (const char* own = std::getenv("P2S_CACHE")) {
    folder = own;
  } else if (const char* xdg = std::getenv("XDG_CACHE_HOME")) {
    folder = fs::path(xdg) / "p2s";
  } else {
    const char* home = std::getenv("HOME");
    folder = fs::path(home != nullptr ? home : "/tmp") / ".cache" / "p2s";
  }
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    fail(ErrorCode::io, "{}: cannot create the cache folder: {}; set P2S_CACHE to another place",
         folder.string(), error.message());
  }
  return folder;
}

}  // namespace p2s
