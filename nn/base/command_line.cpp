#include "nn/base/command_line.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <utility>

#include "nn/base/error.h"

namespace p2s {
namespace {

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

// Unlike CLI::Range this refuses "nan" and, for whole numbers, fractions.
template <class Number>
CLI::Validator between(Number low, Number high) {
  return CLI::Validator(
      [low, high](std::string& text) -> std::string {
        Number value{};
        if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) return {};
        return fmt::format("\"{}\" is no {}number from {} to {}", text,
                           std::is_integral_v<Number> ? "whole " : "", low, high);
      },
      "");
}

// CLI11 writes an empty list as one text, "" or "[]".
template <class Text>
bool empty_list(const Text& text) {
  return text == "" || text == "[]";
}

// CLI11 takes "-1" for the largest unsigned number.
const CLI::Validator kDigits(
    [](std::string& text) -> std::string {
      const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
      return digits ? "" : fmt::format("\"{}\" is no whole number from 0 up", text);
    },
    "");

constexpr const char* kUnknownKey = "INI was not able to parse ";  // how CLI11 says it

}  // namespace

struct CommandLine::Impl {
  CLI::App app;
  CLI::Option* config = nullptr;
  std::vector<std::function<void()>> drop_empty;
  std::string program;

  // What was wrong, in one line that names the file where it stood.
  [[noreturn]] void refuse(const CLI::ParseError& error) const {
    std::string what = one_line(error.what());
    if (what.starts_with(kUnknownKey)) {
      what =
          fmt::format("{}: unknown key \"{}\"", config != nullptr ? config->as<std::string>() : "",
                      what.substr(std::string(kUnknownKey).size()));
    }
    fail(ErrorCode::usage, "{}; see {} --help", what, program);
  }

  // Of a flag that is repeated the last value counts, so that scripts can hold defaults.
  template <class Value>
  CLI::Option* single(const std::string& flag, Value& value, const std::string& help) {
    return app.add_option(flag, value, help)->take_last()->capture_default_str();
  }
  template <class Values>
  void list(const std::string& flag, Values& values, const std::string& help) {
    app.add_option(flag, values, help)->take_all();
    drop_empty.emplace_back(
        [&values] { std::erase_if(values, empty_list<typename Values::value_type>); });
  }
};

CommandLine::CommandLine(const std::string& program, const std::string& summary,
                         const std::string& examples)
    : impl_(std::make_unique<Impl>()) {
  impl_->program = program;
  impl_->app.description(summary);
  impl_->app.name(program);
  impl_->app.footer("Examples:\n" + examples);
}

CommandLine::~CommandLine() = default;

void CommandLine::whole(const std::string& flag, int64_t& value, int64_t low, int64_t high,
                        const std::string& help) {
  impl_->single(flag, value, help)->check(between(low, high));
}

void CommandLine::whole(const std::string& flag, int& value, int low, int high,
                        const std::string& help) {
  impl_->single(flag, value, help)->check(between(low, high));
}

void CommandLine::whole(const std::string& flag, uint64_t& value, const std::string& help) {
  impl_->single(flag, value, help)->check(kDigits);
}

void CommandLine::number(const std::string& flag, double& value, double low, double high,
                         const std::string& help) {
  impl_->single(flag, value, help)->check(between(low, high));
}

void CommandLine::text(const std::string& flag, std::string& value, const std::string& help) {
  impl_->single(flag, value, help);
}

void CommandLine::choice(const std::string& flag, std::string& value,
                         const std::vector<std::string>& choices, const std::string& help) {
  impl_->single(flag, value, fmt::format("{}: {}", help, fmt::join(choices, ", ")))
      ->check([choices](const std::string& text) {
        const bool known = std::find(choices.begin(), choices.end(), text) != choices.end();
        return known ? std::string()
                     : fmt::format("\"{}\" is none of {}", text, fmt::join(choices, ", "));
      });
}

void CommandLine::texts(const std::string& flag, std::vector<std::string>& values,
                        const std::string& help) {
  impl_->list(flag, values, help);
}

void CommandLine::path(const std::string& flag, std::filesystem::path& value,
                       const std::string& help) {
  impl_->app.add_option(flag, value, help)->take_last();
}

void CommandLine::paths(const std::string& flag, std::vector<std::filesystem::path>& values,
                        const std::string& help) {
  impl_->list(flag, values, help);
}

void CommandLine::flag(const std::string& flag, bool& value, const std::string& help) {
  impl_->app.add_flag(flag, value, help);
}

void CommandLine::read(const std::string& flag, const std::function<void(const std::string&)>& use,
                       const std::string& shown, const std::string& help) {
  impl_->app.add_option_function<std::string>(flag, use, help)->take_last()->default_str(shown);
}

void CommandLine::threads(int& value) {
  whole("--threads", value, 0, 1024, "processor threads; 0 is all cores");
}

void CommandLine::positional(const std::string& name, std::filesystem::path& value,
                             const std::string& help) {
  impl_->app.add_option(name, value, help);
}

void CommandLine::positionals(const std::string& name, std::vector<std::filesystem::path>& values,
                              const std::string& help) {
  impl_->app.add_option(name, values, help);
}

void CommandLine::required(const std::string& flag) { impl_->app.get_option(flag)->required(); }

void CommandLine::config_file() {
  impl_->config = impl_->app.set_config("--config", "", "read options from a TOML file", false);
  impl_->config->configurable(false);
  impl_->app.allow_config_extras(CLI::config_extras_mode::error);
}

void CommandLine::not_configurable(const std::string& flag) {
  impl_->app.get_option(flag)->configurable(false);
}

bool CommandLine::given(const std::string& flag) const {
  return impl_->app.get_option(flag)->count() > 0;
}

std::string CommandLine::settings() const { return impl_->app.config_to_str(true, false); }

const std::string& CommandLine::program() const { return impl_->program; }

bool CommandLine::parse(std::vector<std::string> arguments, std::ostream& out) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    impl_->app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    out << impl_->app.help();
    return false;
  } catch (const CLI::ParseError& error) {
    impl_->refuse(error);
  }
  for (const auto& drop : impl_->drop_empty) drop();
  return true;
}

}  // namespace p2s
