#include "load/changed_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calve::load {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Plan Standing() {
  Plan plan;
  plan.sql = "SELECT * FROM chunk";
  plan.row_preserving = true;
  plan.columns = {{"id", "ID", {csv::TypeKind::kBigInt}}, {"name", "name", {csv::TypeKind::kVarchar}}};
  return plan;
}

TEST(ChangedSettings, WhatIsNotSaidIsNotChanged) { EXPECT_THAT(ChangedSettings({}, Standing()), IsEmpty()); }

TEST(ChangedSettings, TheSameAgainIsNotChanged) {
  PlanRequest request;
  request.sql = "SELECT * FROM chunk";
  request.csv.delimiter = ",";
  request.csv.quote = '"';
  request.csv.header = true;
  request.csv.encoding = csv::Encoding::kUtf8;
  request.csv.null_strings = {""};
  request.csv.columns["ID"] = {csv::TypeKind::kBigInt};
  EXPECT_THAT(ChangedSettings(request, Standing()), IsEmpty());
}

TEST(ChangedSettings, EachIsNamed) {
  PlanRequest request;
  request.sql = "SELECT id FROM chunk";
  request.csv.delimiter = ";";
  request.csv.quote = '\'';
  request.csv.escape = '\\';
  request.csv.header = false;
  request.csv.newline = csv::Newline::kLf;
  request.csv.comment = '#';
  request.csv.ragged = csv::Ragged::kPadNull;
  request.csv.literal_quotes = true;
  request.csv.encoding = csv::Encoding::kCharset;
  request.csv.charset = "cp1252";
  request.csv.null_strings = {"NA"};
  request.csv.trim = true;
  request.csv.columns["id"] = {csv::TypeKind::kDouble};
  request.csv.all_varchar = true;
  EXPECT_THAT(
      ChangedSettings(request, Standing()),
      ElementsAre("--sql", "--delimiter", "--quote", "--escape", "--header", "--newline", "--comment", "--ragged",
                  "--inner-quotes", "--encoding", "--null", "--trim", "--column id=DOUBLE", "--all-varchar"));
}

TEST(ChangedSettings, SqlThatIsLeftOutIs) {
  Plan plan = Standing();
  plan.sql = "SELECT id FROM chunk";
  plan.row_preserving = false;
  EXPECT_THAT(ChangedSettings({}, plan), ElementsAre("no --sql"));
}

}  // namespace
}  // namespace calve::load
