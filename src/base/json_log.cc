#include "base/json_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/log_context.h"

namespace calve {
namespace {

std::string Rfc3339(std::chrono::system_clock::time_point time) {
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(millis);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (millis - seconds).count());
}

std::string Bounded(std::string_view text) {
  if (text.size() <= kMaxLogMessageBytes) return std::string(text);
  size_t end = kMaxLogMessageBytes;
  // Not in the middle of a character: its continuation bytes are 10xxxxxx.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

class JsonLineFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
    const auto level = spdlog::level::to_string_view(message.level);
    Json line;
    line["ts"] = Rfc3339(message.time);
    line["level"] = std::string(level.data(), level.size());
    line["msg"] = Bounded({message.payload.data(), message.payload.size()});
    const LogContext& context = CurrentLogContext();
    if (!context.load.empty()) line["load"] = context.load;
    if (context.chunk) line["chunk"] = *context.chunk;
    if (!context.attempt.empty()) line["attempt"] = context.attempt;
    if (!context.request_id.empty()) line["request_id"] = context.request_id;
    const std::string text = JsonText(line) + "\n";
    to.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLineFormatter>(); }
};

}  // namespace

std::unique_ptr<spdlog::formatter> MakeJsonLineFormatter() { return std::make_unique<JsonLineFormatter>(); }

std::shared_ptr<spdlog::logger> MakeJsonLogger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("calve", std::move(sink));
  logger->set_formatter(MakeJsonLineFormatter());
  logger->flush_on(spdlog::level::trace);
  return logger;
}

}  // namespace calve
