#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>

#include "infer/encoder.h"
#include "infer/unit_rows.h"
#include "nn/base/error.h"
#include "nn/base/log.h"
#include "nn/base/parallel.h"
#include "nn/compute.h"

namespace py = pybind11;

namespace {

// So many sentences are encoded between two looks at Ctrl-C.
constexpr size_t kChunk = 8192;

py::array_t<float> encode(const p2s::Encoder& encoder, const std::vector<std::string>& sentences,
                          bool use_norm) {
  const auto columns = size_t(encoder.size());
  py::array_t<float> vectors({sentences.size(), columns});
  for (size_t begin = 0; begin < sentences.size(); begin += kChunk) {
    const size_t count = std::min(kChunk, sentences.size() - begin);
    std::vector<float> rows;
    {
      const py::gil_scoped_release others_may_run;
      rows = encoder.encode(std::span(sentences).subspan(begin, count)).to_host();
      if (use_norm) p2s::make_unit_rows(rows, columns);
    }
    std::copy(rows.begin(), rows.end(), vectors.mutable_data() + begin * columns);
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
  return vectors;
}

}  // namespace

PYBIND11_MODULE(p2s, module) {
  p2s::log_to_stderr();
  module.doc() = "Sentences to skip-thought vectors.";
  py::register_exception<p2s::Error>(module, "Error", PyExc_RuntimeError);
  module.def("set_threads", &p2s::set_threads, py::arg("count"),
             "Processor threads that are used; 0: all cores.");
  py::class_<p2s::Encoder>(module, "Encoder",
                           "A skip-thought encoder: Encoder(path).encode(sentences)")
      .def(py::init([](const std::filesystem::path& path, const std::string& device) {
             return p2s::Encoder::load(path, p2s::device_of({.device = device}));
           }),
           py::arg("path"), py::arg("device") = "auto",
           "A pack, the model.h5 of a skipthought run, or an expanded encoder; device: cpu, cuda,\n"
           "or auto, which is cuda where there is one.")
      .def("encode", &encode, py::arg("sentences"), py::arg("use_norm") = true,
           "Vectors of a list of sentences, float32 [len(sentences), size], each of length one\n"
           "unless use_norm is false. A sentence without any word gives zeros.")
      .def_property_readonly("size", &p2s::Encoder::size, "numbers of a vector")
      .def_property_readonly("words", &p2s::Encoder::words, "words that it knows");
}
