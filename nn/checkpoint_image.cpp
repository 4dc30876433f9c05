#include "nn/checkpoint_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "nn/base/error.h"

namespace p2s::checkpoint {
namespace {

constexpr size_t kGrowth = size_t(1) << 20;

}  // namespace

FileImage::FileImage(std::filesystem::path path)
    : path_(std::move(path)),
      file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
  if (file_ < 0) {
    fail(ErrorCode::io, "{}: cannot write: {}", path_.string(), std::strerror(errno));
  }
}

FileImage::~FileImage() {
  if (data_ != nullptr) ::munmap(data_, size_);
  ::close(file_);
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

bool FileImage::attach(hid_t file_access) {
  H5FD_file_image_callbacks_t callbacks{};
  callbacks.image_realloc = resize;
  callbacks.image_malloc = [](size_t size, H5FD_file_image_op_t op, void* image) {
    return resize(nullptr, size, op, image);
  };
  callbacks.image_memcpy = [](void* to, const void* from, size_t size, H5FD_file_image_op_t,
                              void*) { return std::memcpy(to, from, size); };
  callbacks.image_free = [](void*, H5FD_file_image_op_t, void*) { return herr_t(0); };
  callbacks.udata_copy = [](void* image) { return image; };
  callbacks.udata_free = [](void*) { return herr_t(0); };
  callbacks.udata = this;
  return H5Pset_fapl_core(file_access, kGrowth, false) >= 0 &&
         H5Pset_file_image_callbacks(file_access, &callbacks) >= 0;
}

void* FileImage::resize(void*, size_t size, H5FD_file_image_op_t, void* image) {
  auto* self = static_cast<FileImage*>(image);
  return self->grow(size) ? self->data_ : nullptr;
}

bool FileImage::grow(size_t size) {
  if (size <= size_) return true;
  // Reserved on the disk first: a write to the map beyond that would end the process.
  if (failure_ == 0) failure_ = ::posix_fallocate(file_, off_t(size_), off_t(size - size_));
  void* grown = MAP_FAILED;
  if (failure_ != 0) {
    grown = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (grown != MAP_FAILED && data_ != nullptr) {
      std::memcpy(grown, data_, size_);
      ::munmap(data_, size_);
    }
  } else if (data_ == nullptr) {
    grown = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  } else {
    grown = ::mremap(data_, size_, size, MREMAP_MAYMOVE);
  }
  if (grown == MAP_FAILED) {
    if (failure_ == 0) failure_ = errno;
    return false;
  }
  data_ = static_cast<char*>(grown);
  size_ = size;
  return true;
}

void FileImage::finish(size_t size, std::span<const char> tail) {
  const size_t whole = size + tail.size();
  if (grow(whole) && failure_ == 0) {
    std::memcpy(data_ + size, tail.data(), tail.size());
    if (::ftruncate(file_, off_t(whole)) != 0) failure_ = errno;
  }
}

}  // namespace p2s::checkpoint
