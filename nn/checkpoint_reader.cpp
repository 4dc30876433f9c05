#include <hdf5.h>

#include <algorithm>
#include <utility>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/checkpoint.h"
#include "nn/checkpoint_format.h"
#include "nn/checkpoint_storing.h"

namespace p2s {
namespace {

// How HDF5 holds a data set.
enum class Kind { f32, f16, i8, numbers, texts, other };

struct DataSet {
  Hdf5Handle set, type, space;
  Kind kind = Kind::other;
  std::vector<int64_t> sizes;
  int64_t elements() const {
    return space.valid() ? int64_t(H5Sget_simple_extent_npoints(space)) : 0;
  }
};

Kind kind_of(hid_t type) {
  const H5T_class_t type_class = H5Tget_class(type);
  const size_t size = H5Tget_size(type);
  if (type_class == H5T_FLOAT) return size == 2 ? Kind::f16 : Kind::f32;
  if (type_class == H5T_INTEGER) return size == 1 ? Kind::i8 : Kind::numbers;
  return type_class == H5T_STRING && H5Tis_variable_str(type) > 0 ? Kind::texts : Kind::other;
}

bool is_tensor(Kind kind) { return kind == Kind::f32 || kind == Kind::f16 || kind == Kind::i8; }

DataSet open_data_set(hid_t file, const std::string& name) {
  DataSet result;
  result.set = {H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose};
  if (!result.set.valid()) return result;
  result.type = {H5Dget_type(result.set), H5Tclose};
  result.space = {H5Dget_space(result.set), H5Sclose};
  result.kind = kind_of(result.type);
  hsize_t sizes[H5S_MAX_RANK] = {};
  const int rank = H5Sget_simple_extent_dims(result.space, sizes, nullptr);
  result.sizes.assign(sizes, sizes + std::max(rank, 0));
  return result;
}

}  // namespace

struct ModelFileReader::Impl {
  fs::path path;
  Hdf5Handle file;

  DataSet open(const std::string& name, const char* what, bool (*fits)(Kind)) const {
    DataSet data = open_data_set(file, name);
    check(data.set.valid(), ErrorCode::format,
          "{}: has no {} \"{}\"; was it written for another model?", path.string(), what, name);
    check(fits(data.kind), ErrorCode::format, "{}: \"{}\" is not a {}", path.string(), name, what);
    return data;
  }

  void read(const DataSet& data, const std::string& name, hid_t type, void* to) const {
    check(H5Dread(data.set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) >= 0, ErrorCode::format,
          "{}: cannot read \"{}\"; copy the file again", path.string(), name);
  }

  template <class T>
  std::vector<T> values(const DataSet& data, const std::string& name, hid_t type) const {
    std::vector<T> result(size_t(data.elements()));
    read(data, name, type, result.data());
    return result;
  }

  void read_numbers(const DataSet& data, const std::string& name, real* to) const {
    if (data.kind == Kind::f32) return read(data, name, checkpoint::native_real(), to);
    if (data.kind == Kind::f16) {
      return checkpoint::widen_halves(values<uint16_t>(data, name, checkpoint::half_type()), to);
    }
    const std::string scale_name = checkpoint::scale_name(name);
    const DataSet scale = open(scale_name, "tensor", is_tensor);
    const int64_t columns = data.sizes.empty() ? 1 : data.sizes.back();
    const checkpoint::Bytes bytes{values<int8_t>(data, name, H5T_NATIVE_INT8),
                                  values<float>(scale, scale_name, H5T_NATIVE_FLOAT)};
    check(int64_t(bytes.scales.size()) * columns == data.elements(), ErrorCode::format,
          "{}: \"{}\" has {} scales, one a row is needed", path.string(), name,
          bytes.scales.size());
    checkpoint::widen_bytes(bytes, columns, to);
  }

  Hdf5Handle open_attribute(const std::string& name, H5T_class_t type_class) const {
    Hdf5Handle attribute(H5Aopen(file, name.c_str(), H5P_DEFAULT), H5Aclose);
    check(attribute.valid(), ErrorCode::format,
          "{}: has no attribute \"{}\"; was it written for another model?", path.string(), name);
    const Hdf5Handle type(H5Aget_type(attribute), H5Tclose);
    check(H5Tget_class(type) == type_class, ErrorCode::format, "{}: attribute \"{}\" is not a {}",
          path.string(), name, type_class == H5T_STRING ? "text" : "number");
    return attribute;
  }
};

ModelFileReader::ModelFileReader(std::filesystem::path path) : impl_(std::make_unique<Impl>()) {
  const Hdf5Quiet quiet;
  impl_->path = std::move(path);
  checkpoint::check_trailer(impl_->path, MappedFile(impl_->path).bytes());
  impl_->file = {H5Fopen(impl_->path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose};
  check(impl_->file.valid(), ErrorCode::format, "{}: HDF5 cannot open it; copy it again",
        impl_->path.string());
}

ModelFileReader::~ModelFileReader() {
  const Hdf5Quiet quiet;
  impl_.reset();
}

ModelFileReader::ModelFileReader(ModelFileReader&&) noexcept = default;

const std::filesystem::path& ModelFileReader::path() const { return impl_->path; }

bool ModelFileReader::has(const std::string& name) const {
  const Hdf5Quiet quiet;
  return open_data_set(impl_->file, name).set.valid();
}

std::vector<std::string> ModelFileReader::names(const std::string& group) const {
  const Hdf5Quiet quiet;
  const Hdf5Handle top(H5Gopen2(impl_->file, group.empty() ? "/" : group.c_str(), H5P_DEFAULT),
                       H5Gclose);
  std::vector<std::string> found;
  if (!top.valid()) return found;
  const auto collect = [](hid_t, const char* name, const H5O_info_t* info, void* into) {
    if (info->type == H5O_TYPE_DATASET) {
      static_cast<std::vector<std::string>*>(into)->push_back(name);
    }
    return herr_t(0);
  };
  H5Ovisit2(top, H5_INDEX_NAME, H5_ITER_INC, collect, &found, H5O_INFO_BASIC);
  const std::string scale = checkpoint::scale_name("");
  std::erase_if(found, [&](const std::string& name) {
    return name.ends_with(scale) || !is_tensor(open_data_set(top, name).kind);
  });
  std::sort(found.begin(), found.end());
  return found;
}

Shape ModelFileReader::shape(const std::string& name) const {
  const Hdf5Quiet quiet;
  return Shape(impl_->open(name, "tensor", is_tensor).sizes);
}

int64_t ModelFileReader::offset(const std::string& name) const {
  const Hdf5Quiet quiet;
  const DataSet data = impl_->open(name, "tensor", is_tensor);
  const haddr_t at = data.kind == Kind::f32 ? H5Dget_offset(data.set) : HADDR_UNDEF;
  return at == HADDR_UNDEF || H5Tget_size(data.type) != sizeof(float) ? -1 : int64_t(at);
}

Tensor ModelFileReader::tensor(const std::string& name, Device device) const {
  const Tensor result(shape(name), device);
  read(name, result);
  return result;
}

void ModelFileReader::read(const std::string& name, const Tensor& into) const {
  const Hdf5Quiet quiet;
  const DataSet data = impl_->open(name, "tensor", is_tensor);
  const Shape stored(data.sizes);
  check(stored == into.shape(), ErrorCode::format,
        "{}: {} is {}, the model needs {}; was it written with other sizes?", impl_->path.string(),
        name, stored, into.shape());
  if (into.device() == Device::cuda) {
    std::vector<real> numbers(size_t(stored.elements()));
    impl_->read_numbers(data, name, numbers.data());
    into.kernels().from_host(into.data(), numbers.data(), numbers.size() * sizeof(real));
    return;
  }
  impl_->read_numbers(data, name, into.data());
}

std::vector<int64_t> ModelFileReader::numbers(const std::string& name) const {
  const Hdf5Quiet quiet;
  const DataSet data =
      impl_->open(name, "list of numbers", [](Kind kind) { return kind == Kind::numbers; });
  return impl_->values<int64_t>(data, name, H5T_NATIVE_INT64);
}

std::vector<std::string> ModelFileReader::texts(const std::string& name) const {
  const Hdf5Quiet quiet;
  const DataSet data =
      impl_->open(name, "list of texts", [](Kind kind) { return kind == Kind::texts; });
  std::vector<char*> plain = impl_->values<char*>(data, name, data.type);
  std::vector<std::string> result(plain.begin(), plain.end());
  H5Dvlen_reclaim(data.type, data.space, H5P_DEFAULT, plain.data());
  return result;
}

bool ModelFileReader::has_attribute(const std::string& name) const {
  const Hdf5Quiet quiet;
  return H5Aexists(impl_->file, name.c_str()) > 0;
}

std::string ModelFileReader::attribute(const std::string& name) const {
  const Hdf5Quiet quiet;
  const Hdf5Handle attribute = impl_->open_attribute(name, H5T_STRING);
  const Hdf5Handle type(H5Aget_type(attribute), H5Tclose);
  char* plain = nullptr;
  check(H5Aread(attribute, type, &plain) >= 0 && plain != nullptr, ErrorCode::format,
        "{}: cannot read attribute \"{}\"; copy the file again", impl_->path.string(), name);
  const std::string value = plain;
  H5free_memory(plain);
  return value;
}

double ModelFileReader::number_attribute(const std::string& name) const {
  const Hdf5Quiet quiet;
  const Hdf5Handle attribute = impl_->open_attribute(name, H5T_FLOAT);
  double value = 0;
  check(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) >= 0, ErrorCode::format,
        "{}: cannot read attribute \"{}\"; copy the file again", impl_->path.string(), name);
  return value;
}

}  // namespace p2s
