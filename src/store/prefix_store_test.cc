#include "store/prefix_store.h"

#include <gtest/gtest.h>

#include <utility>

#include "store/memory_store.h"

namespace calve::store {
namespace {

/// Three memory stores behind one; what is put lands in exactly one of them.
class PrefixStoreTest : public testing::Test {
 protected:
  PrefixStoreTest() : store_(Keep(fallback_)) {
    store_.Add("memory://b/t", [this] { return Keep(table_); });
    store_.Add("memory://b/t/part/", [this] { return Keep(part_); });
  }
  static std::unique_ptr<ObjectStore> Keep(ObjectStore*& where) {
    auto made = std::make_unique<MemoryStore>();
    where = made.get();
    return made;
  }
  const ObjectStore* Home(const std::string& uri) {
    EXPECT_TRUE(store_.Put(uri, "x", PutMode::kOverwrite));
    const ObjectStore* home = nullptr;
    for (ObjectStore* each : {fallback_, table_, part_}) {
      if (!each->Head(uri)) continue;
      EXPECT_EQ(home, nullptr);
      home = each;
    }
    return home;
  }

  ObjectStore* fallback_ = nullptr;
  ObjectStore* table_ = nullptr;
  ObjectStore* part_ = nullptr;
  PrefixStore store_;
};

TEST_F(PrefixStoreTest, TheLongestPrefixWins) {
  EXPECT_EQ(Home("memory://b/t/data/1"), table_);
  EXPECT_EQ(Home("memory://b/t/part/1"), part_);
  EXPECT_EQ(Home("memory://b/t/part.1"), table_);
  EXPECT_EQ(Home("memory://b/t/a"), table_) << "something sorts between it and its prefix";
  EXPECT_EQ(Home("memory://b/t/partly/1"), table_);
  EXPECT_EQ(Home("memory://b/tt/1"), fallback_);
  EXPECT_EQ(Home("memory://b/s"), fallback_);
  EXPECT_EQ(Home("memory://c/t/1"), fallback_);
}

TEST_F(PrefixStoreTest, ListsAndDeletesWhereTheyBelong) {
  for (const char* uri : {"memory://b/t/1", "memory://b/t/part/1", "memory://b/u/1"}) Home(uri);
  EXPECT_EQ(store_.List("memory://b/t/")->size(), 1U);
  EXPECT_EQ(store_.List("memory://b/t/part")->size(), 1U);
  EXPECT_EQ(store_.ListChildren("memory://b/u/")->objects.size(), 1U);
  const std::vector<std::string> all{"memory://b/t/1", "memory://b/t/part/1", "memory://b/u/1"};
  ASSERT_TRUE(store_.Delete(all));
  for (const std::string& uri : all) EXPECT_FALSE(store_.Head(uri)) << uri;
}

TEST_F(PrefixStoreTest, APrefixKeepsItsStore) {
  store_.Add("memory://b/t/", []() -> std::unique_ptr<ObjectStore> {
    ADD_FAILURE() << "made again";
    return nullptr;
  });
  EXPECT_EQ(Home("memory://b/t/x"), table_);
}

}  // namespace
}  // namespace calve::store
