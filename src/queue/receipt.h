// The receipts of the embedded queues.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calve::queue {

/// Names one delivery of one message. `delivery` counts them and never goes back (the receive count does, when a dead
/// process's lease is taken back), so no two deliveries share a receipt, whatever the random token.
struct Receipt {
  int64_t message_id = 0;
  int64_t delivery = 0;
  std::string token;
};

/// "id.delivery.token"
std::string FormatReceipt(const Receipt& receipt);

/// nullopt for what FormatReceipt did not make.
std::optional<Receipt> ParseReceipt(std::string_view text);

}  // namespace calve::queue
