#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace p2s {

enum class Scale { linear, log, chosen };  // chosen: log where y spans more than a factor of ten

struct LineChart {
  std::string title, x_label, y_label;
  struct Curve {
    std::string name;
    std::vector<std::pair<double, double>> points;
  };
  std::vector<Curve> curves;
  Scale scale = Scale::linear;  // of y
};

// Curves with axes, ticks and a legend, as an SVG file. Points that are not finite (or not positive
// on a log axis) are left out; without any point the axes stand alone.
void write_line_chart(const std::filesystem::path& path, const LineChart& chart);
std::string line_chart_svg(const LineChart& chart);

// Round values (1, 2 or 5 times a power of ten) from low to high, about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace p2s
