#include "tests/models/tensor_bytes.h"

#include <hdf5.h>
#include <spdlog/fmt/fmt.h>
#include <zlib.h>

#include <cstring>

#include "nn/hdf5_handle.h"
#include "tests/models/torch_file.h"

namespace p2s::test {

std::string float_bytes(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::string npy_bytes(const std::string& descr, const std::string& shape,
                      const std::string& numbers, bool fortran_order) {
  std::string header = fmt::format("{{'descr': {}, 'fortran_order': {}, 'shape': {}, }}", descr,
                                   fortran_order ? "True" : "False", shape);
  header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += char(header.size() & 0xFF);
  bytes += char(header.size() >> 8);
  return bytes + header + numbers;
}

std::string npy_bytes(const MadeTensor& tensor) {
  std::string shape = "(";
  for (const int64_t size : tensor.shape) shape += std::to_string(size) + ",";
  return npy_bytes("'<f4'", shape + ")", float_bytes(tensor.values));
}

namespace {

std::string deflate_raw(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, uLong(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = uInt(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = uInt(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

std::string npz_bytes(const std::vector<MadeTensor>& tensors, bool deflated) {
  std::vector<ZippedFile> files;
  for (const MadeTensor& tensor : tensors) {
    const std::string bytes = npy_bytes(tensor);
    ZippedFile file{tensor.name + ".npy", bytes, false, bytes.size()};
    if (deflated) file.content = deflate_raw(bytes), file.deflated = true;
    files.push_back(file);
  }
  return zip_archive(files);
}

std::string safetensors_bytes(const std::string& header, const std::string& numbers) {
  const uint64_t size = header.size();
  std::string bytes(sizeof size, '\0');
  std::memcpy(bytes.data(), &size, sizeof size);
  return bytes + header + numbers;
}

std::string safetensors_bytes(const std::vector<MadeTensor>& tensors) {
  std::string header = R"({"__metadata__":{"format":"pt"})", numbers;
  for (const MadeTensor& tensor : tensors) {
    const size_t begin = numbers.size();
    numbers += float_bytes(tensor.values);
    header += fmt::format(R"(,"{}":{{"dtype":"F32","shape":[{}],"data_offsets":[{},{}]}})",
                          tensor.name, fmt::join(tensor.shape, ","), begin, numbers.size());
  }
  return safetensors_bytes(header + "}", numbers);
}

void write_hdf5(const std::string& path, const std::vector<MadeTensor>& tensors) {
  const Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  for (const MadeTensor& tensor : tensors) {
    const std::vector<hsize_t> sizes(tensor.shape.begin(), tensor.shape.end());
    const Hdf5Handle space(H5Screate_simple(int(sizes.size()), sizes.data(), nullptr), H5Sclose);
    const Hdf5Handle set(H5Dcreate2(file, tensor.name.c_str(), H5T_IEEE_F32LE, space, links,
                                    H5P_DEFAULT, H5P_DEFAULT),
                         H5Dclose);
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.values.data());
  }
}

}  // namespace p2s::test
