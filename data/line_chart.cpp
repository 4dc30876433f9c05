#include "data/line_chart.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nn/base/files.h"

namespace p2s {
namespace {

constexpr double kWidth = 760, kHeight = 440;
constexpr double kLeft = 70, kRight = 740, kTop = 40, kBottom = 390;
constexpr std::array<const char*, 6> kColours = {"#1f77b4", "#d62728", "#2ca02c",
                                                 "#ff7f0e", "#9467bd", "#8c564b"};

// Where a number stands on an axis.
struct Axis {
  double low = 0, high = 1;
  bool log = false;
  double from = 0, to = 1;  // pixels

  double at(double value) const {
    const double share = log ? (std::log(value) - std::log(low)) / (std::log(high) - std::log(low))
                             : (value - low) / (high - low);
    return from + share * (to - from);
  }
};

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else {
      result += c;
    }
  }
  return result;
}

using Points = std::vector<std::pair<double, double>>;

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

Points usable(const Points& points, bool log) {
  Points result;
  std::copy_if(points.begin(), points.end(), std::back_inserter(result), [&](const auto& p) {
    return std::isfinite(p.first) && std::isfinite(p.second) && (!log || p.second > 0);
  });
  return result;
}

bool choose_log(const LineChart& chart) {
  if (chart.scale != Scale::chosen) return chart.scale == Scale::log;
  Extent y;
  for (const auto& curve : chart.curves) {
    for (const auto& point : usable(curve.points, false)) y.add(point.second);
  }
  return !y.empty() && y.low > 0 && y.high > 10 * y.low;
}

// A little room around what is shown, and never an empty range.
void widen(Axis& axis, const Extent& extent) {
  axis.low = extent.empty() ? (axis.log ? 0.1 : 0) : extent.low;
  axis.high = extent.empty() ? 1 : extent.high;
  if (axis.log) {
    axis.low /= 1.05;
    axis.high *= 1.05;
    return;
  }
  const double room = axis.high > axis.low ? 0.04 * (axis.high - axis.low)
                                           : std::max(0.5, 0.1 * std::abs(axis.high));
  axis.low -= room;
  axis.high += room;
}

// 1, 2 and 5 times powers of ten.
std::vector<double> log_ticks(double low, double high) {
  std::vector<double> ticks;
  for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10) {
    for (double factor : {1.0, 2.0, 5.0}) {
      const double tick = decade * factor;
      if (tick >= low && tick <= high) ticks.push_back(tick);
    }
  }
  return ticks;
}

std::string axes_svg(const LineChart& chart, const Axis& x, const Axis& y) {
  std::string svg;
  for (double tick : round_ticks(x.low, x.high, 7)) {
    svg += fmt::format(
        "<line x1='{0:.1f}' y1='{1}' x2='{0:.1f}' y2='{2}' stroke='#eee'/>"
        "<text x='{0:.1f}' y='{3}' text-anchor='middle'>{4:g}</text>\n",
        x.at(tick), kTop, kBottom, kBottom + 16, tick);
  }
  for (double tick : y.log ? log_ticks(y.low, y.high) : round_ticks(y.low, y.high, 6)) {
    svg += fmt::format(
        "<line x1='{1}' y1='{0:.1f}' x2='{2}' y2='{0:.1f}' stroke='#eee'/>"
        "<text x='{3}' y='{5:.1f}' text-anchor='end'>{4:g}</text>\n",
        y.at(tick), kLeft, kRight, kLeft - 6, tick, y.at(tick) + 4);
  }
  svg += fmt::format("<rect x='{}' y='{}' width='{}' height='{}' fill='none' stroke='#888'/>\n",
                     kLeft, kTop, kRight - kLeft, kBottom - kTop);
  svg += fmt::format("<text x='{}' y='{}' text-anchor='middle'>{}</text>\n", (kLeft + kRight) / 2,
                     kBottom + 36, escaped(chart.x_label));
  svg += fmt::format(
      "<text x='16' y='{0}' text-anchor='middle' transform='rotate(-90 16 {0})'>{1}{2}</text>\n",
      (kTop + kBottom) / 2, escaped(chart.y_label), y.log ? " (log)" : "");
  svg += fmt::format("<text x='{}' y='24' font-size='15'>{}</text>\n", kLeft, escaped(chart.title));
  return svg;
}

std::string curve_svg(const Points& points, const char* colour, const Axis& x, const Axis& y) {
  std::string line;
  for (const auto& [px, py] : points) line += fmt::format("{:.1f},{:.1f} ", x.at(px), y.at(py));
  std::string svg = fmt::format(
      "<polyline fill='none' stroke='{}' stroke-width='1.5' points='{}'/>\n", colour, line);
  if (points.size() == 1) {
    svg += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' fill='{}'/>\n", x.at(points[0].first),
                       y.at(points[0].second), colour);
  }
  return svg;
}

std::string legend_svg(const std::string& name, const char* colour, size_t row) {
  const double y = kTop + 18 + 18 * double(row);
  return fmt::format(
      "<line x1='{0}' y1='{1}' x2='{2}' y2='{1}' stroke='{3}' stroke-width='3'/>"
      "<text x='{4}' y='{5}' text-anchor='end'>{6}</text>\n",
      kRight - 34, y, kRight - 10, colour, kRight - 40, y + 4, escaped(name));
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
  const double rough = (high - low) / std::max(count, 1);
  if (!(rough > 0) || !std::isfinite(rough)) return {};
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double share = rough / power;
  const double step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
  std::vector<double> ticks;
  for (auto i = int64_t(std::ceil(low / step)); double(i) * step <= high; ++i) {
    ticks.push_back(double(i) * step);
  }
  return ticks;
}

std::string line_chart_svg(const LineChart& chart) {
  Axis x{.from = kLeft, .to = kRight}, y{.log = choose_log(chart), .from = kBottom, .to = kTop};
  std::vector<Points> curves;
  Extent wide, tall;
  for (const auto& curve : chart.curves) {
    curves.push_back(usable(curve.points, y.log));
    for (const auto& [px, py] : curves.back()) wide.add(px), tall.add(py);
  }
  widen(x, wide);
  widen(y, tall);
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' width='{0}' height='{1}' "
      "font-family='sans-serif' font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n",
      kWidth, kHeight);
  svg += axes_svg(chart, x, y);
  for (size_t i = 0; i < curves.size(); ++i) {
    if (curves[i].empty()) continue;
    const char* colour = kColours[i % kColours.size()];
    svg += curve_svg(curves[i], colour, x, y);
    svg += legend_svg(chart.curves[i].name, colour, i);
  }
  return svg + "</svg>\n";
}

void write_line_chart(const std::filesystem::path& path, const LineChart& chart) {
  write_atomically(path, line_chart_svg(chart));
}

}  // namespace p2s
