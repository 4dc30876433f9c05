#include "train/training_state.h"

#include "nn/base/error.h"
#include "train/run_options.h"

namespace p2s {
namespace {

// Calls f(name, number) for every number of a Progression.
template <class P, class F>
void visit_numbers(P& p, F&& f) {
  f("step", p.step), f("rate_factor", p.rate_factor), f("rollbacks", p.rollbacks);
  f("best_score", p.best_score), f("best_step", p.best_step);
  f("window_loss", p.window_loss), f("window_items", p.window_items);
  f("window_steps", p.window_steps), f("metrics_bytes", p.metrics_bytes), f("seconds", p.seconds);
}

void write_numbers(ModelFileWriter& file, const std::string& group, const Progression& p) {
  visit_numbers(p, [&](const char* name, auto number) {
    file.attribute(fmt::format("{}.{}", group, name), double(number));
  });
}

Progression read_numbers(const ModelFileReader& file, const std::string& group) {
  Progression p;
  visit_numbers(p, [&](const char* name, auto& number) {
    using Number = std::remove_reference_t<decltype(number)>;
    number = Number(file.number_attribute(fmt::format("{}.{}", group, name)));
  });
  return p;
}

constexpr const char* kState = "state";
constexpr const char* kGood = "good";

std::string place(const char* group, const std::string& name) {
  return fmt::format("{}/{}", group, name);
}

void require_same_run(const ModelFileReader& file, const std::string& config,
                      const std::string& data) {
  const std::string difference = config_difference(file.attribute("config"), config);
  check(difference.empty(), ErrorCode::usage,
        "{}: cannot be resumed with other options ({}); start a new run in another --out",
        file.path().string(), difference);
  check(file.attribute("data") == data, ErrorCode::usage,
        "{}: cannot be resumed with other data (the files were {}, are {}); start a new run in "
        "another --out",
        file.path().string(), file.attribute("data"), data);
}

}  // namespace

void TrainingState::visit(const std::function<void(const std::string&, Tensor&)>& f) {
  for (const auto* named : {&optimizer_.parameters(), &std::as_const(statistics_)}) {
    for (const NamedParameter& p : *named) {
      Tensor value = p.var.value;
      f("parameters." + p.name, value);
    }
  }
  optimizer_.visit_state(f);
  average_.visit_state(f);
}

void TrainingState::keep(Snapshot& into) {
  into.progression = progression;
  size_t i = 0;
  visit([&](const std::string&, Tensor& tensor) {
    if (i == into.tensors.size()) {
      into.tensors.push_back(tensor.clone());
    } else {
      into.tensors[i].copy_from(tensor);
    }
    ++i;
  });
}

void TrainingState::restore(const Snapshot& from) {
  progression = from.progression;
  optimizer_.set_steps(progression.step);
  size_t i = 0;
  visit([&](const std::string&, Tensor& tensor) { tensor.copy_from(from.tensors.at(i++)); });
}

void TrainingState::save(const std::filesystem::path& path, const Snapshot& good,
                         const std::string& config, const std::string& data) {
  ModelFileWriter file(path);
  file.attribute("kind", "training state");
  file.attribute("config", config);
  file.attribute("data", data);
  write_numbers(file, kState, progression);
  visit([&](const std::string& name, Tensor& t) { file.tensor(place(kState, name), t); });
  if (good.progression.step != progression.step) {
    write_numbers(file, kGood, good.progression);
    size_t i = 0;
    visit([&](const std::string& name, Tensor&) {
      file.tensor(place(kGood, name), good.tensors.at(i++));
    });
  }
  file.finish();
}

void TrainingState::load(const std::filesystem::path& path, Snapshot& good,
                         const std::string& config, const std::string& data) {
  const ModelFileReader file(path);
  check(file.has_attribute("config") && file.has_attribute("data"), ErrorCode::format,
        "{}: is no training state; give the --out folder of a p2s-train run", path.string());
  require_same_run(file, config, data);
  const auto read = [&](const char* group) {
    progression = read_numbers(file, group);
    visit([&](const std::string& name, Tensor& tensor) {
      const Tensor stored = file.tensor(place(group, name), tensor.device());
      check(stored.shape() == tensor.shape(), ErrorCode::format, "{}: {} is {}, {} is needed",
            path.string(), name, stored.shape(), tensor.shape());
      tensor.copy_from(stored);
    });
    optimizer_.set_steps(progression.step);
  };
  if (file.has_attribute("good.step")) {
    read(kGood);
    keep(good);
    read(kState);
  } else {
    read(kState);
    keep(good);
  }
}

}  // namespace p2s
