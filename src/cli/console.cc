#include "cli/console.h"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/utf8.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

/// Erases the line that the cursor is on (ECMA-48 EL).
constexpr std::string_view kEraseLine = "\r\x1b[2K";

class ConsoleSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ConsoleSink(Console& console) : console_(console) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string text = Printable(std::string_view(message.payload.data(), message.payload.size()));
    const std::string line = fmt::format("{}: {}", std::string_view(level.data(), level.size()), text);
    if (message.level >= spdlog::level::err) {
      console_.Error(text);
    } else if (message.level == spdlog::level::warn) {
      console_.Info(line);
    } else {
      console_.Detail(line);
    }
  }
  void flush_() override {}

 private:
  Console& console_;
};

}  // namespace

void Console::Write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string text;
  if (drawn_) text += kEraseLine;
  drawn_ = false;
  text += line;
  text += '\n';
  // One write a line: lines of several processes on one stream stay whole.
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
}

void Console::Info(std::string_view line) {
  if (verbosity_ != Verbosity::kQuiet) Write(line);
}

void Console::Detail(std::string_view line) {
  if (verbosity_ == Verbosity::kVerbose) Write(line);
}

void Console::Error(std::string_view message) {
  // A database's message has lines of its own, with a caret under the place: they stay lines, aligned.
  std::string text = "calve: ";
  for (size_t begin = 0; begin < message.size();) {
    const size_t end = std::min(message.find('\n', begin), message.size());
    const std::string_view line = message.substr(begin, end - begin);
    if (!line.empty()) text += (begin == 0 ? "" : "\n       ") + Printable(line);
    begin = end + 1;
  }
  Write(text);
}

void Console::Hint(std::string_view hint) { Write(fmt::format("       {}", hint)); }

void Console::Progress(const std::string& line) {
  if (!terminal_ || verbosity_ == Verbosity::kQuiet) return;
  const std::lock_guard lock(mutex_);
  const std::string text = std::string(kEraseLine) + line;
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
  drawn_ = true;
}

void Console::ClearProgress() {
  const std::lock_guard lock(mutex_);
  if (!drawn_) return;
  std::fwrite(kEraseLine.data(), 1, kEraseLine.size(), stream_);
  std::fflush(stream_);
  drawn_ = false;
}

size_t Console::Width() const {
  winsize size{};
  if (terminal_ && ioctl(fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void Console::TakeLog() {
  auto logger = std::make_shared<spdlog::logger>("calve", std::make_shared<ConsoleSink>(*this));
  logger->set_level(verbosity_ == Verbosity::kVerbose ? spdlog::level::debug
                    : verbosity_ == Verbosity::kQuiet ? spdlog::level::err
                                                      : spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

void Output::Write(std::string_view text) {
  if (errno_ == 0 && std::fwrite(text.data(), 1, text.size(), stream_) != text.size())
    errno_ = errno != 0 ? errno : EIO;
}

Status Output::Finish() {
  if (errno_ == 0 && std::fflush(stream_) != 0) errno_ = errno != 0 ? errno : EIO;
  if (errno_ == 0 || errno_ == EPIPE) return {};
  return std::unexpected(ErrnoError(errno_, "the result cannot be written to standard output"));
}

}  // namespace calve::cli
