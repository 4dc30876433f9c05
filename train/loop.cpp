#include "train/loop.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/parallel.h"
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
    look_steps_ = training.look_steps;
    if (look_steps_ == 0) look_steps_ = kernels(device_).queues ? kGoodSteps : 1;
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
      if (stop_signal() != 0) {
        if (!all_finite()) roll_back();
        stop();
      }
      update();
      const int64_t step = now().step;
      const bool last = step == total_;
      const bool logs = step % options_.log_steps == 0 || last, keeps = step % kGoodSteps == 0;
      const bool validates = step % validate_every() == 0 || last;
      const bool saves = last || checkpoint_due();
      const bool looks = logs || keeps || validates || saves || step % look_steps_ == 0;
      if (looks && !all_finite()) {
        roll_back();
        continue;
      }
      show();
      if (logs) log_window();
      if (keeps) state_.keep(good_);
      if (validates) validate();
      const bool enough = validates && out_of_patience();
      if (saves || enough) checkpoint();
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

  // One step. What came of it is not looked at yet: that may have to wait for the device.
  void update() {
    Progression& p = now();
    const uint64_t draws = Rng(uint64_t(options_.seed), uint64_t(p.step) + 1).key();
    Tape tape(device_, Tape::Mode::training, draws, precision_);
    const StepLoss step = training_.loss(tape, p.step);
    tape.backward(step.loss);
    const Tensor norm = gradient_norm(optimizer_.parameters());
    optimizer_.step_clipped(rate(p.step + 1), norm, options_.clip);
    clear_gradients(optimizer_.parameters());
    unseen_.push_back({step.loss.value, norm, step.items});
    average_.update(++p.step);
    p.seconds = seconds_before_ + seconds_since(started_);
  }

  void show() {
    const std::string seen = std::isnan(loss_) ? "" : fmt::format("loss {:.4f}, ", loss_);
    progress_->update(now().step, fmt::format("{}rate {:.3g}", seen, rate(now().step)));
  }

  // Looks at the steps since the last look, up to one whose loss or gradient is not finite; false
  // if there is one.
  bool all_finite() {
    Progression& p = now();
    bad_step_ = p.step - int64_t(unseen_.size());
    for (const Unseen& step : std::exchange(unseen_, {})) {
      loss_ = double(step.loss.item());
      norm_ = double(step.norm.item());
      if (!std::isfinite(loss_) || !std::isfinite(norm_)) return false;
      ++bad_step_;
      p.window_loss += loss_ * step.items;
      p.window_items += step.items;
      ++p.window_steps;
    }
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
                    bad_step_, loss_, norm_, p.step, rate(p.step + 1)));
    metrics_->write({{"step", bad_step_},
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
  // Of a step that was made, still on the device.
  struct Unseen {
    Tensor loss, norm;
    double items;
  };
  std::vector<Unseen> unseen_;
  int64_t look_steps_ = 1, bad_step_ = 0;
  double loss_ = std::numeric_limits<double>::quiet_NaN(), norm_ = 0;  // of the last step seen
  double seconds_before_ = 0;
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

void begin_run(const RunOptions& options) {
  set_threads(options.compute.threads);
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
  begin_run(options);
  if (options.compute.device == "auto") {
    spdlog::info("--device auto: computing on {}", name(device_of(options.compute)));
  }
  Loop(options, training).run();
}

}  // namespace p2s
