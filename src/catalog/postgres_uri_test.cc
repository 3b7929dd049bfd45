#include "catalog/postgres_uri.h"

#include <gtest/gtest.h>

namespace calve::catalog {
namespace {

TEST(PostgresUriTest, ReadsWhatLibpqReads) {
  const auto target = ParsePostgresUri("postgresql://me:p%40ss%2F@db.example:5433/lake?sslmode=require").value();
  EXPECT_EQ(target.parameters.at("host"), "db.example");
  EXPECT_EQ(target.parameters.at("port"), "5433");
  EXPECT_EQ(target.parameters.at("user"), "me");
  EXPECT_EQ(target.parameters.at("password"), "p@ss/");
  EXPECT_EQ(target.parameters.at("dbname"), "lake");
  EXPECT_EQ(target.parameters.at("sslmode"), "require");
  EXPECT_EQ(target.name, "postgresql://db.example:5433/lake");
}

TEST(PostgresUriTest, OtherFormsOfTheScheme) {
  EXPECT_EQ(ParsePostgresUri("postgres://h/d")->name, "postgresql://h:5432/d");
  EXPECT_EQ(ParsePostgresUri("postgresql+psycopg2://u@h/d")->parameters.at("user"), "u");
  EXPECT_EQ(ParsePostgresUri("postgresql:///d?host=%2Frun%2Fpg")->parameters.at("host"), "/run/pg");
}

TEST(PostgresUriTest, NoMessageHoldsAPassword) {
  for (const char* uri : {"postgresql://u:sec@ret@h/d", "postgresql://u:sec/ret@h/d",
                          "postgresql://u:secret@h:port/d%zz", "mysql://u:secret@h/d", "u:secret@h",
                          "postgresql://u:secret@h/d?nosuchword=1", "postgresql://u:%zzsecret@h/d", ""}) {
    const auto target = ParsePostgresUri(uri);
    ASSERT_FALSE(target) << uri;
    EXPECT_EQ(target.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_EQ(target.error().message.find("sec"), std::string::npos) << target.error().message;
    EXPECT_EQ(target.error().message.find("ret"), std::string::npos) << target.error().message;
  }
}

}  // namespace
}  // namespace calve::catalog
