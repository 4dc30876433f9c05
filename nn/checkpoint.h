#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/optim.h"
#include "nn/tensor.h"

// Model files: HDF5 with named tensors, text lists and attributes, and after the HDF5 content a
// 32-byte trailer (docs/formats.md): magic "p2s-file", format version, content length, XXH3-64 of
// the content. A truncated or altered file is refused before HDF5 sees it; h5dump and h5py read the
// file as it is.
namespace p2s {

enum class Storing { f32, f16, i8 };  // i8: one scale a row, value = scale * byte

class ModelFileWriter {
 public:
  // Collects into a temporary file; finish() makes it appear whole under `path` (write_atomically).
  explicit ModelFileWriter(std::filesystem::path path);
  ~ModelFileWriter();
  // Names may hold '/' for groups: "decoder/gru.input".
  void tensor(const std::string& name, const Tensor& value, Storing storing = Storing::f32);
  void numbers(const std::string& name, const std::vector<int64_t>& values);
  void texts(const std::string& name, const std::vector<std::string>& values);
  void attribute(const std::string& name, const std::string& value);  // of the root group
  void attribute(const std::string& name, double value);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class ModelFileReader {
 public:
  // Verifies trailer, length and checksum. Error(io/format) names the file and the remedy.
  explicit ModelFileReader(std::filesystem::path path);
  ~ModelFileReader();
  ModelFileReader(ModelFileReader&&) noexcept;
  const std::filesystem::path& path() const;
  bool has(const std::string& name) const;
  // All tensors under the group, at any depth, sorted; names are relative to it.
  std::vector<std::string> names(const std::string& group = "") const;
  Shape shape(const std::string& name) const;
  // Where in the file the numbers begin that stand there one after the other as float32, for those
  // who map it; -1 when it is stored otherwise.
  int64_t offset(const std::string& name) const;
  // Widened to real. Error(format) names file and tensor when it is missing.
  Tensor tensor(const std::string& name, Device device) const;
  // Into an existing tensor, without a second copy; Error(format) names both shapes when they
  // differ.
  void read(const std::string& name, const Tensor& into) const;
  std::vector<int64_t> numbers(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;
  bool has_attribute(const std::string& name) const;
  std::string attribute(const std::string& name) const;
  double number_attribute(const std::string& name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

void write_parameters(ModelFileWriter&, const std::string& group,
                      const std::vector<NamedParameter>&, Storing = Storing::f32);
// Fills existing parameters; Error(format) names the file, the parameter and both shapes on a
// mismatch.
void read_parameters(const ModelFileReader&, const std::string& group,
                     const std::vector<NamedParameter>&);

}  // namespace p2s
