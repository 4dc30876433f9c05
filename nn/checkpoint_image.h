#pragma once

#include <hdf5.h>

#include <cstddef>
#include <filesystem>
#include <span>

namespace p2s::checkpoint {

// A growing file, mapped into memory, in which HDF5's core driver keeps its content. When the disk
// is full HDF5 goes on in plain memory and can close in peace (a failed close would leave it
// broken); failure() tells.
class FileImage {
 public:
  // Error(io) when the file cannot be made.
  explicit FileImage(std::filesystem::path path);
  // Removes the file.
  ~FileImage();
  FileImage(const FileImage&) = delete;
  FileImage& operator=(const FileImage&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Makes HDF5 keep a file opened with these access properties here.
  bool attach(hid_t file_access);
  // The reason of the first growth that was refused (errno), 0 while there is none.
  int failure() const { return failure_; }
  std::span<const char> content(size_t size) const { return {data_, size}; }
  // Writes `tail` behind the first `size` bytes and ends the file there.
  void finish(size_t size, std::span<const char> tail);

 private:
  static void* resize(void* old, size_t size, H5FD_file_image_op_t, void* image);
  bool grow(size_t size);

  std::filesystem::path path_;
  int file_ = -1;
  int failure_ = 0;
  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace p2s::checkpoint
