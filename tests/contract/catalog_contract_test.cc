#include "contract/catalog_contract.h"

#include "catalog/glue_catalog.h"
#include "catalog/memory_catalog.h"
#include "catalog/rest_catalog.h"
#include "catalog/sql_catalog.h"
#include "contract/temp_dir.h"
#include "fakes/fake_glue.h"
#include "fakes/fake_rest_catalog.h"
#include "fakes/faulty_catalog.h"
#include "store/memory_store.h"

namespace calve::iceberg {
namespace {

class MemoryEnv final : public CatalogEnv {
 public:
  Catalog& catalog() override { return catalog_; }
  Catalog& other_client() override { return catalog_; }
  store::ObjectStore& store() override { return store_; }

 private:
  store::MemoryStore store_;
  catalog::MemoryCatalog catalog_{"memory://warehouse", store_, SystemClock(), SystemRng()};
};

class SqliteEnv final : public CatalogEnv {
 public:
  SqliteEnv() : one_(Open()), two_(Open()) {}
  Catalog& catalog() override { return *one_; }
  Catalog& other_client() override { return *two_; }
  store::ObjectStore& store() override { return store_; }

 private:
  std::unique_ptr<catalog::SqlCatalog> Open() {
    catalog::SqlCatalogOptions options;
    options.path = dir_ / "catalog.db";
    options.warehouse_location = "memory://warehouse";
    auto opened = catalog::SqlCatalog::Open(options, store_, SystemClock(), SystemRng());
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }

  TempDir dir_;
  store::MemoryStore store_;
  std::unique_ptr<catalog::SqlCatalog> one_;
  std::unique_ptr<catalog::SqlCatalog> two_;
};

class GlueEnv final : public CatalogEnv {
 public:
  Catalog& catalog() override { return one_; }
  Catalog& other_client() override { return two_; }
  store::ObjectStore& store() override { return store_; }
  bool nested_namespaces() const override { return false; }

 private:
  FakeGlue glue_;
  FakeClock clock_;
  store::MemoryStore store_;
  std::unique_ptr<aws::CredentialsProvider> credentials_ = aws::MakeStaticCredentials({"AKID", "secret", "", {}});
  aws::Client client_{glue_.transport(), *credentials_, clock_, SystemRng(), BackoffPolicy{}};
  catalog::GlueCatalogOptions options_{{"https://glue.test", "glue", "eu-west-1"}, "", "memory://warehouse", true};
  catalog::GlueCatalog one_{options_, client_, store_, SystemClock(), SystemRng()};
  catalog::GlueCatalog two_{options_, client_, store_, SystemClock(), SystemRng()};
};

class RestEnv final : public CatalogEnv {
 public:
  Catalog& catalog() override { return *one_; }
  Catalog& other_client() override { return *two_; }
  store::ObjectStore& store() override { return server_.store(); }
  bool rebases() const override { return true; }

 private:
  std::unique_ptr<catalog::RestCatalog> Open() {
    const catalog::RestCatalogOptions options{"https://catalog.test", {}, "memory://warehouse", {}};
    return catalog::RestCatalog::Open(options, server_.transport(), nullptr, server_.clock(), SystemRng()).value();
  }

  FakeRestCatalog server_;
  std::unique_ptr<catalog::RestCatalog> one_ = Open();
  std::unique_ptr<catalog::RestCatalog> two_ = Open();
};

template <typename Env>
CatalogFactory Make() {
  return [] { return std::make_unique<Env>(); };
}

INSTANTIATE_TEST_SUITE_P(Memory, CatalogContract, testing::Values(Make<MemoryEnv>()));
INSTANTIATE_TEST_SUITE_P(Glue, CatalogContract, testing::Values(Make<GlueEnv>()));
INSTANTIATE_TEST_SUITE_P(Rest, CatalogContract, testing::Values(Make<RestEnv>()));
INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogContract, testing::Values(Make<SqliteEnv>()));

/// The fake is honest about what a caller can know.
class FaultyCatalogTest : public testing::Test {
 protected:
  TableIdentifier name_ = TableIdentifier::Parse("a.t").value();
  FakeClock clock_;
  MemoryEnv env_;

  LoadedTable Base() {
    NewTable definition;
    definition.location = "memory://warehouse/a/t";
    auto created = env_.catalog().Create(name_, definition);
    if (!created) throw std::runtime_error(created.error().message);
    return *std::move(created);
  }

  CommitOutcome CommitWith(const LoadedTable& base, FaultKind kind) {
    FaultInjector faults(FaultPlan{0, kind}, clock_);
    FaultyCatalog faulty(env_.catalog(), faults);
    TableChange change;
    change.updates.push_back({{"action", "set-properties"}, {"updates", {{"k", "v"}}}});
    return faulty.Commit(name_, base, change);
  }

  bool Committed() { return env_.catalog().Load(name_)->metadata.Property("k", "") == "v"; }
};

TEST_F(FaultyCatalogTest, ALostAnswerIsUnknownWhetherItWorkedOrNot) {
  const LoadedTable base = Base();
  EXPECT_EQ(CommitWith(base, FaultKind::kFailBefore).state, CommitState::kUnknown);
  EXPECT_FALSE(Committed());
  EXPECT_EQ(CommitWith(base, FaultKind::kFailAfter).state, CommitState::kUnknown);
  EXPECT_TRUE(Committed());
}

TEST_F(FaultyCatalogTest, TwiceIsUnknownAndLateIsCommitted) {
  EXPECT_EQ(CommitWith(Base(), FaultKind::kTwice).state, CommitState::kUnknown);
  EXPECT_TRUE(Committed());
  EXPECT_EQ(CommitWith(env_.catalog().Load(name_).value(), FaultKind::kLate).state, CommitState::kCommitted);
}

TEST_F(FaultyCatalogTest, ACreateWhoseAnswerIsLostHasCreated) {
  FaultInjector faults(FaultPlan{0, FaultKind::kFailAfter}, clock_);
  FaultyCatalog faulty(env_.catalog(), faults);
  NewTable definition;
  definition.location = "memory://warehouse/a/t";
  EXPECT_EQ(faulty.Create(name_, definition).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(faulty.Create(name_, definition).error().kind, ErrorKind::kAlreadyExists);
}

}  // namespace
}  // namespace calve::iceberg
