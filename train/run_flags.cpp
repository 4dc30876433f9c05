#include "train/run_flags.h"

#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr int64_t kMany = 1'000'000'000'000;

void add_schedule(CommandLine& line, RunOptions& o) {
  line.number("--lr", o.rate, 0, 1e6, "learning rate");
  line.choice("--schedule", o.schedule, {"constant", "step", "cosine", "inverse_sqrt"},
              "how the rate goes");
  line.whole("--warmup", o.warmup, 0, 1'000'000'000, "steps in which the rate grows from zero");
  line.number("--decay-epochs", o.decay_epochs, 0, 1e9, "step: epochs between two decays");
  line.number("--decay-factor", o.decay_factor, 0, 1, "step: what the rate is multiplied by");
  line.number("--grad-clip", o.clip, 0, 1e30, "limit of the gradient's norm; 0: none");
  line.number("--weight-decay", o.weight_decay, 0, 1e6, "decoupled weight decay");
  line.number("--average", o.average, 0, 0.999999,
              "validate and write a moving average of the weights with this decay; 0: the weights");
}

void add_reporting(CommandLine& line, RunOptions& o) {
  line.whole("--seed", o.seed, 0, kMany, "the same seed gives the same bits");
  add_compute_flags(line, o.compute);
  line.choice("--precision", o.precision, {"fp32", "tf32", "bf16"}, "of matrix products");
  line.whole("--validate-steps", o.validate_steps, 0, kMany,
             "steps between validations; 0: an epoch");
  line.whole("--patience", o.patience, 0, kMany,
             "stop early after so many validations without a better one; 0: never");
  line.whole("--checkpoint-steps", o.checkpoint_steps, 0, kMany,
             "steps between checkpoints; 0: every few minutes");
  line.whole("--log-steps", o.log_steps, 1, kMany, "steps between lines of metrics.jsonl");
}

}  // namespace

void add_run_flags(CommandLine& line, RunOptions& o) {
  line.path("--out", o.out, "the run folder: model.h5, last.h5, metrics.jsonl, loss.svg");
  line.not_configurable("--out");
  line.flag("--resume", o.resume, "go on where the run in --out stopped");
  line.not_configurable("--resume");
  line.config_file();
  line.whole("--steps", o.steps, 0, kMany, "updates in all; above 0 it overrides --epochs");
  line.number("--epochs", o.epochs, 0, 1e9, "passes over the data");
  line.whole("--batch", o.batch, 1, 1'000'000, "items in one step");
  add_schedule(line, o);
  add_reporting(line, o);
}

bool parse_run(CommandLine& line, RunOptions& options, const std::vector<std::string>& arguments,
               std::ostream& out) {
  if (!line.parse(arguments, out)) return false;
  check(!options.out.empty(), ErrorCode::usage,
        "--out is missing: the folder that the run is written to; see {} --help", line.program());
  const std::filesystem::path stored = options.out / "config.toml";
  if (options.resume && !line.given("--config") && std::filesystem::exists(stored)) {
    std::vector<std::string> with_config = arguments;
    with_config.insert(with_config.end(), {"--config", stored.string()});
    line.parse(with_config, out);
  }
  options.config = line.settings();
  return true;
}

}  // namespace p2s
