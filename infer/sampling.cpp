#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "infer/search.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr real kNever = -std::numeric_limits<real>::infinity();

int32_t likeliest(std::span<const real> log_p) {
  return int32_t(std::max_element(log_p.begin(), log_p.end()) - log_p.begin());
}

// The likeliest `count` words, likeliest first; of equals the lower id first.
std::vector<int32_t> leaders(std::span<const real> log_p, size_t count) {
  std::vector<int32_t> ids;
  for (size_t id = 0; id < log_p.size(); ++id) {
    if (log_p[id] > kNever) ids.push_back(int32_t(id));
  }
  const auto before = [&](int32_t a, int32_t b) {
    const real pa = log_p[size_t(a)], pb = log_p[size_t(b)];
    return pa > pb || (pa == pb && a < b);
  };
  count = std::min(count, ids.size());
  std::nth_element(ids.begin(), ids.begin() + int64_t(count == 0 ? 0 : count - 1), ids.end(),
                   before);
  ids.resize(count);
  std::sort(ids.begin(), ids.end(), before);
  return ids;
}

// The index drawn with probability proportional to `weights`.
size_t draw(std::span<const double> weights, Rng& rng) {
  double left = rng.uniform_double() * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

// How many leading weights reach the share p of `total`.
size_t nucleus(std::span<const double> weights, double total, double p) {
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i];
    if (sum >= p * total) return i + 1;
  }
  return weights.size();
}

}  // namespace

Sampling sampling(const std::string& name) {
  if (name == "greedy") return Sampling::greedy;
  if (name == "beam") return Sampling::beam;
  if (name == "top-k") return Sampling::top_k;
  if (name == "top-p") return Sampling::top_p;
  fail(ErrorCode::usage, "--sampling: \"{}\" is none of greedy, beam, top-k, top-p", name);
}

std::string name(Sampling sampling) {
  switch (sampling) {
    case Sampling::greedy:
      return "greedy";
    case Sampling::beam:
      return "beam";
    case Sampling::top_k:
      return "top-k";
    case Sampling::top_p:
      return "top-p";
  }
  return "?";
}

int32_t choose(std::span<const real> log_p, const SearchOptions& options, Rng& rng) {
  if (options.sampling == Sampling::greedy || options.temperature <= 0) return likeliest(log_p);
  const bool by_count = options.sampling == Sampling::top_k;
  // Beyond the likeliest 2,000 words nothing is ever in a nucleus that one would want.
  const std::vector<int32_t> ids = leaders(log_p, by_count ? size_t(options.top_k) : 2000);
  std::vector<double> weights;
  for (int32_t id : ids) {
    weights.push_back(
        std::exp(double(log_p[size_t(id)] - log_p[size_t(ids.front())]) / options.temperature));
  }
  if (!by_count) {
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    weights.resize(nucleus(weights, total, options.top_p));
  }
  return ids[draw(weights, rng)];
}

}  // namespace p2s
