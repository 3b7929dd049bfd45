#include "compression/decoder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "compression/compression_test_util.h"

namespace calve::compression {
namespace {

using testing::Gzip;
using ::testing::HasSubstr;
using testing::Text;
using testing::Zstd;

/// How a stream is handed over: in pieces of `in` bytes, into buffers of `out`.
struct Pieces {
  size_t in = 1U << 16U;
  size_t out = 1U << 16U;
};

struct Outcome {
  std::string text;
  std::vector<WayIn> ways;
  std::optional<Error> error;
};

Outcome Decode(Codec codec, std::string_view stream, const WayIn* from = nullptr, Pieces pieces = {}) {
  Outcome outcome;
  auto decoder = Decoder::Make(codec, from);
  EXPECT_TRUE(decoder.has_value());
  std::vector<std::byte> out(pieces.out);
  size_t begin = from == nullptr ? 0 : from->bits / 8;
  size_t end = begin;
  while (true) {
    const auto in = std::as_bytes(std::span(stream)).subspan(begin, end - begin);
    const auto step = (*decoder)->Run(in, end == stream.size(), out);
    if (!step.has_value()) {
      outcome.error = step.error();
      return outcome;
    }
    EXPECT_LE(step->consumed, in.size());
    begin += step->consumed;
    outcome.text.append(reinterpret_cast<const char*>(out.data()), step->produced);
    if (auto way = (*decoder)->Here(); way && (outcome.ways.empty() || outcome.ways.back() != *way)) {
      outcome.ways.push_back(*std::move(way));
    }
    if (step->consumed > 0 || step->produced > 0) continue;
    if (end == stream.size()) return outcome;
    end = std::min(stream.size(), end + pieces.in);
  }
}

void ExpectEveryWayInLeadsToTheRest(Codec codec, const std::string& stream, const std::string& text,
                                    const std::string& what) {
  const Outcome whole = Decode(codec, stream);
  ASSERT_FALSE(whole.error) << what << whole.error->message;
  ASSERT_EQ(whole.text, text) << what;
  for (const WayIn& way : whole.ways) {
    if (way.text == text.size()) continue;  // No way into anything.
    const Outcome rest = Decode(codec, stream, &way, {.in = 1 + way.text % 700, .out = 1 + way.bits % 900});
    ASSERT_FALSE(rest.error) << what << " at " << way.text << ": " << rest.error->message;
    ASSERT_EQ(rest.text, text.substr(way.text)) << what << " at " << way.text;
  }
}

TEST(Gzip, CanBeEnteredAtEveryBlock) {
  size_t most = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SeededRng rng(seed);
    const std::string text = Text(rng, 1 + rng.Next() % 150'000);
    const int level = static_cast<int>(rng.Next() % 10);
    const std::string stream = Gzip(text, level, 1 + static_cast<int>(rng.Next() % 2));
    ExpectEveryWayInLeadsToTheRest(Codec::kGzip, stream, text, fmt::format("seed {} level {}", seed, level));
    most = std::max(most, Decode(Codec::kGzip, stream).ways.size());
  }
  EXPECT_GT(most, 100U);
}

TEST(Gzip, MembersAreOneTextAndWaysIn) {
  SeededRng rng(7);
  std::string text;
  std::string stream;
  for (int i = 0; i < 20; ++i) {
    const std::string part = i % 4 == 3 ? "" : Text(rng, rng.Next() % 3000);
    text += part;
    stream += Gzip(part);
  }
  ExpectEveryWayInLeadsToTheRest(Codec::kGzip, stream, text, "members");
  EXPECT_GE(Decode(Codec::kGzip, stream).ways.size(), 20U);
}

TEST(Gzip, AnyPiecesGiveTheSame) {
  SeededRng rng(8);
  const std::string text = Text(rng, 9000);
  const std::string stream = Gzip(text.substr(0, 4000)) + Gzip("") + Gzip(text.substr(4000));
  for (const size_t in : {1U, 2U, 3U, 17U, 4096U}) {
    for (const size_t out : {1U, 5U, 1000U, 65536U}) {
      const Outcome outcome = Decode(Codec::kGzip, stream, nullptr, {in, out});
      ASSERT_FALSE(outcome.error) << in << " " << out << outcome.error->message;
      ASSERT_EQ(outcome.text, text) << in << " " << out;
    }
  }
}

TEST(Gzip, ZerosBehindItAreNothingAndAnythingElseIsRefused) {
  const std::string stream = Gzip("a,b\n1,2\n");
  EXPECT_EQ(Decode(Codec::kGzip, stream + std::string(1000, '\0')).text, "a,b\n1,2\n");
  EXPECT_FALSE(Decode(Codec::kGzip, stream + std::string(1, '\0')).error);
  for (const std::string& behind :
       {std::string("x"), std::string("\x1f"), std::string("more"), std::string("\0\0x", 3)}) {
    const Outcome outcome = Decode(Codec::kGzip, stream + behind);
    ASSERT_TRUE(outcome.error) << behind;
    EXPECT_EQ(outcome.error->kind, ErrorKind::kBadData);
    EXPECT_THAT(outcome.error->message, HasSubstr("behind the end"));
  }
}

class Streams : public ::testing::TestWithParam<Codec> {
 protected:
  static std::string Make(const std::string& text) {
    return GetParam() == Codec::kGzip ? Gzip(text, 6, 1) : Zstd(text);
  }
};

TEST_P(Streams, CutOffAnywhereIsBadData) {
  SeededRng rng(1);
  const std::string text = Text(rng, 3000);
  const std::string stream = Make(text);
  for (size_t length = 1; length < stream.size(); ++length) {
    const Outcome outcome = Decode(GetParam(), stream.substr(0, length));
    ASSERT_TRUE(outcome.error) << length;
    EXPECT_EQ(outcome.error->kind, ErrorKind::kBadData) << length;
    EXPECT_THAT(outcome.error->message, HasSubstr("byte")) << length;
  }
}

TEST_P(Streams, AFlippedBitIsBadDataOrChangesNothing) {
  SeededRng rng(2);
  const std::string text = Text(rng, 1500);
  const std::string stream = Make(text);
  size_t unseen = 0;
  for (size_t bit = 0; bit < 8 * stream.size(); ++bit) {
    std::string broken = stream;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
    const Outcome outcome = Decode(GetParam(), broken);
    if (outcome.error) {
      EXPECT_EQ(outcome.error->kind, ErrorKind::kBadData) << bit;
      continue;
    }
    ++unseen;
    ASSERT_EQ(outcome.text, text) << "bit " << bit;
  }
  EXPECT_LT(unseen, 80U) << "more than what a header has that is not about the text";
}

TEST_P(Streams, ManyTogetherAreOneText) {
  SeededRng rng(3);
  const std::string text = Text(rng, 5000);
  const std::string stream = Make(text.substr(0, 1)) + Make("") + Make(text.substr(1, 4000)) + Make(text.substr(4001));
  ExpectEveryWayInLeadsToTheRest(GetParam(), stream, text, "many");
  EXPECT_EQ(DetectCodec(stream), GetParam());
  EXPECT_EQ(CodecOfName(CodecName(GetParam())), GetParam());
}

TEST_P(Streams, GarbageBehindItIsRefused) {
  const Outcome outcome = Decode(GetParam(), Make("a,b\n") + "garbage");
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(outcome.error->message, HasSubstr("behind"));
}

INSTANTIATE_TEST_SUITE_P(Codecs, Streams, ::testing::Values(Codec::kGzip, Codec::kZstd),
                         [](const ::testing::TestParamInfo<Codec>& param) {
                           return std::string(CodecName(param.param));
                         });

TEST(DetectCodec, TextIsNone) {
  EXPECT_EQ(DetectCodec("a,b\n"), std::nullopt);
  EXPECT_EQ(DetectCodec("\x1f"), std::nullopt);
  EXPECT_EQ(CodecOfName("rar"), std::nullopt);
}

}  // namespace
}  // namespace calve::compression
