#include "train/command_line.h"

#include <CLI/CLI.hpp>
#include <cmath>

#include "nn/base/error.h"

namespace p2s {
namespace {

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
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

constexpr const char* kUnknownKey = "INI was not able to parse ";  // how CLI11 says it

}  // namespace

struct CommandLine::Impl {
  CLI::App app;
  CLI::Option* config = nullptr;
  RunOptions* run = nullptr;
  std::vector<std::function<void()>> drop_empty;
  std::string name;

  // What was wrong, in one line that names the file where it stood.
  [[noreturn]] void refuse(const CLI::ParseError& error) const {
    std::string what = one_line(error.what());
    if (what.starts_with(kUnknownKey)) {
      what =
          fmt::format("{}: unknown key \"{}\"", config != nullptr ? config->as<std::string>() : "",
                      what.substr(std::string(kUnknownKey).size()));
    }
    fail(ErrorCode::usage, "{}; see p2s-train {} --help", what, name);
  }
};

CommandLine::CommandLine(const std::string& name, const std::string& summary,
                         const std::string& examples)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = name;
  impl_->app.description(summary);
  impl_->app.name("p2s-train " + name);
  impl_->app.footer("Examples:\n" + examples);
}

CommandLine::~CommandLine() = default;

void CommandLine::whole(const std::string& flag, int64_t& value, int64_t low, int64_t high,
                        const std::string& help) {
  impl_->app.add_option(flag, value, help)->check(between(low, high))->capture_default_str();
}

void CommandLine::number(const std::string& flag, double& value, double low, double high,
                         const std::string& help) {
  impl_->app.add_option(flag, value, help)->check(between(low, high))->capture_default_str();
}

void CommandLine::text(const std::string& flag, std::string& value, const std::string& help) {
  impl_->app.add_option(flag, value, help)->capture_default_str();
}

void CommandLine::choice(const std::string& flag, std::string& value,
                         const std::vector<std::string>& choices, const std::string& help) {
  impl_->app.add_option(flag, value, fmt::format("{}: {}", help, fmt::join(choices, ", ")))
      ->capture_default_str()
      ->check([choices](const std::string& text) {
        const bool known = std::find(choices.begin(), choices.end(), text) != choices.end();
        return known ? std::string()
                     : fmt::format("\"{}\" is none of {}", text, fmt::join(choices, ", "));
      });
}

void CommandLine::texts(const std::string& flag, std::vector<std::string>& values,
                        const std::string& help) {
  impl_->app.add_option(flag, values, help)->take_all();
  impl_->drop_empty.emplace_back([&values] { std::erase_if(values, empty_list<std::string>); });
}

void CommandLine::path(const std::string& flag, std::filesystem::path& value,
                       const std::string& help) {
  impl_->app.add_option(flag, value, help);
}

void CommandLine::paths(const std::string& flag, std::vector<std::filesystem::path>& values,
                        const std::string& help) {
  impl_->app.add_option(flag, values, help)->take_all();
  impl_->drop_empty.emplace_back(
      [&values] { std::erase_if(values, empty_list<std::filesystem::path>); });
}

void CommandLine::positional(const std::string& name, std::filesystem::path& value,
                             const std::string& help) {
  impl_->app.add_option(name, value, help);
}

void CommandLine::flag(const std::string& flag, bool& value, const std::string& help) {
  impl_->app.add_flag(flag, value, help);
}

void CommandLine::run_options(RunOptions& o) {
  constexpr int64_t kMany = 1'000'000'000'000;
  impl_->run = &o;
  CLI::App& app = impl_->app;
  app.add_option("--out", o.out, "the run folder: model.h5, last.h5, metrics.jsonl, loss.svg")
      ->configurable(false);
  app.add_flag("--resume", o.resume, "go on where the run in --out stopped")->configurable(false);
  impl_->config = app.set_config("--config", "", "read options from a TOML file", false);
  impl_->config->configurable(false);
  app.allow_config_extras(CLI::config_extras_mode::error);
  whole("--steps", o.steps, 0, kMany, "updates in all; above 0 it overrides --epochs");
  number("--epochs", o.epochs, 0, 1e9, "passes over the data");
  whole("--batch", o.batch, 1, 1'000'000, "items in one step");
  add_schedule(o);
  add_reporting(o);
}

void CommandLine::add_schedule(RunOptions& o) {
  number("--lr", o.rate, 0, 1e6, "learning rate");
  choice("--schedule", o.schedule, {"constant", "step", "cosine", "inverse_sqrt"},
         "how the rate goes");
  whole("--warmup", o.warmup, 0, 1'000'000'000, "steps in which the rate grows from zero");
  number("--decay-epochs", o.decay_epochs, 0, 1e9, "step: epochs between two decays");
  number("--decay-factor", o.decay_factor, 0, 1, "step: what the rate is multiplied by");
  number("--grad-clip", o.clip, 0, 1e30, "limit of the gradient's norm; 0: none");
  number("--weight-decay", o.weight_decay, 0, 1e6, "decoupled weight decay");
}

void CommandLine::add_reporting(RunOptions& o) {
  constexpr int64_t kMany = 1'000'000'000'000;
  whole("--seed", o.seed, 0, kMany, "the same seed gives the same bits");
  whole("--threads", o.threads, 0, 1024, "processor threads; 0: all cores");
  choice("--precision", o.precision, {"fp32", "bf16"}, "of matrix products");
  choice("--device", o.device, {"cpu", "cuda", "ref"}, "where to compute");
  whole("--validate-steps", o.validate_steps, 0, kMany, "steps between validations; 0: an epoch");
  whole("--checkpoint-steps", o.checkpoint_steps, 0, kMany,
        "steps between checkpoints; 0: every few minutes");
  whole("--log-steps", o.log_steps, 1, kMany, "steps between lines of metrics.jsonl");
}

bool CommandLine::parse(const std::vector<std::string>& arguments, std::ostream& out) {
  if (!parse_once(arguments, out)) return false;
  if (impl_->run == nullptr) return true;
  RunOptions& run = *impl_->run;
  check(!run.out.empty(), ErrorCode::usage,
        "--out is missing: the folder that the run is written to; see p2s-train {} --help",
        impl_->name);
  const std::filesystem::path stored = run.out / "config.toml";
  if (run.resume && impl_->config->count() == 0 && std::filesystem::exists(stored)) {
    std::vector<std::string> with_config = arguments;
    with_config.insert(with_config.end(), {"--config", stored.string()});
    parse_once(with_config, out);
  }
  run.config = impl_->app.config_to_str(true, false);
  return true;
}

bool CommandLine::parse_once(std::vector<std::string> arguments, std::ostream& out) {
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
