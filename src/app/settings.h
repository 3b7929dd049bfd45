// Everything that can be set: by flag, environment, file or default, in this order of precedence.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/commit_loop.h"
#include "load/plan_request.h"

namespace calve::app {

/// What a worker or a Lambda function does.
enum class Role {
  kPlan,     ///< Turns notifications into plans and chunk messages.
  kConsume,  ///< Works on chunks.
  kBoth,
};

struct Settings {
  // Where things are.
  std::string warehouse = "./warehouse";  ///< A folder, or s3://BUCKET/PREFIX.
  /// A SQLite file, "glue", "glue:CATALOG_ID", http(s)://... (REST) or postgresql://...
  /// Default: <warehouse>/catalog.db; Glue when the warehouse is on S3.
  std::string catalog;
  std::map<std::string, std::string> catalog_properties;  ///< Of a REST catalog, by the names that Iceberg's have.
  std::string catalog_name = "default";
  std::string state;    ///< The ledger's prefix. Default: <warehouse>/_calve
  std::string scratch;  ///< For attempts in the making. Default: <warehouse>/_calve/tmp

  // What is loaded, and how.
  std::string table;
  load::LoadWishes load;
  int threads = 0;  ///< 0: the cores.

  // How it is run.
  load::CommitPolicy commit;
  std::chrono::milliseconds visibility{60'000};  ///< Of a chunk message; extended while it is worked on.
  int max_receives = 5;
  uint64_t memory_limit_bytes = 0;  ///< For all threads together; 0: half of the machine's.

  // Workers and functions.
  std::string queue;   ///< Of chunk messages: an SQS queue's URL or name. Default: the embedded one in the state.
  std::string events;  ///< Of notifications, likewise.
  Role role = Role::kBoth;
  std::string listen;                               ///< HOST:PORT of the health and metrics endpoint; empty: none.
  std::chrono::milliseconds drain_timeout{30'000};  ///< After SIGTERM, for what is in hand.
  bool until_empty = false;                         ///< A worker stops when its queues are empty.
  bool dry_run = false;                             ///< Backfill says what it would do.

  // AWS.
  std::string region;  ///< Default: AWS_REGION and what else AWS looks at.
  bool s3_path_style = false;

  bool OnS3() const;  ///< The warehouse is.
  std::string Catalog() const;
  std::string State() const;
  std::string Scratch() const;
  int Threads() const;
};

}  // namespace calve::app
