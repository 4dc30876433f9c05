#include "train/metrics.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

namespace p2s::test {

TEST_CASE("metrics become two curves; a roll-back and a broken line are passed over") {
  TemporaryFolder folder;
  write_atomically(folder / "m.jsonl",
                   "{\"step\":1,\"loss\":9}\n{\"step\":2,\"loss\":8}\n{\"step\":3,\"loss\":7}\n"
                   "{\"step\":4,\"rolled_back_to\":1}\nnot json\n{\"step\":2,\"loss\":6}\n"
                   "{\"step\":2,\"validation\":{\"loss\":5}}\n");
  draw_metrics(folder / "m.jsonl", folder / "loss.svg");
  const std::string svg = read_file(folder / "loss.svg");
  const size_t line = svg.find("points='"), end = svg.find('\'', line + 8);
  CHECK(count_of(svg.substr(line, end - line), ",") == 2);
  CHECK(count_of(svg, "<polyline") == 2);
}

TEST_CASE("a metrics file is cut to what its checkpoint knew") {
  TemporaryFolder folder;
  write_atomically(folder / "m.jsonl", "{\"step\":1}\n{\"step\":2}\n");
  MetricsLog log(folder / "m.jsonl", 11);
  log.write({{"step", 3}});
  CHECK(read_file(folder / "m.jsonl") == "{\"step\":1}\n{\"step\":3}\n");
  CHECK(log.bytes() == 22);
}

}  // namespace p2s::test
