#include "format_csv/changed_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calve::format_csv {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Changed(const csv::SniffOverrides& said) {
  return ChangedSettings(said, {},
                         {{"id", "ID", {csv::TypeKind::kBigInt}}, {"name", "name", {csv::TypeKind::kVarchar}}});
}

TEST(ChangedSettings, WhatIsNotSaidIsNotChanged) { EXPECT_THAT(Changed({}), IsEmpty()); }

TEST(ChangedSettings, TheSameAgainIsNotChanged) {
  csv::SniffOverrides said;
  said.delimiter = ",";
  said.quote = '"';
  said.header = true;
  said.encoding = csv::Encoding::kUtf8;
  said.null_strings = {""};
  said.columns["ID"] = {csv::TypeKind::kBigInt};
  EXPECT_THAT(Changed(said), IsEmpty());
}

TEST(ChangedSettings, EachIsNamed) {
  csv::SniffOverrides said;
  said.delimiter = ";";
  said.quote = '\'';
  said.escape = '\\';
  said.header = false;
  said.newline = csv::Newline::kLf;
  said.comment = '#';
  said.ragged = csv::Ragged::kPadNull;
  said.literal_quotes = true;
  said.encoding = csv::Encoding::kCharset;
  said.charset = "cp1252";
  said.null_strings = {"NA"};
  said.trim = true;
  said.columns["id"] = {csv::TypeKind::kDouble};
  said.all_varchar = true;
  EXPECT_THAT(Changed(said),
              ElementsAre("--delimiter", "--quote", "--escape", "--header", "--newline", "--comment", "--ragged",
                          "--inner-quotes", "--encoding", "--null", "--trim", "--column id=DOUBLE", "--all-varchar"));
}

}  // namespace
}  // namespace calve::format_csv
