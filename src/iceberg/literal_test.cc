#include "iceberg/literal.h"

#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/rng.h"
#include "iceberg/literal_time.h"
#include "iceberg/literal_utf8.h"

namespace calve::iceberg {
namespace {

Type Of(TypeId id) {
  Type type;
  type.id = id;
  return type;
}

Type DecimalType(int precision, int scale) {
  Type type = Of(TypeId::kDecimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

Type FixedType(int length) {
  Type type = Of(TypeId::kFixed);
  type.length = length;
  return type;
}

std::string Bytes(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes.push_back(static_cast<char>(value));
  return bytes;
}

TEST(Literal, BinaryFormIsTheSpecs) {
  const auto bytes = [](const Type& type, const Literal& value) { return SerializeLiteral(type, value).value(); };
  EXPECT_EQ(bytes(Of(TypeId::kBoolean), true), Bytes({1}));
  EXPECT_EQ(bytes(Of(TypeId::kBoolean), false), Bytes({0}));
  EXPECT_EQ(bytes(Of(TypeId::kInt), int32_t{84202}), Bytes({0xea, 0x48, 0x01, 0x00}));
  EXPECT_EQ(bytes(Of(TypeId::kDate), int32_t{-1}), Bytes({0xff, 0xff, 0xff, 0xff}));
  EXPECT_EQ(bytes(Of(TypeId::kLong), int64_t{1}), Bytes({1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(bytes(Of(TypeId::kTimestampTz), int64_t{-2}), Bytes({0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
  EXPECT_EQ(bytes(Of(TypeId::kFloat), -4.5F), Bytes({0, 0, 0x90, 0xc0}));
  EXPECT_EQ(bytes(Of(TypeId::kDouble), 6.0), Bytes({0, 0, 0, 0, 0, 0, 0x18, 0x40}));
  EXPECT_EQ(bytes(DecimalType(9, 2), DecimalValue{345}), Bytes({0x01, 0x59}));
  EXPECT_EQ(bytes(Of(TypeId::kString), std::string("ICE")), "ICE");
  EXPECT_EQ(bytes(FixedType(2), std::string("ab")), "ab");
}

TEST(Literal, DecimalsTakeTheFewestBytes) {
  EXPECT_EQ(DecimalToBytes(0), Bytes({0}));
  EXPECT_EQ(DecimalToBytes(127), Bytes({0x7f}));
  EXPECT_EQ(DecimalToBytes(128), Bytes({0, 0x80}));
  EXPECT_EQ(DecimalToBytes(-128), Bytes({0x80}));
  EXPECT_EQ(DecimalToBytes(-129), Bytes({0xff, 0x7f}));
  EXPECT_EQ(DecimalToBytes(-1), Bytes({0xff}));
  SeededRng rng(1);
  for (int i = 0; i < 5000; ++i) {
    const auto value = static_cast<Int128>(static_cast<UInt128>(rng.Next()) << 64U | rng.Next()) >> (rng.Next() % 128);
    const std::string bytes = DecimalToBytes(value);
    ASSERT_EQ(DecimalFromBytes(bytes), value);
    ASSERT_EQ(DecimalFromBytes(std::string(16 - bytes.size(), value < 0 ? '\xff' : '\0') + bytes), value);
    const bool fewest = bytes.size() == 1 || DecimalFromBytes(bytes.substr(1)) != value;
    ASSERT_TRUE(fewest);
  }
  EXPECT_EQ(DecimalFromBytes(""), std::nullopt);
  EXPECT_EQ(DecimalFromBytes(std::string(17, '\0')), std::nullopt);
}

TEST(Literal, WrongTypesAndLengthsAreErrors) {
  EXPECT_EQ(SerializeLiteral(Of(TypeId::kInt), Literal()).error().kind, ErrorKind::kInternal);
  EXPECT_EQ(SerializeLiteral(Of(TypeId::kInt), int64_t{1}).error().kind, ErrorKind::kInternal);
  EXPECT_EQ(SerializeLiteral(Of(TypeId::kUuid), std::string("short")).error().kind, ErrorKind::kInternal);
  EXPECT_EQ(SerializeLiteral(FixedType(3), std::string("ab")).error().kind, ErrorKind::kInternal);
  EXPECT_EQ(SerializeLiteral(Of(TypeId::kStruct), std::string("ab")).error().kind, ErrorKind::kInternal);
  for (const TypeId id : {TypeId::kBoolean, TypeId::kInt, TypeId::kLong, TypeId::kFloat, TypeId::kDouble, TypeId::kDate,
                          TypeId::kTime, TypeId::kTimestamp, TypeId::kTimestampTz, TypeId::kUuid}) {
    EXPECT_EQ(DeserializeLiteral(Of(id), "xyz").error().kind, ErrorKind::kCorrupt);
    EXPECT_EQ(DeserializeLiteral(Of(id), "").error().kind, ErrorKind::kCorrupt);
  }
  EXPECT_EQ(DeserializeLiteral(FixedType(2), "xyz").error().kind, ErrorKind::kCorrupt);
}

TEST(Literal, BoundsOfPromotedColumnsAreRead) {
  EXPECT_EQ(DeserializeLiteral(Of(TypeId::kLong), Bytes({0xfe, 0xff, 0xff, 0xff})).value(), Literal(int64_t{-2}));
  EXPECT_EQ(DeserializeLiteral(Of(TypeId::kDouble), Bytes({0, 0, 0x90, 0xc0})).value(), Literal(-4.5));
}

TEST(Literal, FromDuckDbText) {
  const auto read = [](const Type& type, std::string_view text) {
    return LiteralFromText(type, text).value_or(Literal());
  };
  EXPECT_EQ(read(Of(TypeId::kBoolean), "1"), Literal(true));
  EXPECT_EQ(read(Of(TypeId::kBoolean), "false"), Literal(false));
  EXPECT_EQ(read(Of(TypeId::kInt), "-2147483648"), Literal(std::numeric_limits<int32_t>::min()));
  EXPECT_EQ(read(Of(TypeId::kInt), "2147483648"), Literal());
  EXPECT_EQ(read(Of(TypeId::kLong), "9223372036854775807"), Literal(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(read(Of(TypeId::kDouble), "1e-07"), Literal(1e-7));
  EXPECT_EQ(read(Of(TypeId::kDouble), "-inf"), Literal(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(read(Of(TypeId::kDouble), "nan"), Literal());
  EXPECT_EQ(read(Of(TypeId::kFloat), "3.4e+38"), Literal(3.4e38F));
  EXPECT_EQ(read(DecimalType(10, 2), "12.50"), Literal(DecimalValue{1250}));
  EXPECT_EQ(read(DecimalType(10, 2), "-0.05"), Literal(DecimalValue{-5}));
  EXPECT_EQ(read(DecimalType(10, 2), "7"), Literal(DecimalValue{700}));
  EXPECT_EQ(read(DecimalType(10, 2), "7.000"), Literal(DecimalValue{700}));
  EXPECT_EQ(read(DecimalType(10, 2), "7.001"), Literal());
  EXPECT_EQ(read(DecimalType(3, 2), "70.01"), Literal());
  EXPECT_EQ(read(DecimalType(10, 2), "."), Literal());
  EXPECT_EQ(read(DecimalType(10, 2), "1e5"), Literal());
  EXPECT_EQ(read(Of(TypeId::kDate), "2015-01-31"), Literal(int32_t{16466}));
  EXPECT_EQ(read(Of(TypeId::kDate), "0044-03-15 (BC)"), Literal(int32_t{-735160}));
  EXPECT_EQ(read(Of(TypeId::kDate), "infinity"), Literal());
  EXPECT_EQ(read(Of(TypeId::kDate), "2015-02-29"), Literal());
  EXPECT_EQ(read(Of(TypeId::kTime), "10:00:00.5"), Literal(int64_t{36'000'500'000}));
  EXPECT_EQ(read(Of(TypeId::kTime), "24:00:00"), Literal());
  EXPECT_EQ(read(Of(TypeId::kTimestamp), "2015-01-31 10:00:00.123"), Literal(int64_t{1'422'698'400'123'000}));
  EXPECT_EQ(read(Of(TypeId::kTimestamp), "1969-12-31 23:59:59.999999"), Literal(int64_t{-1}));
  EXPECT_EQ(read(Of(TypeId::kTimestamp), "0044-03-15 (BC) 00:00:00"), Literal(int64_t{-735160} * 86'400'000'000));
  EXPECT_EQ(read(Of(TypeId::kTimestamp), "infinity"), Literal());
  EXPECT_EQ(read(Of(TypeId::kTimestampTz), "2015-01-31 10:00:00+00"), Literal(int64_t{1'422'698'400'000'000}));
  EXPECT_EQ(read(Of(TypeId::kTimestampTz), "2015-01-31 06:30:00-03:30"), Literal(int64_t{1'422'698'400'000'000}));
  EXPECT_EQ(read(Of(TypeId::kTimestampTz), "2015-01-31 10:00:00"), Literal());
  EXPECT_EQ(read(Of(TypeId::kString), "a\xc3\xa9"), Literal(std::string("a\xc3\xa9")));
  EXPECT_EQ(read(Of(TypeId::kBinary), "01615CFF"), Literal(Bytes({1, 0x61, 0x5c, 0xff})));
  EXPECT_EQ(read(Of(TypeId::kBinary), "0"), Literal());
  EXPECT_EQ(
      read(Of(TypeId::kUuid), "f79c3e09-677c-4bbd-a479-3f349cb785e7"),
      Literal(Bytes({0xf7, 0x9c, 0x3e, 0x09, 0x67, 0x7c, 0x4b, 0xbd, 0xa4, 0x79, 0x3f, 0x34, 0x9c, 0xb7, 0x85, 0xe7})));
  EXPECT_EQ(read(Of(TypeId::kUuid), "f79c3e09-677c-4bbd-a4793f349cb785e7-"), Literal());
}

TEST(Literal, DecimalTextRoundTrips) {
  EXPECT_EQ(DecimalToText(0, 0), "0");
  EXPECT_EQ(DecimalToText(0, 2), "0.00");
  EXPECT_EQ(DecimalToText(-5, 2), "-0.05");
  EXPECT_EQ(DecimalToText(1250, 2), "12.50");
  EXPECT_EQ(DecimalToText(std::numeric_limits<int64_t>::min(), 0), "-9223372036854775808");
  SeededRng rng(2);
  for (int i = 0; i < 2000; ++i) {
    const Type type = DecimalType(38, static_cast<int>(rng.Next() % 39));
    const auto value =
        static_cast<Int128>(static_cast<int64_t>(rng.Next())) * static_cast<int64_t>(rng.Next() % 1'000'000'000);
    ASSERT_EQ(LiteralFromText(type, DecimalToText(value, type.scale)), Literal(DecimalValue{value}));
  }
}

TEST(Literal, CivilDatesAgreeWithTheStandardLibrary) {
  for (int64_t days = -12'000'000; days < 11'000'000; days += 997) {
    const CivilDate date = CivilFromDays(days);
    const std::chrono::year_month_day expected{std::chrono::sys_days(std::chrono::days(days))};
    ASSERT_EQ(date.year, int{expected.year()}) << days;
    ASSERT_EQ(date.month, static_cast<int>(unsigned{expected.month()}));
    ASSERT_EQ(date.day, static_cast<int>(unsigned{expected.day()}));
    ASSERT_EQ(DaysFromCivil(date), days);
  }
}

TEST(Literal, CutBounds) {
  const Type text = Of(TypeId::kString);
  EXPECT_EQ(TruncateLowerBound(text, "iceberg", 3), "ice");
  EXPECT_EQ(TruncateUpperBound(text, "iceberg", 3), "icf");
  EXPECT_EQ(TruncateUpperBound(text, "ice", 3), "ice");
  EXPECT_EQ(TruncateLowerBound(text, "\xc3\xa9\xc3\xa9\xc3\xa9", 2), "\xc3\xa9\xc3\xa9");
  EXPECT_EQ(TruncateUpperBound(text, "a\x7f!", 2), "a\xc2\x80");
  EXPECT_EQ(TruncateUpperBound(text, "a\xed\x9f\xbf!", 2), "a\xee\x80\x80");  // U+D7FF -> U+E000
  EXPECT_EQ(TruncateUpperBound(text, "a\xf4\x8f\xbf\xbf!", 2), "b");          // U+10FFFF cannot be raised.
  EXPECT_EQ(TruncateUpperBound(text, "\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf", 1), std::nullopt);
  const Type binary = Of(TypeId::kBinary);
  EXPECT_EQ(TruncateLowerBound(binary, Bytes({1, 2, 3}), 2), Bytes({1, 2}));
  EXPECT_EQ(TruncateUpperBound(binary, Bytes({1, 0xff, 3}), 2), Bytes({2}));
  EXPECT_EQ(TruncateUpperBound(binary, Bytes({0xff, 0xff, 3}), 2), std::nullopt);
  EXPECT_EQ(TruncateUpperBound(Of(TypeId::kInt), "1234", 2), "1234");
}

TEST(Literal, CutBoundsStayBounds) {
  SeededRng rng(3);
  const Type text = Of(TypeId::kString);
  const uint32_t alphabet[] = {'a', 'z', 0x7f, 0x7ff, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
  for (int i = 0; i < 5000; ++i) {
    std::string value;
    for (uint64_t n = rng.Next() % 6; n > 0; --n) AppendUtf8(alphabet[rng.Next() % 9], value);
    const int length = static_cast<int>(1 + rng.Next() % 4);
    const std::string lower = TruncateLowerBound(text, value, length);
    ASSERT_LE(lower, value);
    ASSERT_EQ(CodePointPrefixBytes(lower, 4), lower.size());
    const auto upper = TruncateUpperBound(text, value, length);
    if (!upper) continue;
    ASSERT_GE(*upper, value);
    ASSERT_EQ(
        CodePointPrefixBytes(*upper, static_cast<size_t>(length < 6 && value.size() > upper->size() ? length : 6)),
        upper->size());
  }
}

TEST(Literal, BoundsFromTextAreSoundForEveryReader) {
  const auto zero = BoundsFromText(Of(TypeId::kDouble), "0.0", "-0.0", 16);
  EXPECT_EQ(zero.lower, SerializeLiteral(Of(TypeId::kDouble), -0.0).value());
  EXPECT_EQ(zero.upper, SerializeLiteral(Of(TypeId::kDouble), 0.0).value());
  const std::string one = "0f9c3e09-677c-4bbd-a479-3f349cb785e7";
  EXPECT_TRUE(BoundsFromText(Of(TypeId::kUuid), one, one, 16).lower);
  EXPECT_FALSE(BoundsFromText(Of(TypeId::kUuid), one, "f79c3e09-677c-4bbd-a479-3f349cb785e7", 16).lower);
  const auto text = BoundsFromText(Of(TypeId::kString), "aaaaaaaaaaaaaaaaaaaaaa", "zzzzzzzzzzzzzzzzzzzzz", 16);
  EXPECT_EQ(text.lower, std::string(16, 'a'));
  EXPECT_EQ(text.upper, std::string(15, 'z') + "{");
  EXPECT_EQ(BoundsFromText(Of(TypeId::kString), "a", std::string(99, 'z'), 0).upper, std::string(99, 'z'));
  const auto half = BoundsFromText(Of(TypeId::kDouble), "1.5", "nan", 16);
  EXPECT_TRUE(half.lower);
  EXPECT_FALSE(half.upper);
}

}  // namespace
}  // namespace calve::iceberg
