#include <hdf5.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/checkpoint.h"
#include "nn/checkpoint_format.h"
#include "nn/checkpoint_image.h"
#include "nn/checkpoint_storing.h"

namespace p2s {
namespace {

Hdf5Handle text_type() {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

Hdf5Handle dataspace(const std::vector<int64_t>& sizes) {
  if (sizes.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> plain(sizes.begin(), sizes.end());
  return {H5Screate_simple(int(plain.size()), plain.data(), nullptr), H5Sclose};
}

fs::path collecting_path(fs::path path) {
  static std::atomic<int> count = 0;
  path += ".part" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  return path;
}

}  // namespace

struct ModelFileWriter::Impl {
  fs::path path;
  checkpoint::FileImage image;
  Hdf5Handle file;
  explicit Impl(fs::path target) : path(std::move(target)), image(collecting_path(path)) {
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    check(image.attach(access), ErrorCode::internal, "{}: HDF5 has no memory driver",
          path.string());
    file = {H5Fcreate(image.path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose};
    require(file.valid(), "the file");
  }

  void require(bool done, const std::string& what) const {
    if (image.failure() != 0) {
      fail(ErrorCode::io, "{}: cannot write: {}", path.string(), std::strerror(image.failure()));
    }
    check(done, ErrorCode::internal,
          "{}: HDF5 refused to write {}; is the name taken or not a valid one?", path.string(),
          what);
  }

  void dataset(const std::string& name, hid_t stored_type, hid_t memory_type,
               const std::vector<int64_t>& sizes, const void* values) const {
    const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links, 1);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    // Same content, same bytes: no times in the file.
    H5Pset_obj_track_times(creation, false);
    const Hdf5Handle space = dataspace(sizes);
    const Hdf5Handle set(
        H5Dcreate2(file, name.c_str(), stored_type, space, links, creation, H5P_DEFAULT), H5Dclose);
    require(set.valid() && H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
            name);
  }

  void root_attribute(const std::string& name, hid_t type, const void* value) const {
    const Hdf5Handle space = dataspace({});
    const Hdf5Handle made(H5Acreate2(file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                          H5Aclose);
    require(made.valid() && H5Awrite(made, type, value) >= 0, "attribute " + name);
  }
};

ModelFileWriter::ModelFileWriter(std::filesystem::path path) {
  const Hdf5Quiet quiet;
  impl_ = std::make_unique<Impl>(std::move(path));
}

ModelFileWriter::~ModelFileWriter() {
  const Hdf5Quiet quiet;
  impl_.reset();
}

void ModelFileWriter::tensor(const std::string& name, const Tensor& value, Storing storing) {
  const Hdf5Quiet quiet;
  const std::vector<int64_t> sizes = value.shape().sizes();
  const std::vector<real> numbers = value.to_host();
  if (storing == Storing::f32) {
    impl_->dataset(name, H5T_IEEE_F32LE, checkpoint::native_real(), sizes, numbers.data());
    return;
  }
  const real limit = storing == Storing::f16 ? real(65504) : std::numeric_limits<real>::max();
  for (const real number : numbers) {
    check(std::abs(number) <= limit, ErrorCode::usage,
          "{}: {} holds {}, which {} cannot store; store it as f32", impl_->path.string(), name,
          number, storing == Storing::f16 ? "half precision" : "a byte with a scale");
  }
  if (storing == Storing::f16) {
    const Hdf5Handle half = checkpoint::half_type();
    impl_->dataset(name, half, half, sizes, checkpoint::to_halves(numbers).data());
    return;
  }
  const int64_t rows = value.shape().rows();
  const checkpoint::Bytes bytes = checkpoint::quantize(numbers, rows, value.shape().columns());
  impl_->dataset(name, H5T_STD_I8LE, H5T_NATIVE_INT8, sizes, bytes.values.data());
  impl_->dataset(checkpoint::scale_name(name), H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {rows},
                 bytes.scales.data());
}

void ModelFileWriter::numbers(const std::string& name, const std::vector<int64_t>& values) {
  const Hdf5Quiet quiet;
  impl_->dataset(name, H5T_STD_I64LE, H5T_NATIVE_INT64, {int64_t(values.size())}, values.data());
}

void ModelFileWriter::texts(const std::string& name, const std::vector<std::string>& values) {
  const Hdf5Quiet quiet;
  std::vector<const char*> plain;
  for (const std::string& value : values) plain.push_back(value.c_str());
  const Hdf5Handle type = text_type();
  impl_->dataset(name, type, type, {int64_t(values.size())}, plain.data());
}

void ModelFileWriter::attribute(const std::string& name, const std::string& value) {
  const Hdf5Quiet quiet;
  const char* plain = value.c_str();
  impl_->root_attribute(name, text_type(), &plain);
}

void ModelFileWriter::attribute(const std::string& name, double value) {
  const Hdf5Quiet quiet;
  impl_->root_attribute(name, H5T_NATIVE_DOUBLE, &value);
}

void ModelFileWriter::finish() {
  const Hdf5Quiet quiet;
  check(impl_->file.valid(), ErrorCode::internal, "{}: finished twice", impl_->path.string());
  checkpoint::FileImage& image = impl_->image;
  const bool flushed = H5Fflush(impl_->file, H5F_SCOPE_GLOBAL) >= 0;
  const ssize_t size = H5Fget_file_image(impl_->file, nullptr, 0);
  impl_->require(flushed && size > 0 && impl_->file.close(), "the file");
  image.finish(size_t(size), checkpoint::make_trailer(image.content(size_t(size))));
  impl_->require(true, "the trailer");
  write_atomically(impl_->path,
                   [&](const fs::path& temporary) { fs::rename(image.path(), temporary); });
}

}  // namespace p2s
