#pragma once

// What nearly every file reads anyway; precompiled it is read in a tenth of the time. Files still
// include what they use.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>
