#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "nn/checkpoint.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/tiny_data.h"

namespace p2s::test {
namespace {

// The real program, so that it can be killed.
class Process {
 public:
  Process(std::vector<std::string> arguments, const fs::path& log) {
    arguments.insert(arguments.begin(), std::string(P2S_BINARY_DIR) + "/p2s-train");
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, STDERR_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  void send(int signal) const { ::kill(pid_, signal); }
  bool running() {
    if (status_ < 0 && ::waitpid(pid_, &status_, WNOHANG) == 0) return status_ = -1, true;
    return false;
  }
  // Exit status, or minus the signal that ended it.
  int wait() {
    if (status_ < 0) ::waitpid(pid_, &status_, 0);
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
  }
  void until(const fs::path& file) {
    while (running() && !fs::exists(file)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

 private:
  pid_t pid_ = 0;
  int status_ = -1;
};

std::vector<std::string> arguments(const fs::path& books, const fs::path& out, bool resume) {
  std::vector<std::string> result = {"skipthought",
                                     "--corpus",
                                     books.string(),
                                     "--out",
                                     out.string(),
                                     "--hidden",
                                     "8",
                                     "--embedding",
                                     "6",
                                     "--batch",
                                     "4",
                                     "--steps",
                                     "600",
                                     "--validate-steps",
                                     "250",
                                     "--checkpoint-steps",
                                     "5",
                                     "--log-steps",
                                     "10",
                                     "--threads",
                                     "1",
                                     "--softmax",
                                     "sampled",
                                     "--samples",
                                     "4",
                                     "--lr",
                                     "0.01"};
  if (resume) result.emplace_back("--resume");
  return result;
}

void check_same_state(const fs::path& a, const fs::path& b) {
  const ModelFileReader one(a), other(b);
  REQUIRE(one.names() == other.names());
  CHECK(one.names().size() > 20);
  for (const std::string& name : one.names()) {
    CHECK_MESSAGE(
        one.tensor(name, Device::ref).to_host() == other.tensor(name, Device::ref).to_host(), name);
  }
  for (const char* number : {"state.step", "state.best_step", "state.best_score"}) {
    CHECK(one.number_attribute(number) == other.number_attribute(number));
  }
}

double step_of(const fs::path& run) {
  return ModelFileReader(run / "last.h5").number_attribute("state.step");
}

}  // namespace

TEST_CASE("a run that was killed and stopped by signals ends as an uninterrupted one") {
  const TemporaryFolder folder;
  use_cache(folder / "cache");
  write_tiny_books(folder / "books", {"crime"});
  const fs::path books = folder / "books", whole = folder / "whole", run = folder / "run";
  REQUIRE(Process(arguments(books, whole, false), folder / "whole.log").wait() == 0);

  Process killed(arguments(books, run, false), folder / "killed.log");
  killed.until(run / "last.h5");
  killed.send(SIGKILL);
  REQUIRE(killed.wait() == -SIGKILL);
  REQUIRE(step_of(run) < 600);

  fs::remove(run / "loss.svg");
  Process stopped(arguments(books, run, true), folder / "stopped.log");
  stopped.until(run / "loss.svg");
  stopped.send(SIGTERM);
  REQUIRE(stopped.wait() == 128 + SIGTERM);
  CHECK(contains(read_file(folder / "stopped.log"), "--resume"));
  REQUIRE(step_of(run) < 600);
  CHECK(fs::exists(run / "model.h5"));

  REQUIRE(Process(arguments(books, run, true), folder / "resumed.log").wait() == 0);
  check_same_state(whole / "last.h5", run / "last.h5");
}

}  // namespace p2s::test
