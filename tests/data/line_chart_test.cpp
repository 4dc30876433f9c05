#include "data/line_chart.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/thrown_error.h"

namespace p2s::test {

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

}  // namespace p2s::test
