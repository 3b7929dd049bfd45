// How far a load is: figures and the line on the terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace calve::cli {

/// How far one load is, at one moment.
struct ProgressView {
  std::string name;         ///< The source's last part.
  uint64_t bytes_done = 0;  ///< Of bytes_total, what former runs did included.
  uint64_t bytes_total = 0;
  uint64_t bytes_read = 0;  ///< By this run: what the rates are of.
  uint64_t rows_read = 0;   ///< By this run.
  int chunks_done = 0;
  int chunks = 0;
  double seconds = 0;  ///< Since this load was planned.
};

/// Share of the bytes, 0..1.
double DoneShare(const ProgressView& view);
/// Seconds that the rest takes at this run's rate; nothing while it is too early to say.
std::optional<double> SecondsLeft(const ProgressView& view);
/// One line of at most `width` columns, bar included; the less important figures go first when it is narrow.
std::string RenderProgress(const ProgressView& view, size_t width);
/// The same figures as a sentence for a log.
std::string DescribeProgress(const ProgressView& view);

}  // namespace calve::cli
