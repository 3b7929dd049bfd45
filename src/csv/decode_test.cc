#include "csv/decode.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "csv/column_kernels.h"
#include "csv/int128.h"

namespace calve::csv {
namespace {

template <typename T>
std::optional<T> Decode(ColumnType type, std::string_view text) {
  EXPECT_EQ(sizeof(T), PhysicalSize(type));
  T value{};
  if (!DecodeField(type, text, &value)) {
    EXPECT_FALSE(DecodeField(type, text, nullptr));
    return std::nullopt;
  }
  EXPECT_TRUE(DecodeField(type, text, nullptr));
  return value;
}

std::optional<int32_t> Int(std::string_view text) { return Decode<int32_t>({TypeKind::kInteger}, text); }
std::optional<int64_t> Big(std::string_view text) { return Decode<int64_t>({TypeKind::kBigInt}, text); }
std::optional<float> Float(std::string_view text) { return Decode<float>({TypeKind::kFloat}, text); }
std::optional<double> Double(std::string_view text) { return Decode<double>({TypeKind::kDouble}, text); }
std::optional<int32_t> Date(std::string_view text) { return Decode<int32_t>({TypeKind::kDate}, text); }
std::optional<int64_t> Time(std::string_view text) { return Decode<int64_t>({TypeKind::kTime}, text); }
std::optional<int64_t> Stamp(std::string_view text) { return Decode<int64_t>({TypeKind::kTimestamp}, text); }
std::optional<int64_t> StampTz(std::string_view text) { return Decode<int64_t>({TypeKind::kTimestampTz}, text); }

TEST(DecodeFloat, IsAsStrictAsADouble) {
  EXPECT_EQ(Float("0.1"), 0.1F);
  EXPECT_EQ(Float("+16777216"), 16777216.0F);
  EXPECT_EQ(Float("-3.4e38"), -3.4e38F);
  EXPECT_TRUE(std::isnan(*Float("NaN")));
  EXPECT_EQ(Float("inf"), std::numeric_limits<float>::infinity());
  EXPECT_EQ(Float("16777218"), 16777218.0F);
  EXPECT_EQ(Float("16777217"), std::nullopt);  // No float.
  EXPECT_EQ(Float("1e39"), std::nullopt);
  EXPECT_EQ(Float("1e-60"), std::nullopt);
  EXPECT_EQ(Float("1,5"), std::nullopt);
  // Rounded once: by way of a double it would be the float below.
  EXPECT_EQ(Float("1.00000017881393432617187499"), 1.00000011920928955078125F);
  EXPECT_EQ(Float("1.00000017881393432617187501"), 1.0000002384185791015625F);
}

TEST(DecodeBoolean, Forms) {
  const ColumnType type{TypeKind::kBoolean};
  for (const char* text : {"true", "TRUE", "True", "t", "T"}) EXPECT_EQ(Decode<uint8_t>(type, text), 1) << text;
  for (const char* text : {"false", "FALSE", "f", "F"}) EXPECT_EQ(Decode<uint8_t>(type, text), 0) << text;
  for (const char* text : {"", "0", "1", "yes", "no", "tru", "truee", "fals", "y", "n", " true"}) {
    EXPECT_FALSE(Decode<uint8_t>(type, text)) << text;
  }
}

TEST(DecodeInteger, RangeAndForms) {
  EXPECT_EQ(Int("0"), 0);
  EXPECT_EQ(Int("+5"), 5);
  EXPECT_EQ(Int("-2147483648"), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(Int("2147483647"), std::numeric_limits<int32_t>::max());
  EXPECT_EQ(Big("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Big("9223372036854775807"), std::numeric_limits<int64_t>::max());
  for (const char* text : {"", "-", "+", "2147483648", "-2147483649", "1.7", "1e3", " 1", "1 ", "007", "00", "-0",
                           "+0x1", "-07", "--1", "1_000", "99999999999999999999", "12a", "a"}) {
    EXPECT_FALSE(Int(text)) << text;
  }
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "18446744073709551616",
                           "10000000000000000000", "99999999999999999999"}) {
    EXPECT_FALSE(Big(text)) << text;
  }
}

TEST(DecodeInteger, EveryLength) {
  std::string text;
  uint64_t value = 0;
  for (int n = 1; n <= 18; ++n) {
    text += static_cast<char>('0' + n % 9 + 1);
    value = value * 10 + static_cast<uint64_t>(n % 9 + 1);
    EXPECT_EQ(Big(text), static_cast<int64_t>(value));
    EXPECT_EQ(Big("-" + text), -static_cast<int64_t>(value));
    for (size_t at = 0; at < text.size(); ++at) {
      for (const char c : {'/', ':', ' ', '.', '\xB0', '\0'}) {
        std::string wrong = text;
        wrong[at] = c;
        EXPECT_FALSE(Big(wrong)) << wrong;
      }
    }
  }
}

TEST(DecodeDouble, Forms) {
  EXPECT_EQ(Double("0"), 0.0);
  EXPECT_TRUE(std::signbit(*Double("-0")));
  EXPECT_TRUE(std::signbit(*Double("-0.0")));
  EXPECT_EQ(Double("1.5"), 1.5);
  EXPECT_EQ(Double("+1.5"), 1.5);
  EXPECT_EQ(Double(".5"), 0.5);
  EXPECT_EQ(Double("5."), 5.0);
  EXPECT_EQ(Double("1e3"), 1000.0);
  EXPECT_EQ(Double("1E-3"), 0.001);
  EXPECT_EQ(Double("-73.993896484375"), -73.993896484375);
  EXPECT_EQ(Double("40.750110626220703"), 40.750110626220703);
  EXPECT_EQ(Double("0.1000000000000000055511151231257827"), 0.1);
  EXPECT_EQ(Double("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(Double("4.9406564584124654e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_TRUE(std::isnan(*Double("NaN")));
  EXPECT_TRUE(std::isnan(*Double("nan")));
  EXPECT_EQ(Double("inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(Double("-Infinity"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(Double("+inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(Double("0e999"), 0.0);
  EXPECT_EQ(Double("9007199254740992"), 9007199254740992.0);
  EXPECT_EQ(Double("9007199254740994"), 9007199254740994.0);
  for (const char* text : {"",
                           "-",
                           "+",
                           ".",
                           "-.",
                           "e5",
                           "1e",
                           "1e+",
                           "1.5.2",
                           "1,5",
                           " 1",
                           "1 ",
                           "007.5",
                           "00",
                           "-01",
                           "0x10",
                           "1e999",
                           "-1e999",
                           "1e-999",
                           "infi",
                           "-nan",
                           "nan(1)",
                           "in",
                           "1.5x",
                           "--1",
                           "1e5.5",
                           "12345678x",
                           "1.12345678x",
                           "9007199254740993",
                           "123456789012345678901234567890",
                           "1.1234567812345678x"}) {
    EXPECT_FALSE(Double(text)) << text;
  }
}

TEST(DecodeDouble, AgreesWithFromChars) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    if (random() % 2 == 0) text += '-';
    const size_t integral = 1 + random() % 9;
    for (size_t k = 0; k < integral; ++k) text += static_cast<char>(k == 0 ? '1' + random() % 9 : '0' + random() % 10);
    text += '.';
    const size_t fraction = random() % 19;
    for (size_t k = 0; k < fraction; ++k) text += static_cast<char>('0' + random() % 10);
    if (random() % 8 == 0) text += "e" + std::to_string(static_cast<int>(random() % 600) - 300);
    double expected = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), expected);
    const std::optional<double> got = Double(text);
    if (error != std::errc() || expected == 0) continue;
    ASSERT_EQ(end, text.data() + text.size());
    ASSERT_TRUE(got) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(*got), std::bit_cast<uint64_t>(expected)) << text;
  }
}

// The kernels take only what the general way takes, and give what it gives, whatever stands around the fields.
TEST(ColumnKernels, DoublesAgreeWithTheGeneralWay) {
  const ColumnKernels* const kernels = BestColumnKernels();
  if (kernels == nullptr) return;  // Such a processor has nothing to agree.
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> fields;
    std::string text(64, static_cast<char>('0' + random() % 10));
    std::vector<uint32_t> ends{static_cast<uint32_t>(text.size()) - 1};
    for (int i = 0; i < 500; ++i) {
      std::string field = random() % 3 == 0 ? "-" : random() % 9 == 0 ? "+" : "";
      for (size_t k = random() % 6; k > 0; --k) field += static_cast<char>('0' + random() % 10);
      if (random() % 6 != 0) field += '.';
      for (size_t k = random() % 18; k > 0; --k) field += static_cast<char>('0' + random() % 10);
      if (random() % 12 == 0)
        field.insert(random() % (field.size() + 1), 1, std::string_view(".-+ e5\0/:\xB0", 10)[random() % 10]);
      fields.push_back(field);
      text += field + ',';
      ends.push_back(static_cast<uint32_t>(text.size()) - 1);
    }
    text.append(64, '7');
    std::vector<double> got(fields.size());
    std::vector<uint32_t> rest(fields.size());
    const size_t left =
        kernels->doubles(PlainColumn{text.data(), ends.data(), 1, fields.size(), false}, got.data(), rest.data());
    ASSERT_LT(left, fields.size() / 2);
    for (size_t i = 0, r = 0; i < fields.size(); ++i) {
      if (r < left && rest[r] == i) {
        ++r;
        continue;
      }
      const std::optional<double> expected = Double(fields[i]);
      ASSERT_TRUE(expected) << fields[i];
      ASSERT_EQ(std::bit_cast<uint64_t>(got[i]), std::bit_cast<uint64_t>(*expected)) << fields[i];
    }
  }
}

TEST(DecodeDecimal, ScaleAndRange) {
  const ColumnType small{TypeKind::kDecimal, 4, 2};
  EXPECT_EQ(Decode<int16_t>(small, "12.34"), 1234);
  EXPECT_EQ(Decode<int16_t>(small, "-12.3"), -1230);
  EXPECT_EQ(Decode<int16_t>(small, "99.99"), 9999);
  EXPECT_EQ(Decode<int16_t>(small, "0.500"), 50);
  EXPECT_EQ(Decode<int16_t>(small, "0"), 0);
  EXPECT_EQ(Decode<int16_t>(small, ".5"), 50);
  EXPECT_EQ(Decode<int16_t>(small, "5."), 500);
  for (const char* text :
       {"", ".", "-", "100", "100.00", "1.234", "-0", "-0.00", "1e1", "01.5", "1.5 ", "nan", "1.2.3", "1,5"}) {
    EXPECT_FALSE(Decode<int16_t>(small, text)) << text;
  }
  EXPECT_EQ(Decode<int32_t>({TypeKind::kDecimal, 9, 0}, "999999999"), 999999999);
  EXPECT_EQ(Decode<int64_t>({TypeKind::kDecimal, 18, 18}, "0.123456789012345678"), 123456789012345678);
  EXPECT_EQ(Decode<int64_t>({TypeKind::kDecimal, 18, 2}, "1234567890123456.78"), 123456789012345678);
  const auto wide = Decode<Int128>({TypeKind::kDecimal, 38, 0}, std::string(38, '9'));
  ASSERT_TRUE(wide);
  Int128 expected = 0;
  for (int i = 0; i < 38; ++i) expected = expected * 10 + 9;
  EXPECT_TRUE(*wide == expected);
  EXPECT_FALSE(Decode<Int128>({TypeKind::kDecimal, 38, 0}, std::string(39, '9')));
  EXPECT_FALSE(Decode<Int128>({TypeKind::kDecimal, 38, 2}, std::string(37, '9')));
}

TEST(DecodeDate, RealDatesAlone) {
  EXPECT_EQ(Date("1970-01-01"), 0);
  EXPECT_EQ(Date("1969-12-31"), -1);
  EXPECT_EQ(Date("2000-02-29"), 11016);
  EXPECT_EQ(Date("2024-02-29"), 19782);
  EXPECT_EQ(Date("0001-01-01"), -719162);
  EXPECT_EQ(Date("9999-12-31"), 2932896);
  for (const char* text : {"", "2015-1-01", "2015-01-1", "2015-13-01", "2015-00-10", "2015-02-29", "1900-02-29",
                           "2015-04-31", "2015-01-00", "0000-01-01", "01/31/2015", "20150101", "2015-01-01 ",
                           "2015-01-01 10:00", "2015/01/01", "+201-01-01", "2015-0a-01", "2015-01-0a", "12015-01-01"}) {
    EXPECT_FALSE(Date(text)) << text;
  }
  EXPECT_FALSE(Date(std::string_view("\0\0\0\0\0\0\0\0\0\0", 10)));
  // Every day of four centuries follows the one before.
  int32_t expected = *Date("1800-01-01");
  for (int year = 1800; year < 2200; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= 31; ++day) {
        char text[48];
        std::snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
        const auto got = Decode<int32_t>({TypeKind::kDate}, text);
        if (got) {
          ASSERT_EQ(*got, expected++) << text;
        }
      }
    }
  }
  EXPECT_EQ(expected, *Date("2200-01-01"));
}

TEST(DecodeTime, Forms) {
  EXPECT_EQ(Time("00:00:00"), 0);
  EXPECT_EQ(Time("23:59:59.999999"), 86399999999);
  EXPECT_EQ(Time("01:02:03.5"), 3723500000);
  EXPECT_EQ(Time("01:02:03.5000000"), 3723500000);
  for (const char* text : {"", "24:00:00", "23:60:00", "23:59:60", "1:02:03", "01:02", "01:02:03.", "01:02:03.1234567",
                           "01-02-03", "01:02:03.12a", "01:02:03Z", "01:02:3", "010203  "}) {
    EXPECT_FALSE(Time(text)) << text;
  }
}

TEST(DecodeTimestamp, Forms) {
  EXPECT_EQ(Stamp("1970-01-01 00:00:01"), 1000000);
  EXPECT_EQ(Stamp("2015-01-15T19:05:39"), 1421348739000000);
  EXPECT_EQ(Stamp("2015-01-15 19:05:39.123456"), 1421348739123456);
  EXPECT_EQ(Stamp("2015-01-15 19:05:39.1234560"), 1421348739123456);
  EXPECT_EQ(Stamp("2015-01-15 19:05"), 1421348700000000);
  EXPECT_EQ(Stamp("2015-01-15"), 1421280000000000);
  EXPECT_EQ(Stamp("1969-12-31 23:59:59.5"), -500000);
  for (const char* text :
       {"", "2015-01-15 ", "2015-01-15 19", "2015-01-15  19:05:39", "2015-02-30 00:00:00", "2015-01-15 19:05:39Z",
        "2015-01-15 19:05:39.1234567", "2015-01-15 25:00:00", "2015-01-15 19:05:", "2015-01-15 19:05:3",
        "2015-01-15t19:05:39", "2015-01-15 19:05:39 AM", "01/15/2015 19:05:39"}) {
    EXPECT_FALSE(Stamp(text)) << text;
  }
}

TEST(DecodeTimestampTz, OffsetsGoToUtc) {
  constexpr int64_t kAt = 1421348739000000;
  for (const char* text : {"2015-01-15 19:05:39Z", "2015-01-15T19:05:39Z", "2015-01-15 19:05:39+00",
                           "2015-01-15 19:05:39+00:00", "2015-01-15 19:05:39 UTC", "2015-01-15 21:05:39+02",
                           "2015-01-15 14:05:39-0500", "2015-01-16 00:35:39+05:30", "2015-01-15 19:05:39.000Z"}) {
    EXPECT_EQ(StampTz(text), kAt) << text;
  }
  EXPECT_EQ(StampTz("2015-01-15 19:05Z"), kAt - 39000000);
  for (const char* text : {"", "Z", "2015-01-15 19:05:39", "2015-01-15 19:05:39z", "2015-01-15 19:05:39+2",
                           "2015-01-15 19:05:39+16", "2015-01-15 19:05:39+02:60", "2015-01-15 19:05:39 +02",
                           "2015-01-15 19:05:39+02:0", "2015-01-15 19:05:39 EST", "2015-01-15+02", "2015-01-15Z"}) {
    EXPECT_FALSE(StampTz(text)) << text;
  }
}

TEST(DecodeUuid, Forms) {
  const ColumnType type{TypeKind::kUuid};
  const auto value = Decode<Int128>(type, "00112233-4455-6677-8899-aabbccddeeff");
  ASSERT_TRUE(value);
  EXPECT_EQ(static_cast<uint64_t>(static_cast<Uint128>(*value) >> 64U), 0x8011223344556677U);
  EXPECT_EQ(static_cast<uint64_t>(*value), 0x8899aabbccddeeffU);
  EXPECT_TRUE(Decode<Int128>(type, "00112233-4455-6677-8899-AABBCCDDEEFF") == value);
  for (const char* text : {"", "00112233445566778899aabbccddeeff", "{00112233-4455-6677-8899-aabbccddeeff}",
                           "00112233-4455-6677-8899-aabbccddeefg", "00112233-4455-6677-8899aabbccddeeff0"}) {
    EXPECT_FALSE(Decode<Int128>(type, text)) << text;
  }
}

TEST(DecodeVarchar, TakesAnything) { EXPECT_TRUE(DecodeField({TypeKind::kVarchar}, "", nullptr)); }

}  // namespace
}  // namespace calve::csv
