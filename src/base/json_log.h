// Log lines as JSON, for CloudWatch and its kin: one object a line.
#pragma once

#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <memory>

namespace calve {

/// A message longer than this is cut (at a character, with "..." behind it): a log is no place for a payload that got
/// into an error's text by accident.
inline constexpr size_t kMaxLogMessageBytes = 4096;

/// {"ts":"2026-01-31T23:59:59.123Z","level":"warning","msg":"...","load":...,"chunk":...,"attempt":...,"request_id":...};
/// the last four from CurrentLogContext(), absent where it has none. Always one line of valid UTF-8. For synchronous
/// loggers only: the context is that of the thread that formats.
std::unique_ptr<spdlog::formatter> MakeJsonLineFormatter();

/// A logger named "calve" that writes such lines to `sink` and flushes each: Lambda may freeze or end the process at
/// any time after an answer. Thread-safe when the sink is.
std::shared_ptr<spdlog::logger> MakeJsonLogger(spdlog::sink_ptr sink);

}  // namespace calve
