#include "models/hdf5_tensors.h"

#include <hdf5.h>

#include <memory>

#include "nn/base/error.h"
#include "nn/hdf5_handle.h"

namespace p2s {
namespace {

struct OpenFile {
  std::filesystem::path path;
  Hdf5Handle file;
};

// Reads a whole data set of the open file.
std::vector<real> read_data_set(const OpenFile& open, const std::string& name, size_t elements) {
  const Hdf5Quiet quiet;
  const Hdf5Handle set(H5Dopen2(open.file, name.c_str(), H5P_DEFAULT), H5Dclose);
  std::vector<real> numbers(elements);
  const hid_t type = sizeof(real) == sizeof(double) ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT;
  check(set.valid() && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) >= 0,
        ErrorCode::format, "{}: \"{}\" cannot be read: damaged, or packed by an unknown filter",
        open.path.string(), name);
  return numbers;
}

// The data sets that a visit of the file meets.
struct Visit {
  std::shared_ptr<const OpenFile> open;
  StoredTensors found;
};

herr_t visit_object(hid_t root, const char* name, const H5O_info_t* info, void* context) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  auto& visit = *static_cast<Visit*>(context);
  const Hdf5Handle set(H5Dopen2(root, name, H5P_DEFAULT), H5Dclose);
  if (!set.valid()) return 0;
  const Hdf5Handle type(H5Dget_type(set), H5Tclose), space(H5Dget_space(set), H5Sclose);
  const H5T_class_t kind = H5Tget_class(type);
  if (kind != H5T_FLOAT && kind != H5T_INTEGER) return 0;
  hsize_t sizes[H5S_MAX_RANK] = {};
  const int rank = H5Sget_simple_extent_dims(space, sizes, nullptr);
  const auto elements = size_t(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space)));
  visit.found[name] = {{sizes, sizes + std::max(rank, 0)},
                       [open = visit.open, name = std::string(name), elements] {
                         return read_data_set(*open, name, elements);
                       }};
  return 0;
}

}  // namespace

StoredTensors hdf5_tensors(const std::filesystem::path& path) {
  const Hdf5Quiet quiet;
  auto open = std::make_shared<OpenFile>();
  open->path = path;
  open->file = {H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose};
  Visit visit{open, {}};
  check(open->file.valid() &&
            H5Ovisit(open->file, H5_INDEX_NAME, H5_ITER_NATIVE, visit_object, &visit) >= 0,
        ErrorCode::format, "{}: HDF5 file that is damaged or cut short; copy or download it again",
        path.string());
  check(!visit.found.empty(), ErrorCode::format, "{}: holds no tensors", path.string());
  return visit.found;
}

}  // namespace p2s
