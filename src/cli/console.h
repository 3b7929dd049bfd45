// The two streams of the program: results on stdout, everything else on stderr.
#pragma once

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::cli {

enum class Verbosity { kQuiet, kNormal, kVerbose };

/// Lines and a progress line on stderr that do not get into each other's way. Thread-safe.
class Console {
 public:
  /// `terminal`: a progress line can be drawn over and over.
  Console(std::FILE* stream, bool terminal) : stream_(stream), terminal_(terminal) {}
  ~Console() { ClearProgress(); }
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  bool terminal() const { return terminal_; }
  Verbosity verbosity() const { return verbosity_; }
  /// Set before threads are started.
  void set_verbosity(Verbosity verbosity) { verbosity_ = verbosity; }

  /// What is done and how far it is. Not with --quiet.
  void Info(std::string_view line);
  /// For those who look for a reason. Only with --verbose.
  void Detail(std::string_view line);
  /// "calve: ...", always. Further lines of the message stand under it.
  void Error(std::string_view message);
  /// A second line under an error: what to do. Always.
  void Hint(std::string_view hint);
  /// Draws `line` in place of the progress line. Only on a terminal, and not with --quiet.
  void Progress(const std::string& line);
  void ClearProgress();
  /// Columns of the terminal, 80 when it does not say.
  size_t Width() const;

  /// What the libraries log (spdlog's default logger) goes through here: warnings, with --verbose everything, with
  /// --quiet errors. The console must outlive all logging.
  void TakeLog();

  /// Whatever the verbosity.
  void Write(std::string_view line);

 private:
  std::FILE* stream_;
  bool terminal_;
  Verbosity verbosity_ = Verbosity::kNormal;
  std::mutex mutex_;
  bool drawn_ = false;  ///< A progress line stands on the terminal.
};

/// stdout. Not thread-safe.
class Output {
 public:
  explicit Output(std::FILE* stream) : stream_(stream) {}
  void Write(std::string_view text);
  /// What was written has arrived. A reader that has gone (EPIPE) is no error: it had what it wanted.
  Status Finish();

 private:
  std::FILE* stream_;
  int errno_ = 0;
};

}  // namespace calve::cli
