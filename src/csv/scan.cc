#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>

#include "csv/boundaries.h"
#include "csv/line_walker.h"
#include "csv/reader_internal.h"
#include "csv/record_parser.h"
#include "csv/tokenizer.h"

namespace calve::csv {
namespace {

constexpr size_t kStepBytes = 1U << 20U;  // A multiple of the tokeniser's 64.

// The bytes from one cut to the next, and what they are if their first byte is outside ([0]) or inside ([1]) quotes.
struct Segment {
  uint64_t begin = 0;
  uint64_t end = 0;
  std::array<ParityState, 2> ways;  // Positions count from `begin`.
};

class Scan {
 public:
  Scan(const Dialect& dialect, std::vector<uint64_t> cuts, uint64_t size, const OpenAt& open, uint64_t max_record)
      : parser_(dialect, max_record),
        open_(open),
        cuts_(std::move(cuts)),
        lines_(cuts_.size(), size),
        last_line_(dialect.data_offset_bytes) {
    fast_ = FastDialect::From(dialect, &fast_dialect_) && dialect.comment == '\0' &&
            dialect.encoding != Encoding::kUtf16Le && dialect.encoding != Encoding::kUtf16Be;
    for (size_t i = 0; i < cuts_.size(); ++i) {
      Segment segment;
      segment.begin = cuts_[i];
      segment.end = i + 1 < cuts_.size() ? cuts_[i + 1] : size;
      segments_.push_back(segment);
    }
  }

  // The line starts at or behind the cuts, the first of which is a line start itself.
  Result<std::vector<uint64_t>> Run(int threads) {
    if (!fast_) {
      CALVE_RETURN_IF_ERROR(Walk(0, cuts_.size()));
      return std::move(lines_);
    }
    CALVE_RETURN_IF_ERROR(ScanSegments(threads));
    CALVE_RETURN_IF_ERROR(Stitch());
    return std::move(lines_);
  }

 private:
  Status ScanSegments(int threads) {
    std::atomic<size_t> next{0};
    std::atomic<bool> failed{false};
    const auto work = [&](Status* status) {
      while (!failed.load(std::memory_order_relaxed)) {
        const size_t i = next.fetch_add(1);
        if (i >= segments_.size()) return;
        *status = ScanSegment(i);
        if (!status->has_value()) {
          failed.store(true, std::memory_order_relaxed);
          return;
        }
      }
    };
    const size_t workers = std::clamp<size_t>(static_cast<size_t>(std::max(threads, 1)), 1, segments_.size());
    std::vector<Status> statuses(workers);
    std::vector<std::jthread> others;
    for (size_t i = 1; i < workers; ++i) others.emplace_back(work, &statuses[i]);
    work(&statuses[0]);
    others.clear();
    for (Status& status : statuses) CALVE_RETURN_IF_ERROR(std::move(status));
    return {};
  }

  // What the byte before a segment says about its first one.
  void Begin(char before, Segment* segment) const {
    ParityState& outside = segment->ways[0];
    const bool quote = fast_dialect_.has_quote && before == fast_dialect_.quote;
    const bool cr = fast_dialect_.pairs && before == '\r';
    outside.after_close = quote;
    outside.after_cr = cr;
    outside.after_break =
        before == fast_dialect_.delimiter || before == fast_dialect_.newline || cr || (quote && fast_dialect_.doubled);
    outside.found = before == fast_dialect_.newline;
    segment->ways[1].in_quote = true;
    const bool escape = fast_dialect_.escape != '\0' && before == fast_dialect_.escape;
    for (ParityState& way : segment->ways) way.malformed_before = escape;
  }

  Status ScanSegment(size_t index) {
    Segment& segment = segments_[index];
    const bool last = index + 1 == segments_.size();
    const uint64_t from = index == 0 ? segment.begin : segment.begin - 1;
    CALVE_ASSIGN_OR_RETURN(const ReadBytes read, open_(from));
    uint64_t left = segment.end - segment.begin;
    std::vector<char> buffer(static_cast<size_t>(std::min<uint64_t>(left, kStepBytes)) + 64);
    if (index == 0) {
      segment.ways[0].found = true;  // The first cut is a line start.
    } else {
      CALVE_RETURN_IF_ERROR(ReadFully(read, buffer.data(), 1, from));
      Begin(buffer[0], &segment);
    }
    const bool both = index > 0 && fast_dialect_.has_quote;
    while (left > 0) {
      const auto n = static_cast<size_t>(std::min<uint64_t>(left, kStepBytes));
      CALVE_RETURN_IF_ERROR(ReadFully(read, buffer.data(), n, segment.end - left));
      left -= n;
      Feed(buffer.data(), n, &segment.ways[0]);
      if (both) Feed(buffer.data(), n, &segment.ways[1]);
      // Behind the last cut only the line start next to it matters.
      const auto done = [](const ParityState& way) { return way.found || way.malformed; };
      if (last && done(segment.ways[0]) && (!both || done(segment.ways[1]))) break;
    }
    return {};
  }

  void Feed(const char* data, size_t n, ParityState* way) const {
    if (way->malformed) return;
    if (way->in_quote && std::memchr(data, fast_dialect_.quote, n) == nullptr && fast_dialect_.escape == '\0') {
      way->position += n;
      way->after_break = way->after_close = way->after_cr = false;
      return;
    }
    tokenizer_.scan(fast_dialect_, data, n, way);
  }

  static Status ReadFully(const ReadBytes& read, char* to, size_t n, uint64_t offset) {
    size_t got = 0;
    while (got < n) {
      CALVE_ASSIGN_OR_RETURN(const size_t more, read(std::as_writable_bytes(std::span(to + got, n - got))));
      if (more == 0) {
        return Err(ErrorKind::kConflict,
                   fmt::format("the source ends at byte {}, sooner than it did when it was looked at; was it replaced?",
                               offset + got));
      }
      got += more;
    }
    return {};
  }

  // Follows the way that is true from segment to segment; where it proves nothing, reads.
  Status Stitch() {
    size_t i = 0;
    size_t way = 0;
    while (i < segments_.size()) {
      const Segment& segment = segments_[i];
      const ParityState& state = segment.ways[way];
      const bool last = i + 1 == segments_.size();
      const bool joins = !state.found || segment.begin + state.first_line - last_line_ <= parser_.max_record_bytes();
      const bool proven = !state.malformed_before && joins && (last ? state.found : Sound(state));
      if (!proven) {
        CALVE_RETURN_IF_ERROR(Resume(&i, &way));
        continue;
      }
      if (state.found) {
        Answer(segment.begin + state.first_line);
        last_line_ = segment.begin + state.last_line;
      }
      way = state.in_quote ? 1 : 0;
      ++i;
    }
    return {};
  }

  // Whether everything behind the first line start is plainly well-formed.
  bool Sound(const ParityState& state) const { return !state.malformed && state.longest <= parser_.max_record_bytes(); }

  // `line` is the line start for all cuts up to it that have none yet.
  void Answer(uint64_t line) {
    while (answered_ < cuts_.size() && cuts_[answered_] <= line) lines_[answered_++] = line;
  }

  // Reads from the last line start known to the first one of a later segment where a way can be followed again.
  Status Resume(size_t* i, size_t* way) {
    size_t target = std::max(*i + 1, answered_);
    CALVE_ASSIGN_OR_RETURN(ReadBytes read, open_(last_line_));
    LineWalker walker(parser_, std::move(read), last_line_);
    // The cuts in front of it first.
    while (answered_ < cuts_.size() && answered_ < target) {
      CALVE_ASSIGN_OR_RETURN(const uint64_t line, walker.To(cuts_[answered_]));
      Answer(line);
    }
    while (true) {
      if (target >= segments_.size()) {
        *i = segments_.size();
        return {};
      }
      CALVE_ASSIGN_OR_RETURN(const uint64_t line, walker.To(cuts_[target]));
      Answer(line);
      while (target + 1 < segments_.size() && cuts_[target + 1] <= line) ++target;
      const Segment& segment = segments_[target];
      for (size_t w = 0; w < 2; ++w) {
        const ParityState& state = segment.ways[w];
        if (!state.found || segment.begin + state.first_line != line || !Sound(state)) continue;
        last_line_ = segment.begin + state.last_line;
        *i = target + 1;
        *way = state.in_quote ? 1 : 0;
        return {};
      }
      ++target;
    }
  }

  // All of them by reading.
  Status Walk(size_t from, size_t to) {
    CALVE_ASSIGN_OR_RETURN(ReadBytes read, open_(last_line_));
    LineWalker walker(parser_, std::move(read), last_line_);
    for (size_t i = from; i < to; ++i) {
      CALVE_ASSIGN_OR_RETURN(lines_[i], walker.To(cuts_[i]));
    }
    return {};
  }

  RecordParser parser_;
  const OpenAt& open_;
  std::vector<uint64_t> cuts_;
  std::vector<uint64_t> lines_;
  const Tokenizer& tokenizer_ = BestTokenizer();
  FastDialect fast_dialect_;
  bool fast_ = false;
  std::vector<Segment> segments_;
  size_t answered_ = 0;
  uint64_t last_line_;  // A line start, known exactly.
};

}  // namespace

Result<std::vector<uint64_t>> ScanLineStarts(const Dialect& dialect, std::span<const uint64_t> cuts,
                                             uint64_t size_bytes, const OpenAt& open, int threads,
                                             uint64_t max_record_bytes) {
  CALVE_ASSIGN_OR_RETURN(const Dialect bytes, ByteDialect(dialect));
  if (!std::is_sorted(cuts.begin(), cuts.end()) || (!cuts.empty() && cuts.front() < dialect.data_offset_bytes)) {
    return Err(ErrorKind::kInvalidArgument, "cuts must ascend from the first record's offset on");
  }
  // Each cut once, those inside the object, the first record's start in front.
  std::vector<uint64_t> distinct{dialect.data_offset_bytes};
  for (const uint64_t cut : cuts) {
    if (cut > distinct.back() && cut < size_bytes) distinct.push_back(cut);
  }
  std::vector<uint64_t> lines(cuts.size(), size_bytes);
  if (dialect.data_offset_bytes >= size_bytes) return lines;
  Scan scan(bytes, distinct, size_bytes, open, max_record_bytes);
  CALVE_ASSIGN_OR_RETURN(const std::vector<uint64_t> found, scan.Run(threads));
  for (size_t i = 0; i < cuts.size(); ++i) {
    const auto at = std::lower_bound(distinct.begin(), distinct.end(), cuts[i]);
    if (at != distinct.end() && *at == cuts[i]) lines[i] = found[static_cast<size_t>(at - distinct.begin())];
  }
  return lines;
}

}  // namespace calve::csv
