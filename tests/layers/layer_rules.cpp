#include "tests/layers/layer_rules.h"

#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace p2s {
namespace {

using Folders = std::set<std::string>;

// Who may include whom; a folder may always include itself.
const std::map<std::string, Folders>& allowed() {
  static const Folders everything = {"nn/base",  "kernels", "nn",    "models", "data", "metrics",
                                     "features", "train",   "infer", "bench",  "tests"};
  static const std::map<std::string, Folders> rules = {
      {"nn/base", {}},
      {"kernels", {"nn/base"}},
      {"nn", {"nn/base", "kernels"}},
      {"models", {"nn/base", "kernels", "nn"}},
      {"data", {"nn/base"}},
      {"metrics", {"nn/base"}},
      {"features", {"nn/base", "kernels", "nn", "models", "data"}},
      {"train", {"nn/base", "kernels", "nn", "models", "data", "metrics", "features"}},
      {"infer", {"nn/base", "kernels", "nn", "models", "data", "metrics", "features"}},
      {"examples", {"nn/base", "kernels", "nn", "models", "data", "train", "infer"}},
      {"python", {"nn/base", "kernels", "nn", "models", "data", "infer"}},
      {"bench", everything},
      {"tests", everything},
  };
  return rules;
}

std::string layer_of(const std::string& path) {
  if (path.rfind("nn/base/", 0) == 0) return "nn/base";
  return path.substr(0, path.find('/'));
}

bool cuda_header(const std::string& header) {
  static const std::regex names(
      "(cuda|cublas|cudnn|curand|cusparse|nccl|cooperative_groups|cub/).*");
  return std::regex_match(header, names);
}

std::string include_breach(const std::string& path, char quote, const std::string& header) {
  const std::string from = layer_of(path);
  const bool may_use_cuda = path.rfind("kernels/cuda/", 0) == 0;
  if (cuda_header(header) && !may_use_cuda) return "CUDA header outside kernels/cuda: " + header;
  if (quote == '<') return "";
  const std::string to = layer_of(header);
  if (to == from) return "";
  if (header.find('/') == std::string::npos || allowed().count(to) == 0) {
    return "include does not start at the root: " + header;
  }
  if (allowed().at(from).count(to) == 0) return from + " may not include " + to + ": " + header;
  return "";
}

}  // namespace

std::vector<std::string> layer_breaches(const std::string& path, const std::string& text) {
  static const std::regex include("\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*");
  static const std::regex cuda_switch("\\s*#\\s*(if|ifdef|ifndef|elif)\\b.*\\bP2S_CUDA\\b.*");
  std::vector<std::string> breaches;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    std::string breach;
    if (std::regex_match(line, match, include)) {
      breach = include_breach(path, match[1].str()[0], match[2].str());
    } else if (std::regex_match(line, cuda_switch) && path != "kernels/device.cpp") {
      breach = "P2S_CUDA is asked for outside kernels/device.cpp";
    }
    if (!breach.empty()) breaches.push_back(path + ":" + std::to_string(number) + ": " + breach);
  }
  return breaches;
}

}  // namespace p2s
