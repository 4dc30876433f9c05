#include "train/line_chart.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "train/metrics.h"

namespace p2s::test {
namespace {

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("ticks are round numbers") {
  CHECK(round_ticks(0, 10, 5) == std::vector<double>{0, 2, 4, 6, 8, 10});
  const std::vector<double> tenths = round_ticks(0.13, 0.48, 4);
  REQUIRE(tenths.size() == 3);
  CHECK(tenths[1] == doctest::Approx(0.3));
  CHECK(round_ticks(1, 1, 5).empty());
}

TEST_CASE("a chart holds a line and a legend a curve, and leaves out what is not finite") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg =
      line_chart_svg({.title = "a<b",
                      .x_label = "step",
                      .y_label = "loss",
                      .curves = {{"training", {{1, 2}, {2, nan}, {3, 1}}}, {"empty", {}}}});
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count_of(svg, "<polyline") == 1);
  CHECK(contains(svg, ">training</text>"));
  CHECK_FALSE(contains(svg, "nan"));
  CHECK(contains(svg, "a&lt;b"));
  CHECK_FALSE(contains(svg, "(log)"));
}

TEST_CASE("the scale is logarithmic where the loss falls by more than a factor of ten") {
  LineChart chart;
  chart.scale = Scale::chosen;
  chart.curves = {{"a", {{1, 100}, {2, 1}}}};
  CHECK(contains(line_chart_svg(chart), "(log)"));
  chart.curves = {{"a", {{1, 3}, {2, 1}}}};
  CHECK_FALSE(contains(line_chart_svg(chart), "(log)"));
  CHECK_FALSE(contains(line_chart_svg({}), "nan"));
}

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
