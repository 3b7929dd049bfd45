// What the tests of the S3 store have in common.
#pragma once

#include <memory>
#include <string>

#include "aws/client.h"
#include "aws/credentials.h"
#include "base/rng.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_s3.h"
#include "store/s3_store.h"

namespace calve::store {

/// A store on a fake S3, with a clock that moves by itself.
struct S3TestEnv {
  explicit S3TestEnv(S3Options options = {}) : store(client, clock, rng, Local(std::move(options))) {}

  static S3Options Local(S3Options options) {
    options.endpoint = "http://127.0.0.1:1";
    options.backoff.max_retries = 3;
    return options;
  }

  FakeS3 s3;
  FakeClock clock;
  SeededRng rng{7};
  std::unique_ptr<aws::CredentialsProvider> credentials = aws::MakeStaticCredentials(
      {.access_key_id = "AKIDEXAMPLE", .secret_access_key = "secret", .session_token = {}, .expires = {}});
  aws::Client client{s3, *credentials, clock, rng, {.max_retries = 3}};
  S3Store store;
};

}  // namespace calve::store
