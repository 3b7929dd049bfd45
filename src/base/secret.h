// Text that no log, message or ledger entry may hold.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace calve {

/// A password, key or token. It goes in by itself and comes out by Reveal() alone: to format or concatenate one does
/// not compile, and a stream shows "(not shown)". A URI that may hold a secret is one too.
class Secret {
 public:
  Secret() = default;
  Secret(std::string text) : text_(std::move(text)) {}  // NOLINT(google-explicit-constructor): hiding is always right.
  Secret(const char* text) : text_(text) {}             // NOLINT(google-explicit-constructor)

  /// For whoever signs or sends it.
  const std::string& Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "(not shown)"; }

 private:
  std::string text_;
};

}  // namespace calve
