#include "csv/infer.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace calve::csv {
namespace {

Inference Infer(std::initializer_list<std::string_view> values) {
  ColumnInference inference;
  for (const std::string_view value : values) inference.Add(value, true);
  return inference.Finish();
}

TypeKind Kind(std::initializer_list<std::string_view> values) { return Infer(values).type.kind; }

TEST(Infer, NarrowestTypeThatFitsEverything) {
  EXPECT_EQ(Kind({"true", "False", "TRUE"}), TypeKind::kBoolean);
  EXPECT_EQ(Kind({"1", "-2", "0"}), TypeKind::kBigInt);
  EXPECT_EQ(Kind({"1", "2.5"}), TypeKind::kDouble);
  EXPECT_EQ(Kind({"1e3", "-0.5"}), TypeKind::kDouble);
  EXPECT_EQ(Kind({"2015-01-31", "1999-12-01"}), TypeKind::kDate);
  EXPECT_EQ(Kind({"10:15:00", "23:59:59.5"}), TypeKind::kTime);
  EXPECT_EQ(Kind({"2015-01-31 10:15:00", "2015-01-31T10:15:00"}), TypeKind::kTimestamp);
  EXPECT_EQ(Kind({"2015-01-31 10:15:00Z", "2015-01-31 10:15:00+02:00"}), TypeKind::kTimestampTz);
  EXPECT_EQ(Kind({"6f9619ff-8b86-d011-b42d-00c04fc964ff"}), TypeKind::kUuid);
  EXPECT_EQ(Kind({"a", "b"}), TypeKind::kVarchar);
}

TEST(Infer, NothingButNullsIsText) {
  ColumnInference inference;
  EXPECT_EQ(inference.Finish().type.kind, TypeKind::kVarchar);
  EXPECT_EQ(inference.Finish().values, 0U);
}

TEST(Infer, BooleanIsWrittenOutInFull) {
  EXPECT_EQ(Kind({"t", "f"}), TypeKind::kVarchar);
  EXPECT_EQ(Kind({"Y", "N"}), TypeKind::kVarchar);
  EXPECT_EQ(Kind({"yes", "no"}), TypeKind::kVarchar);
  EXPECT_EQ(Kind({"0", "1"}), TypeKind::kBigInt);
}

TEST(Infer, IntegersAreNeverThirtyTwoBitsByGuess) { EXPECT_EQ(Kind({"1", "2"}), TypeKind::kBigInt); }

TEST(Infer, LeadingZerosStayText) {
  const Inference zeros = Infer({"007", "042", "123"});
  EXPECT_EQ(zeros.type.kind, TypeKind::kVarchar);
  EXPECT_TRUE(zeros.keep_leading_zeros);
  EXPECT_EQ(Kind({"0", "10"}), TypeKind::kBigInt);
  EXPECT_EQ(Kind({"0.5", "10"}), TypeKind::kDouble);
  EXPECT_TRUE(Infer({"+491701234567", "+491707654321"}).keep_leading_zeros);
  EXPECT_FALSE(Infer({"abc", "007"}).keep_leading_zeros);
}

/// 199 integers and one `other`.
Inference IntegersAnd(std::string_view other) {
  ColumnInference inference;
  for (int i = 1; i < 200; ++i) inference.Add(std::to_string(i), true);
  inference.Add(other, true);
  return inference.Finish();
}

TEST(Infer, AWordAmongIntegersIsAMisfit) {
  const Inference found = IntegersAnd("rotary");
  EXPECT_EQ(found.type.kind, TypeKind::kBigInt);
  EXPECT_EQ(found.misfits, 1U);
  EXPECT_EQ(found.misfit_example, "rotary");
}

TEST(Infer, ANumberInAnotherFormIsNone) {
  for (const char* form : {"1,134", "1.134.567", "1 134", "1'134", "1_000", "12,5", "$12.50", "\u20ac 12", "12.5%",
                           "(987.65)", "5-", "1\u00a0000", "1.234,50 \u20ac"}) {
    EXPECT_TRUE(IsNumberInOtherForm(form)) << form;
    const Inference found = IntegersAnd(form);
    EXPECT_EQ(found.type.kind, TypeKind::kVarchar) << form;
    EXPECT_EQ(found.other_form, form);
  }
  EXPECT_TRUE(IntegersAnd("007").keep_leading_zeros);
  EXPECT_TRUE(IntegersAnd("-032").keep_leading_zeros);
  EXPECT_TRUE(IntegersAnd("12345678901234567890").too_many_digits);
  for (const char* other : {"", "5", "-5", "1.5", "1e5", "rotary", "3755;3791", "2015-01-02", "12:30", "1-5", "$", "%",
                            "1,,2", "1,", "a1", "1a", "1,a"}) {
    EXPECT_FALSE(IsNumberInOtherForm(other)) << other;
  }
}

TEST(Infer, NumbersWithMoreDigitsThanADoubleHoldsStayText) {
  EXPECT_EQ(Kind({"9223372036854775807"}), TypeKind::kBigInt);
  const Inference beyond = Infer({"9223372036854775808", "1"});
  EXPECT_EQ(beyond.type.kind, TypeKind::kVarchar);
  EXPECT_TRUE(beyond.too_many_digits);
  EXPECT_EQ(Kind({"0.12345678901234567"}), TypeKind::kDouble);
  EXPECT_EQ(Kind({"0.123456789012345678"}), TypeKind::kVarchar);
  EXPECT_EQ(Kind({"1.50000000000000000000"}), TypeKind::kDouble);
  // An integer beyond 2^53 among decimals would be rounded.
  EXPECT_EQ(Kind({"0.5", "1.5", "9007199254740993"}), TypeKind::kVarchar);
  EXPECT_EQ(Kind({"0.5", "9007199254740992"}), TypeKind::kDouble);
}

TEST(Infer, InexactNumbersAreNotTolerated) {
  ColumnInference inference;
  for (int i = 0; i < 1000; ++i) inference.Add(std::to_string(i) + ".5", false);
  inference.Add("0.1234567890123456789", false);
  EXPECT_EQ(inference.Finish().type.kind, TypeKind::kVarchar);
}

TEST(Infer, DatesAmongTimestampsAreTheirMidnights) {
  EXPECT_EQ(Kind({"2015-01-31", "2015-01-31 10:15:00"}), TypeKind::kTimestamp);
  EXPECT_EQ(Kind({"2015-01-31", "2015-01-31 10:15:00", "2015-01-31 10:15:00Z"}), TypeKind::kVarchar);
  EXPECT_EQ(Kind({"2015-01-31 10:15:00", "2015-01-31 10:15:00Z"}), TypeKind::kVarchar);
}

TEST(Infer, OneInAHundredIsAMisfitTwoAreAnotherType) {
  ColumnInference inference;
  for (int i = 0; i < 99; ++i) inference.Add(std::to_string(i), true);
  inference.Add("abc", false);
  EXPECT_EQ(inference.Finish().type.kind, TypeKind::kBigInt);
  EXPECT_EQ(inference.Finish().misfits, 1U);
  inference.Add("def", false);
  EXPECT_EQ(inference.Finish().type.kind, TypeKind::kVarchar);
}

TEST(Infer, OneDecimalAmongIntegersIsEnough) {
  ColumnInference inference;
  for (int i = 0; i < 999; ++i) inference.Add(std::to_string(i), true);
  EXPECT_EQ(inference.Finish().type.kind, TypeKind::kBigInt);
  inference.Add("1.7", true);
  EXPECT_EQ(inference.Finish().type.kind, TypeKind::kDouble);
  EXPECT_EQ(inference.Finish().misfits, 0U);
  EXPECT_EQ(Kind({"1", "2", "NaN"}), TypeKind::kDouble);
}

TEST(Infer, IntegersThatNoDoubleHoldsBesideDecimalsAreDecimals) {
  EXPECT_EQ(Infer({"9007199254740993", "1", "2.25"}).type, (ColumnType{TypeKind::kDecimal, 38, 2}));
  EXPECT_EQ(Infer({"9007199254740993", "1", "2.25"}).misfits, 0U);
  // An exponent is no form of DECIMAL, and one digit too many is none either.
  EXPECT_EQ(Kind({"9007199254740993", "1", "2.5e3"}), TypeKind::kVarchar);
  EXPECT_EQ(Kind({"90071992547409930071992547409930071992", "1", "2", "3", "0.25"}), TypeKind::kVarchar);
}

TEST(Infer, FewValuesTolerateNone) { EXPECT_EQ(Kind({"1", "2", "3", "4", "x"}), TypeKind::kVarchar); }

TEST(Infer, NotANumberAloneIsText) {
  EXPECT_EQ(Kind({"nan", "inf"}), TypeKind::kVarchar);
  EXPECT_EQ(Kind({"nan", "1.5", "-inf"}), TypeKind::kDouble);
}

TEST(Infer, MarksAreNullInTypedColumns) {
  const Inference found = Infer({"1", "NULL", "2", "n/a", "n/a"});
  EXPECT_EQ(found.type.kind, TypeKind::kBigInt);
  EXPECT_EQ(found.values, 2U);
  EXPECT_EQ(found.misfits, 0U);
  EXPECT_EQ(found.null_marks, (std::vector<std::string>{"NULL", "n/a"}));
  const Inference text = Infer({"Oslo", "NULL"});
  EXPECT_EQ(text.type.kind, TypeKind::kVarchar);
  EXPECT_EQ(text.null_marks, std::vector<std::string>());
  EXPECT_EQ(Infer({"NULL", "NULL"}).type.kind, TypeKind::kVarchar);
  EXPECT_EQ(Infer({"NULL", "NULL"}).null_marks, std::vector<std::string>());
}

TEST(Infer, NoMarksWhereNullsAreTold) {
  ColumnInference inference;
  inference.Add("NA", false);
  inference.Add("1", false);
  EXPECT_EQ(inference.Finish().type.kind, TypeKind::kVarchar);
}

}  // namespace
}  // namespace calve::csv
