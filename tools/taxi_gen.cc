// taxi_gen --rows N [--bad N] [--seed N] [--threads N] OUT.csv
//
// Makes a CSV file with the columns, the value shapes and the skew of the NYC Yellow Taxi data of January 2015: about
// 156 bytes a record, 32-bit coordinates printed with 17 significant digits, distances such as .50, amounts such as
// 17.05 and 12, pickup times in runs of about a thousand that follow no order themselves. The same arguments make the
// same bytes on every machine: all arithmetic is on integers, and a block of records depends on nothing but the seed
// and its number, so blocks are made in parallel.
//
// Of the N records exactly --bad are broken, spread evenly, in nine ways (see BreakRecord). On stdout goes one JSON
// object with what a correct reader must find: records, good ones, and sums over the good ones.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "fmt/format.h"

namespace {

constexpr std::string_view kHeader =
    "VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,trip_distance,pickup_longitude,"
    "pickup_latitude,RateCodeID,store_and_fwd_flag,dropoff_longitude,dropoff_latitude,payment_type,fare_amount,extra,"
    "mta_tax,tip_amount,tolls_amount,improvement_surcharge,total_amount\n";
constexpr size_t kColumns = 19;
constexpr uint64_t kBlockRecords = 32768;
constexpr uint64_t kBytesPerRecordGuess = 170;

uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() { return Mix(state_++); }

  // Uniform in [0, bound); bound is far below 2^32, so the bias is too small to see.
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(((Next() >> 32) * bound) >> 32); }

  // An integer from a bell around 0 with the given standard deviation: a sum of four uniforms.
  int64_t Bell(int64_t deviation) {
    const uint64_t bits = Next();
    int64_t sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<int64_t>((bits >> (16 * i)) & 0xffff);
    return (sum - 2 * 65535) * deviation * 1000 / (65536 * 577);
  }

  // A value from a distribution given as its quantiles at equal steps, straight lines between them.
  template <size_t N>
  uint32_t Quantile(const std::array<uint32_t, N>& points) {
    const uint64_t scaled = (Next() >> 32) * (N - 1);
    const size_t i = scaled >> 32;
    return points[i] + static_cast<uint32_t>(((points[i + 1] - points[i]) * (scaled & 0xffffffff)) >> 32);
  }

  // The value of the first of {share, value} whose cumulated share, in ten thousandths, is reached; the last otherwise.
  template <size_t N>
  int Choose(const std::array<std::pair<uint32_t, int>, N>& shares) {
    uint32_t draw = Below(10000);
    for (const auto& [share, value] : shares) {
      if (draw < share) return value;
      draw -= share;
    }
    return shares.back().second;
  }

 private:
  uint64_t state_;
};

// Hundredths of a mile and seconds, at every twentieth.
constexpr std::array<uint32_t, 21> kDistanceQuantiles = {0,   50,  67,  80,  92,  104, 117, 130, 145,  160, 177,
                                                         197, 220, 248, 282, 326, 387, 483, 690, 1050, 2600};
constexpr std::array<uint32_t, 21> kDurationQuantiles = {20,  180, 240, 295, 345,  395,  445,  497,  550,  607, 667,
                                                         733, 805, 885, 977, 1085, 1218, 1395, 1660, 2150, 5400};
constexpr std::array<std::pair<uint32_t, int>, 7> kPassengers = {
    {{7050, 1}, {1420, 2}, {550, 5}, {410, 3}, {360, 6}, {204, 4}, {6, 0}}};
constexpr std::array<std::pair<uint32_t, int>, 6> kRateCodes = {
    {{9765, 1}, {190, 2}, {25, 5}, {14, 3}, {5, 4}, {1, 99}}};
constexpr std::array<std::pair<uint32_t, int>, 4> kPayments = {{{6210, 1}, {3740, 2}, {38, 3}, {12, 4}}};
// Trips by hour of the day, in ten thousandths.
constexpr std::array<std::pair<uint32_t, int>, 24> kHours = {
    {{370, 0},  {270, 1},  {200, 2},  {150, 3},  {110, 4},  {95, 5},   {200, 6},  {360, 7},
     {450, 8},  {460, 9},  {450, 10}, {460, 11}, {490, 12}, {490, 13}, {510, 14}, {490, 15},
     {420, 16}, {510, 17}, {620, 18}, {640, 19}, {600, 20}, {590, 21}, {570, 22}, {495, 23}}};

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void Char(char c) { out_.push_back(c); }

  void Number(uint64_t value) {
    const fmt::format_int text(value);
    out_.append(text.data(), text.size());
  }

  // As the amounts are printed: 1705 -> 17.05, 1780 -> 17.8, 1200 -> 12.
  void Amount(uint32_t cents) {
    Number(cents / 100);
    const uint32_t rest = cents % 100;
    if (rest == 0) return;
    Char('.');
    Char(static_cast<char>('0' + rest / 10));
    if (rest % 10 != 0) Char(static_cast<char>('0' + rest % 10));
  }

  // As the distances are printed: 330 -> 3.30, 50 -> .50, 0 -> .00.
  void Distance(uint32_t hundredths) {
    if (hundredths >= 100) Number(hundredths / 100);
    Char('.');
    TwoDigits(hundredths % 100);
  }

  // A second of January or February 2015.
  void Timestamp(uint32_t seconds_since_new_year) {
    const uint32_t day = seconds_since_new_year / 86400;
    const uint32_t second = seconds_since_new_year % 86400;
    out_.append(day < 31 ? "2015-01-" : "2015-02-");
    TwoDigits(day % 31 + 1);
    Char(' ');
    TwoDigits(second / 3600);
    Char(':');
    TwoDigits(second / 60 % 60);
    Char(':');
    TwoDigits(second % 60);
  }

  // mantissa / 2^bits, a 32-bit float between 10 and 100, as printf's %.17g prints it. Exact: mantissa / 2^bits is
  // mantissa * 5^bits / 10^bits, and its fraction fits 64 bits for bits <= 18.
  void Coordinate(uint64_t mantissa, int bits) {
    uint64_t fraction = mantissa & ((uint64_t{1} << bits) - 1);
    uint64_t cut = 1;
    for (int i = 0; i < bits; ++i) fraction *= 5;
    for (int i = 15; i < bits; ++i) cut *= 10;
    const uint64_t rest = fraction % cut;
    fraction /= cut;
    if (rest * 2 > cut || (rest * 2 == cut && fraction % 2 == 1)) ++fraction;
    uint64_t whole = mantissa >> bits;
    if (fraction == 1'000'000'000'000'000) {
      fraction = 0;
      ++whole;
    }
    Number(whole);
    if (fraction == 0) return;
    char digits[16];
    for (int i = 15; i > 0; --i) {
      digits[i] = static_cast<char>('0' + fraction % 10);
      fraction /= 10;
    }
    digits[0] = '.';
    size_t size = 16;
    while (digits[size - 1] == '0') --size;
    out_.append(digits, size);
  }

 private:
  void TwoDigits(uint32_t value) {
    Char(static_cast<char>('0' + value / 10));
    Char(static_cast<char>('0' + value % 10));
  }

  std::string& out_;
};

// What a correct reader finds.
struct Truth {
  uint64_t good = 0;
  uint64_t passengers = 0;
  uint64_t distance_hundredths = 0;
  uint64_t total_cents = 0;

  void Add(const Truth& other) {
    good += other.good;
    passengers += other.passengers;
    distance_hundredths += other.distance_hundredths;
    total_cents += other.total_cents;
  }
};

// 73.98 W and 40.75 N as multiples of 2^-17 and 2^-18, which is how far apart 32-bit floats lie there.
constexpr int kLongitudeBits = 17;
constexpr int kLatitudeBits = 18;
constexpr int64_t kLongitudeCentre = int64_t{7398} * (1 << kLongitudeBits) / 100;
constexpr int64_t kLatitudeCentre = int64_t{4075} * (1 << kLatitudeBits) / 100;

void WritePlace(Random& random, bool known, Writer& out) {
  if (!known) {
    out.Char('0');
    out.Char(',');
    out.Char('0');
    return;
  }
  // About 0.03 degrees either way, wider for one in sixteen (the airports).
  const int64_t wide = random.Below(16) == 0 ? 3 : 1;
  out.Char('-');
  out.Coordinate(static_cast<uint64_t>(kLongitudeCentre + random.Bell(wide * (3 << kLongitudeBits) / 200)),
                 kLongitudeBits);
  out.Char(',');
  out.Coordinate(static_cast<uint64_t>(kLatitudeCentre + random.Bell(wide * (3 << kLatitudeBits) / 150)),
                 kLatitudeBits);
}

// The pickup times of one vendor's records: runs in which time goes on, each from anywhere in the month.
class PickupTimes {
 public:
  uint32_t Next(Random& random) {
    if (left_ == 0) {
      const auto hour = static_cast<uint32_t>(random.Choose(kHours));
      pickup_ = random.Below(31) * 86400 + hour * 3600 + random.Below(3600);
      left_ = 200 + random.Below(1600);
    }
    --left_;
    // Some 2.5 trips of a vendor start in each second.
    if (random.Below(5) < 2) pickup_ = std::min<uint32_t>(pickup_ + 1, 31 * 86400 - 1);
    return pickup_;
  }

 private:
  uint32_t pickup_ = 0;
  uint32_t left_ = 0;
};

void WriteRecord(Random& random, std::array<PickupTimes, 2>& times, std::string& text, Truth& truth) {
  Writer out(text);
  const bool first_vendor = random.Below(1000) < 475;
  const uint32_t pickup = times[first_vendor ? 0 : 1].Next(random);
  const uint32_t hour = pickup / 3600 % 24;
  const uint32_t duration = random.Quantile(kDurationQuantiles);
  const auto passengers = static_cast<uint32_t>(random.Choose(kPassengers));
  uint32_t distance = random.Quantile(kDistanceQuantiles);
  if (first_vendor) distance -= distance % 10;  // this vendor's meters report tenths
  const int rate = random.Choose(kRateCodes);
  const int payment = random.Choose(kPayments);
  const bool known = random.Below(1000) >= 19;

  // The meter: 2.50 at the start, 0.50 per fifth of a mile or minute of standing; the airport is a flat 52.
  const uint32_t fare = rate == 2 ? 5200 : 250 + 50 * (distance / 20 + duration / 240);
  const bool night = hour >= 20 || hour < 6;
  const bool rush = hour >= 16 && hour < 20 && pickup / 86400 % 7 < 5;
  const uint32_t extra = rate == 2 ? 0 : night ? 50 : rush ? 100 : 0;
  const uint32_t tax = rate == 1 || rate == 2 ? 50 : 0;
  const uint32_t tolls = distance > 700 && random.Below(3) == 0 ? 533 : 0;
  const uint32_t surcharge = random.Below(2000) == 0 ? 0 : 30;
  uint32_t tip = 0;
  if (payment == 1 && random.Below(20) != 0) {
    const uint32_t base = fare + extra + tax + tolls;
    tip = random.Below(3) == 0 ? 100 * (1 + random.Below(4)) : base * (18 + random.Below(3) * 3) / 100;
  }
  const uint32_t total = fare + extra + tax + tip + tolls + surcharge;

  out.Char(first_vendor ? '1' : '2');
  out.Char(',');
  out.Timestamp(pickup);
  out.Char(',');
  out.Timestamp(pickup + duration);
  out.Char(',');
  out.Number(passengers);
  out.Char(',');
  out.Distance(distance);
  out.Char(',');
  WritePlace(random, known, out);
  out.Char(',');
  out.Number(static_cast<uint64_t>(rate));
  out.Char(',');
  out.Char(random.Below(1000) < 8 ? 'Y' : 'N');
  out.Char(',');
  WritePlace(random, known, out);
  out.Char(',');
  out.Number(static_cast<uint64_t>(payment));
  for (const uint32_t amount : {fare, extra, tax, tip, tolls, surcharge, total}) {
    out.Char(',');
    out.Amount(amount);
  }
  out.Char('\n');
  truth.Add({.good = 1, .passengers = passengers, .distance_hundredths = distance, .total_cents = total});
}

// Turns the good record that starts at `start` of `text` into a broken one. Each way is wrong whatever the reader's
// types are, as long as numbers are read as numbers and times as times; none swallows the records after it.
void BreakRecord(std::string& text, size_t start, uint64_t kind) {
  std::array<size_t, kColumns + 1> begin;  // begin[i]: the first byte of field i
  size_t column = 0;
  begin[column++] = start;
  for (size_t i = start; i < text.size(); ++i) {
    if (text[i] == ',' || text[i] == '\n') begin[column++] = i + 1;
  }
  const auto replace = [&](size_t field, std::string_view value) {
    text.replace(begin[field], begin[field + 1] - 1 - begin[field], value);
  };
  switch (kind % 9) {
    case 0:
      return replace(12, "free");  // a word among the amounts
    case 1:
      text.erase(begin[18] - 1, begin[19] - begin[18]);  // a field is missing
      return;
    case 2:
      text.insert(begin[19] - 1, ",0.3");  // a field too many
      return;
    case 3:
      return replace(1, "2015-02-31 12:00:00");  // no such day
    case 4:
      return replace(3, "1 or 2");  // a word among the integers
    case 5:
      return replace(8, "N\xff");  // not UTF-8
    case 6:
      return replace(4, "1.5\"9");  // a stray quote inside a field
    case 7:
      text.resize(begin[5] - 1);  // cut off in the middle
      text.push_back('\n');
      return;
    default:
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(), ',', ';');  // another delimiter
  }
}

struct Options {
  uint64_t rows = 0;
  uint64_t bad = 0;
  uint64_t seed = 1;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  std::string path;
};

// Whether record `row` is broken, and if so the how-manyth of them: one at a random place in each of `bad` stretches.
bool IsBad(const Options& options, uint64_t row, uint64_t& index) {
  if (options.bad == 0) return false;
  index = row * options.bad / options.rows;
  const uint64_t first = (index * options.rows + options.bad - 1) / options.bad;
  const uint64_t next = ((index + 1) * options.rows + options.bad - 1) / options.bad;
  return row == first + Mix(options.seed ^ Mix(index)) % (next - first);
}

void MakeBlock(const Options& options, uint64_t block, std::string& text, Truth& truth) {
  const uint64_t first = block * kBlockRecords;
  const uint64_t last = std::min(options.rows, first + kBlockRecords);
  Random random(Mix(options.seed * 0x2545f4914f6cdd1d + block));
  std::array<PickupTimes, 2> times;
  text.clear();
  text.reserve(kBlockRecords * kBytesPerRecordGuess);
  truth = {};
  for (uint64_t row = first; row < last; ++row) {
    const size_t start = text.size();
    uint64_t index = 0;
    Truth record;
    WriteRecord(random, times, text, record);
    if (IsBad(options, row, index)) {
      BreakRecord(text, start, index);
    } else {
      truth.Add(record);
    }
  }
}

[[noreturn]] void Usage(const std::string& problem) {
  fmt::print(stderr, "taxi_gen: {}\nusage: taxi_gen --rows N [--bad N] [--seed N] [--threads N] OUT.csv\n", problem);
  std::exit(2);
}

Options ParseArguments(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.substr(0, 2) != "--") {
      if (!options.path.empty()) Usage(fmt::format("one output file, not also '{}'", argument));
      options.path = argument;
      continue;
    }
    if (i + 1 == argc) Usage(fmt::format("{} needs a number", argument));
    char* end = nullptr;
    const uint64_t value = std::strtoull(argv[++i], &end, 10);
    if (*end != '\0' || end == argv[i]) Usage(fmt::format("{}: '{}' is not a number", argument, argv[i]));
    if (argument == "--rows") {
      options.rows = value;
    } else if (argument == "--bad") {
      options.bad = value;
    } else if (argument == "--seed") {
      options.seed = value;
    } else if (argument == "--threads") {
      options.threads = static_cast<unsigned>(std::clamp<uint64_t>(value, 1, 64));
    } else {
      Usage(fmt::format("unknown option {}", argument));
    }
  }
  if (options.path.empty()) Usage("no output file");
  if (options.bad > options.rows) Usage("more bad records than records");
  // Keeps row * bad within 64 bits.
  if (options.rows > 2'000'000'000 || options.bad > 2'000'000'000) Usage("at most 2,000,000,000 records");
  return options;
}

bool WriteAll(std::FILE* file, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), file) == text.size();
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = ParseArguments(argc, argv);
  const auto started = std::chrono::steady_clock::now();
  const std::string partial = options.path + ".part";
  std::FILE* file = std::fopen(partial.c_str(), "wb");
  if (file == nullptr) {
    fmt::print(stderr, "taxi_gen: cannot write {}: {}\n", partial, std::strerror(errno));
    return 1;
  }

  uint64_t bytes = kHeader.size();
  bool written = WriteAll(file, kHeader);
  Truth truth;
  const uint64_t blocks = (options.rows + kBlockRecords - 1) / kBlockRecords;
  std::vector<std::string> texts(options.threads);
  std::vector<Truth> truths(options.threads);
  for (uint64_t block = 0; block < blocks && written; block += options.threads) {
    const uint64_t batch = std::min<uint64_t>(options.threads, blocks - block);
    std::vector<std::thread> workers;
    for (uint64_t i = 0; i < batch; ++i) {
      workers.emplace_back([&, i] { MakeBlock(options, block + i, texts[i], truths[i]); });
    }
    for (std::thread& worker : workers) worker.join();
    for (uint64_t i = 0; i < batch && written; ++i) {
      written = WriteAll(file, texts[i]);
      bytes += texts[i].size();
      truth.Add(truths[i]);
    }
  }
  if (std::fclose(file) != 0) written = false;
  if (!written || std::rename(partial.c_str(), options.path.c_str()) != 0) {
    fmt::print(stderr, "taxi_gen: cannot write {}: {}\n", options.path, std::strerror(errno));
    std::remove(partial.c_str());
    return 1;
  }

  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started;
  fmt::print(stderr, "{}: {} records, {} of them broken, {:.1f} MB, {:.1f} s\n", options.path, options.rows,
             options.bad, static_cast<double>(bytes) / 1e6, spent.count());
  fmt::print(
      "{{\"rows\":{},\"bad\":{},\"good\":{},\"bytes\":{},\"passenger_count\":{},\"trip_distance\":\"{}.{:02}\","
      "\"total_amount\":\"{}.{:02}\"}}\n",
      options.rows, options.bad, truth.good, bytes, truth.passengers, truth.distance_hundredths / 100,
      truth.distance_hundredths % 100, truth.total_cents / 100, truth.total_cents % 100);
  return 0;
}
