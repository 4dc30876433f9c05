#include "nn/compute.h"

#include <doctest/doctest.h>

#include "tests/captured_log.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

TEST_CASE("--device auto takes a GPU where there is one and says so, another only when asked") {
  const CapturedLog log;
  ComputeOptions options;
  const bool gpu = available(Device::cuda);
  CHECK(start_computing(options) == (gpu ? Device::cuda : Device::cpu));
  CHECK(contains(log.text(), "computing on cuda") == gpu);
  options.device = "ref";
  CHECK(device_of(options) == Device::ref);
  options.device = "tpu";
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { device_of(options); }), "cpu, cuda, ref"));
}
