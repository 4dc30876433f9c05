#include "tests/cli/program.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

namespace p2s::test {
namespace {

void redirect(const fs::path& path, int flags, int descriptor) {
  const int file = ::open(path.c_str(), flags, 0600);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
}

struct Streams {
  fs::path out, err;
};

// In the child: becomes the program or ends with 126.
[[noreturn]] void become(const std::string& name, const std::vector<std::string>& arguments,
                         const ProgramOptions& options, const Streams& streams) {
  const std::string program = fs::path(P2S_BINARY_DIR) / name;
  redirect("/dev/null", O_RDONLY, STDIN_FILENO);
  redirect(streams.out, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  redirect(streams.err, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  if (options.largest_file > 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{options.largest_file, options.largest_file};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  for (const std::string& entry : options.environment) ::putenv(const_cast<char*>(entry.c_str()));
  std::vector<char*> plain = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) {
    plain.push_back(const_cast<char*>(argument.c_str()));
  }
  plain.push_back(nullptr);
  ::execv(program.c_str(), plain.data());
  ::_exit(126);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool ended(pid_t child) {
  siginfo_t info{};
  ::waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT);
  return info.si_pid == child;
}

void wait_until(pid_t child, const std::function<bool()>& ready) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
  while (!ready() && !ended(child)) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(child, SIGKILL);
      wait_for(child);
      fail(ErrorCode::internal, "the program did not come so far in five minutes");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

Outcome run_program_until(const std::string& name, const std::vector<std::string>& arguments,
                          const std::function<bool()>& ready, int signal,
                          const ProgramOptions& options) {
  const TemporaryFolder folder;
  const Streams streams{options.out.empty() ? folder / "out" : options.out, folder / "err"};
  const pid_t child = ::fork();
  check(child >= 0, ErrorCode::internal, "fork failed");
  if (child == 0) become(name, arguments, options, streams);
  if (ready) {
    wait_until(child, ready);
    ::kill(child, signal);
  }
  Outcome outcome;
  outcome.status = wait_for(child);
  if (options.out.empty()) outcome.out = read_file(streams.out);
  outcome.err = read_file(streams.err);
  return outcome;
}

Outcome run_program(const std::string& name, const std::vector<std::string>& arguments,
                    const ProgramOptions& options) {
  return run_program_until(name, arguments, {}, 0, options);
}

void check_failure(const std::string& name, const Outcome& outcome, int status,
                   const std::vector<std::string>& parts) {
  CAPTURE(outcome.err);
  CHECK(outcome.status == status);
  CHECK(outcome.out.empty());
  REQUIRE(outcome.err.ends_with('\n'));
  const size_t before = outcome.err.rfind('\n', outcome.err.size() - 2);
  const std::string line = outcome.err.substr(before == std::string::npos ? 0 : before + 1);
  CHECK(line.starts_with(name + ": "));
  CHECK(line.size() < 600);
  for (const std::string& part : parts) {
    CAPTURE(part);
    CHECK(contains(line, part));
  }
}

void check_refusal(const std::string& name, const Outcome& outcome, int status,
                   const std::vector<std::string>& parts) {
  check_failure(name, outcome, status, parts);
  CAPTURE(outcome.err);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

}  // namespace p2s::test
