#include "train/loop.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"
#include "train/metrics.h"
#include "train/training_state.h"

namespace p2s {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kCheckpointSeconds = 180;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Loop {
 public:
  Loop(const RunOptions& options, Training& training)
      : options_(options),
        training_(training),
        device_(device_of(options.compute)),
        precision_(run_precision(options)),
        total_(total_steps(options, training.steps_per_epoch)),
        schedule_(run_schedule(options, training.steps_per_epoch)),
        optimizer_(training.parameters, {.weight_decay = options.weight_decay}),
        average_(training.parameters, options.average),
        state_(optimizer_, average_, training.statistics) {
    const fs::path last = file("last.h5");
    if (options.resume && fs::exists(last)) {
      state_.load(last, good_, options.config, training.data);
    } else {
      state_.keep(good_);
    }
    metrics_.emplace(file("metrics.jsonl"), now().metrics_bytes);
    write_atomically(file("config.toml"), options.config);
    progress_.emplace(training.name, total_, now().step);
    saved_ = started_ = Clock::now();
    seconds_before_ = now().seconds;
  }

  void run() {
    if (now().step > 0) progress_->message(fmt::format("resumed at step {}", now().step));
    while (now().step < total_) {
      if (stop_signal() != 0) stop();
      if (!update()) {
        roll_back();
        continue;
      }
      const int64_t step = now().step;
      if (step % options_.log_steps == 0 || step == total_) log_window();
      if (step % kGoodSteps == 0) state_.keep(good_);
      const bool validates = step % validate_every() == 0 || step == total_;
      if (validates) validate();
      const bool enough = validates && out_of_patience();
      if (step == total_ || enough || checkpoint_due()) checkpoint();
      if (enough) break;
    }
    progress_->message(fmt::format("{}: {} steps, best at step {}; {} is the model", training_.name,
                                   now().step, now().best_step, file("model.h5").string()));
  }

 private:
  fs::path file(const char* name) const { return options_.out / name; }
  Progression& now() { return state_.progression; }

  int64_t validate_every() const {
    return options_.validate_steps > 0 ? options_.validate_steps : training_.steps_per_epoch;
  }

  bool out_of_patience() {
    return options_.patience > 0 && now().best_step > 0 &&
           now().step - now().best_step >= options_.patience * validate_every();
  }

  bool checkpoint_due() {
    if (options_.checkpoint_steps > 0) return now().step % options_.checkpoint_steps == 0;
    return seconds_since(saved_) > kCheckpointSeconds;
  }

  // One step; false, with nothing changed, if its loss or gradient is not finite.
  bool update() {
    Progression& p = now();
    const uint64_t draws = Rng(uint64_t(options_.seed), uint64_t(p.step) + 1).key();
    Tape tape(device_, Tape::Mode::training, draws, precision_);
    const StepLoss step = training_.loss(tape, p.step);
    loss_ = double(step.loss.value.item());
    if (!std::isfinite(loss_)) return false;
    tape.backward(step.loss);
    norm_ = gradient_norm(optimizer_.parameters());
    const bool good = std::isfinite(norm_);
    if (good) optimizer_.step(rate(p.step + 1), clip_scale(norm_, options_.clip));
    clear_gradients(optimizer_.parameters());
    if (!good) return false;
    average_.update(++p.step);
    p.window_loss += loss_ * step.items;
    p.window_items += step.items;
    ++p.window_steps;
    p.seconds = seconds_before_ + seconds_since(started_);
    progress_->update(p.step, fmt::format("loss {:.4f}, rate {:.3g}", loss_, rate(p.step)));
    return true;
  }

  double rate(int64_t step) { return options_.rate * schedule_.at(step) * now().rate_factor; }

  void roll_back() {
    const Progression bad = now();
    state_.restore(good_);
    Progression& p = now();
    p.rate_factor = bad.rate_factor / 2;
    p.rollbacks = bad.rollbacks + 1;
    p.best_score = bad.best_score;
    p.best_step = bad.best_step;
    p.seconds = bad.seconds;
    progress_->message(
        fmt::format("step {}: loss {}, gradient norm {}: back to step {}, rate now "
                    "{:.3g}",
                    bad.step, loss_, norm_, p.step, rate(p.step + 1)));
    metrics_->write({{"step", bad.step},
                     {"rolled_back_to", p.step},
                     {"rate", rate(p.step + 1)},
                     {"seconds", p.seconds}});
    p.metrics_bytes = metrics_->bytes();
    check(p.rollbacks <= kMostRollbacks, ErrorCode::usage,
          "{}: the loss is not finite after {} roll-backs; try a lower --lr or --grad-clip",
          training_.name, kMostRollbacks);
  }

  void log_window() {
    Progression& p = now();
    if (p.window_steps == 0) return;
    const double elapsed = seconds_since(window_start_);
    metrics_->write({{"step", p.step},
                     {"epoch", double(p.step) / double(training_.steps_per_epoch)},
                     {"loss", p.window_loss / p.window_items},
                     {"rate", rate(p.step)},
                     {"gradient_norm", norm_},
                     {training_.items + "_per_second", p.window_items / elapsed},
                     {"seconds", p.seconds}});
    window_start_ = Clock::now();
    p.window_loss = p.window_items = 0;
    p.window_steps = 0;
    p.metrics_bytes = metrics_->bytes();
  }

  void validate() {
    const AveragedWeights averaged(average_);
    const Clock::time_point start = Clock::now();
    const Validation v = training_.validate();
    Progression& p = now();
    const bool best = std::isfinite(v.score) && (p.best_step == 0 || v.score < p.best_score);
    if (best) {
      p.best_score = v.score;
      p.best_step = p.step;
      write_model(v);
    }
    nlohmann::ordered_json figures;
    std::string text;
    for (const auto& [name, value] : v.figures) {
      figures[name] = value;
      text += fmt::format(" {} {:.4g}", name, value);
    }
    metrics_->write({{"step", p.step}, {"validation", figures}, {"best", best}});
    p.metrics_bytes = metrics_->bytes();
    progress_->message(fmt::format("step {}: validation{}{} ({:.1f} s)", p.step, text,
                                   best ? ", the best so far" : "", seconds_since(start)));
    draw_metrics(metrics_->path(), file("loss.svg"));
    window_start_ += Clock::now() - start;
  }

  void write_model(const Validation& validation) {
    ModelFileWriter model(file("model.h5"));
    training_.write_model(model);
    model.attribute("training.config", options_.config);
    model.attribute("training.step", double(now().step));
    for (const auto& [name, value] : validation.figures) {
      model.attribute("validation." + name, value);
    }
    model.finish();
  }

  void checkpoint() {
    const Clock::time_point start = Clock::now();
    state_.save(file("last.h5"), good_, options_.config, training_.data);
    draw_metrics(metrics_->path(), file("loss.svg"));
    saved_ = Clock::now();
    window_start_ += saved_ - start;
  }

  [[noreturn]] void stop() {
    checkpoint();
    // Something to try out, even before the first validation.
    if (now().best_step == 0) {
      const AveragedWeights averaged(average_);
      write_model({});
    }
    fail(ErrorCode::cancelled, "stopped by signal {} at step {}; saved, go on with --resume",
         stop_signal(), now().step);
  }

  const RunOptions& options_;
  Training& training_;
  Device device_;
  Precision precision_;
  int64_t total_;
  Schedule schedule_;
  Optimizer optimizer_;
  WeightAverage average_;
  TrainingState state_;
  Snapshot good_;
  std::optional<MetricsLog> metrics_;
  std::optional<Progress> progress_;
  double loss_ = 0, norm_ = 0, seconds_before_ = 0;
  Clock::time_point saved_, started_;
  // When the window began, moved on by what was not training.
  Clock::time_point window_start_ = Clock::now();
};

}  // namespace

namespace {

// What a process that was killed while it wrote has left.
void remove_half_written(const fs::path& run) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(run, error)) {
    const std::string name = entry.path().filename().string();
    if (name.find(".tmp") != std::string::npos) fs::remove(entry.path(), error);
  }
}

}  // namespace

void prepare_run_folder(const RunOptions& options) {
  std::error_code error;
  check(!options.resume || fs::is_directory(options.out, error), ErrorCode::usage,
        "{}: there is no run to resume; leave --resume out to start one", options.out.string());
  fs::create_directories(options.out, error);
  check(!error, ErrorCode::io, "{}: cannot create the run folder: {}", options.out.string(),
        error.message());
  check(options.resume || !fs::exists(options.out / "last.h5", error), ErrorCode::usage,
        "{}: holds a run already; give --resume to go on with it, or another --out",
        options.out.string());
  if (options.resume) remove_half_written(options.out);
}

void train(const RunOptions& options, Training& training) {
  prepare_run_folder(options);
  if (options.compute.device == "auto") {
    spdlog::info("--device auto: computing on {}", name(device_of(options.compute)));
  }
  Loop(options, training).run();
}

}  // namespace p2s
