#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/utf8.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

constexpr double kTooEarlySeconds = 0.5;
constexpr size_t kBarMin = 10;
constexpr size_t kBarMax = 40;

std::string RowRate(const ProgressView& view) {
  const double rate = view.seconds > 0 ? static_cast<double>(view.rows_read) / view.seconds : 0;
  if (rate >= 1e6) return fmt::format("{:.2f} M rows/s", rate / 1e6);
  return fmt::format("{} rows/s", HumanCount(static_cast<uint64_t>(rate)));
}

std::string ByteRate(const ProgressView& view) {
  const double rate = view.seconds > 0 ? static_cast<double>(view.bytes_read) / view.seconds : 0;
  return fmt::format("{:.1f} MB/s", rate / 1e6);
}

std::string TimeLeft(const ProgressView& view) {
  const std::optional<double> left = SecondsLeft(view);
  return left ? HumanSeconds(*left) + " left" : "";
}

std::string Bar(double share, size_t width) {
  const size_t inner = width - 2;
  const auto full = static_cast<size_t>(share * static_cast<double>(inner));
  std::string bar(inner, ' ');
  std::fill_n(bar.begin(), full, '=');
  if (full < inner) bar[full] = '>';
  return "[" + bar + "]";
}

}  // namespace

double DoneShare(const ProgressView& view) {
  if (view.bytes_total == 0) return 0;
  return std::min(1.0, static_cast<double>(view.bytes_done) / static_cast<double>(view.bytes_total));
}

std::optional<double> SecondsLeft(const ProgressView& view) {
  if (view.seconds < kTooEarlySeconds || view.bytes_read == 0 || view.bytes_done > view.bytes_total)
    return std::nullopt;
  const double rate = static_cast<double>(view.bytes_read) / view.seconds;
  return static_cast<double>(view.bytes_total - view.bytes_done) / rate;
}

std::string RenderProgress(const ProgressView& view, size_t width) {
  const std::string percent = fmt::format("{:3}%", static_cast<int>(DoneShare(view) * 100));
  // In the order of importance; shown in this order, too.
  const std::vector<std::string> figures = {
      percent,        TimeLeft(view),
      RowRate(view),  fmt::format("{}/{} chunks", view.chunks_done, view.chunks),
      ByteRate(view), HumanBytes(view.bytes_done) + " of " + HumanBytes(view.bytes_total)};
  // The last column stays free: some terminals wrap when it is written.
  const size_t usable = std::max<size_t>(width, 2) - 1;
  std::string right;
  for (const std::string& figure : figures) {
    if (figure.empty()) continue;
    if (kBarMin + DisplayWidth(right) + 2 + DisplayWidth(figure) > usable) break;
    right += (right.empty() ? " " : "  ") + figure;
  }
  if (right.empty()) return Clip(percent, usable);
  const size_t room = usable - DisplayWidth(right);
  const size_t bar = std::min(room, kBarMax);
  std::string name;
  if (room >= bar + 6) name = Clip(Printable(view.name), std::min<size_t>(room - bar - 1, 30)) + " ";
  return name + Bar(DoneShare(view), bar) + right;
}

std::string DescribeProgress(const ProgressView& view) {
  const std::string left = TimeLeft(view);
  return fmt::format("{}: {:.0f}%, {} of {} chunks, {} rows, {}, {}{}", view.name, DoneShare(view) * 100,
                     view.chunks_done, view.chunks, HumanCount(view.rows_read), RowRate(view), ByteRate(view),
                     left.empty() ? "" : ", " + left);
}

}  // namespace calve::cli
