// The tokeniser's loops over a kernel's masks. Included once by each kernel's source file, which is compiled for its
// own instruction set: all of this has internal linkage, so that no such code can end up in a program part for all
// processors.
//
// A Kernel has a constructor from FastDialect, and
//   void Masks(const char* p, uint64_t* delimiters, uint64_t* quotes, uint64_t* newlines, uint64_t* crs): bit i is set
//     where p[i] is that byte (quotes: none when the dialect has none; crs: may be any when it does not pair them);
//   uint64_t Escapes(const char* p): the same for the dialect's escape;
//   static uint64_t PrefixXor(uint64_t): bit i = parity of the bits 0..i.
#pragma once

#include <cstddef>
#include <cstdint>

#include "csv/tokenizer.h"

namespace calve::csv {
namespace {

constexpr uint64_t kAll = ~uint64_t{0};

inline size_t LowestBit(uint64_t mask) { return static_cast<size_t>(__builtin_ctzll(mask)); }
inline size_t CountBits(uint64_t mask) { return static_cast<size_t>(__builtin_popcountll(mask)); }

// What one block's masks say beyond their own 64 bytes.
struct Carry {
  uint64_t in_quote = 0;     // kAll: the block begins inside quotes.
  uint64_t after_break = 1;  // Bit 0: the byte before is a delimiter, a line's end or a quote.
  uint64_t after_close = 0;  // Bit 0: the byte before is a quote that closed.
  uint64_t after_cr = 0;     // Bit 0: the byte before is a CR outside quotes.
};

struct Block {
  uint64_t delimiters;  // Outside quotes.
  uint64_t newlines;    // Outside quotes.
  uint64_t odd;         // Not plainly well-formed there (or at the byte before).
  uint64_t quotes;
};

// `valid`: the bytes that exist.
template <typename Kernel>
inline Block Classify(const FastDialect& dialect, const Kernel& kernel, const char* p, uint64_t valid, Carry* carry) {
  uint64_t d = 0, q = 0, n = 0, w = 0;
  kernel.Masks(p, &d, &q, &n, &w);
  d &= valid;
  q &= valid;
  n &= valid;
  w &= dialect.pairs ? valid : 0;
  Block block{d, n, 0, q};
  if ((q | carry->in_quote | carry->after_close) != 0) {
    const uint64_t inside =
        Kernel::PrefixXor(q) ^ carry->in_quote;  // Opening quotes count as inside, closing ones not.
    block.delimiters &= ~inside;
    block.newlines &= ~inside;
    w &= ~inside;
    const uint64_t opens = q & inside;
    const uint64_t closes = q & ~inside;
    // An opening quote is good behind these, a closing one in front of them.
    const uint64_t edges = block.delimiters | block.newlines | w | (dialect.doubled ? q : 0);
    block.odd = opens & ~((edges << 1U) | carry->after_break);
    block.odd |= ((closes << 1U) | carry->after_close) & ~edges & valid;
    carry->in_quote = (inside >> 63U) != 0 ? kAll : 0;
    carry->after_close = closes >> 63U;
    carry->after_break = edges >> 63U;
  } else {
    carry->after_break = (d | n | w) >> 63U;
  }
  if (dialect.pairs) {
    const uint64_t behind_cr = (w << 1U) | carry->after_cr;
    block.odd |= behind_cr & ~block.newlines & valid;
    if (dialect.pairs_only) block.odd |= block.newlines & ~behind_cr;
    carry->after_cr = w >> 63U;
  }
  if (dialect.escape != '\0') block.odd |= kernel.Escapes(p) & valid;
  return block;
}

inline uint64_t ValidBytes(size_t remaining) { return remaining >= 64 ? kAll : (uint64_t{1} << remaining) - 1; }

template <typename Kernel>
void TokenizeWith(const FastDialect& dialect, TokenizeJob* job) {
  const Kernel kernel(dialect);
  const char* const data = job->data;
  uint32_t* const ends = job->ends;
  const size_t columns = job->columns;
  ends[0] = static_cast<uint32_t>(job->begin) - 1;
  job->records = 0;
  job->next = job->begin;
  job->quotes = false;
  uint64_t quotes = 0;
  Carry carry;
  size_t count = 1;       // Entries of `ends`.
  size_t want = columns;  // Index that the next newline must have.
  const auto finish = [&](TokenizeJob::Stop stop) {
    job->stop = stop;
    job->quotes = quotes != 0;
  };
  if (job->begin >= job->range_end) return finish(TokenizeJob::Stop::kRangeEnd);
  if (dialect.comment != '\0' && job->begin < job->size && data[job->begin] == dialect.comment) {
    return finish(TokenizeJob::Stop::kOddRecord);
  }
  for (size_t at = job->begin; at < job->size; at += 64) {
    const Block block = Classify(dialect, kernel, data + at, ValidBytes(job->size - at), &carry);
    uint64_t newlines = block.newlines;
    uint64_t breaks = block.delimiters | newlines;
    // What lies in front of the first odd place may still be whole records. (The record of a closing quote is found odd
    // at the byte behind the quote, which is in the same record then, as it is no line's start.)
    if (block.odd != 0) newlines &= (block.odd & (0 - block.odd)) - 1;
    uint32_t* out = ends + count;
    const size_t found = CountBits(breaks);
    const uint64_t all_breaks = breaks;
    const auto base = static_cast<uint32_t>(at);
    if (found > 0) {
      // Eight at a time, the ones too many being overwritten later: fewer branches to guess wrong.
      for (size_t i = 0; i < 8; ++i) {
        out[i] = base + static_cast<uint32_t>(__builtin_ctzll(breaks | (uint64_t{1} << 63U)));
        breaks &= breaks - 1;
      }
      if (found > 8) {
        for (size_t i = 8; i < 16; ++i) {
          out[i] = base + static_cast<uint32_t>(__builtin_ctzll(breaks | (uint64_t{1} << 63U)));
          breaks &= breaks - 1;
        }
        for (size_t i = 16; i < found; ++i) {
          out[i] = base + static_cast<uint32_t>(LowestBit(breaks));
          breaks &= breaks - 1;
        }
      }
    }
    while (newlines != 0) {
      const size_t bit = LowestBit(newlines);
      const size_t index = count + CountBits(all_breaks & ((uint64_t{1} << bit) - 1));
      const size_t start = job->next;
      const size_t end = at + bit;
      const bool blank = columns == 1 && (end == start || (dialect.pairs && end == start + 1 && data[start] == '\r'));
      if (index != want || end - start > job->max_record || blank) {
        quotes |= block.quotes;
        return finish(TokenizeJob::Stop::kOddRecord);
      }
      want += columns;
      ++job->records;
      job->next = end + 1;
      if (job->next >= job->range_end) {
        quotes |= block.quotes;
        return finish(TokenizeJob::Stop::kRangeEnd);
      }
      if (job->records == job->max_records) {
        quotes |= block.quotes;
        return finish(TokenizeJob::Stop::kFull);
      }
      if (dialect.comment != '\0' && job->next < job->size && data[job->next] == dialect.comment) {
        quotes |= block.quotes;
        return finish(TokenizeJob::Stop::kOddRecord);
      }
      newlines &= newlines - 1;
    }
    quotes |= block.quotes;
    if (block.odd != 0) return finish(TokenizeJob::Stop::kOddRecord);
    count += found;
    // A record with more fields than columns will be odd in any case, and `ends` has no room for all of them.
    if (count > want + 64) return finish(TokenizeJob::Stop::kOddRecord);
  }
  finish(TokenizeJob::Stop::kOutOfData);
}

template <typename Kernel>
void ScanWith(const FastDialect& dialect, const char* data, size_t size, ParityState* state) {
  const Kernel kernel(dialect);
  Carry carry;
  carry.in_quote = state->in_quote ? kAll : 0;
  carry.after_break = state->after_break ? 1 : 0;
  carry.after_close = state->after_close ? 1 : 0;
  carry.after_cr = state->after_cr ? 1 : 0;
  for (size_t at = 0; at < size && !state->malformed; at += 64) {
    const size_t here = size - at < 64 ? size - at : 64;
    const Block block = Classify(dialect, kernel, data + at, ValidBytes(here), &carry);
    if (here < 64) {
      // The masks' top bits stand for bytes that are not there: take the carries from the last real one.
      Carry end = carry;
      end.after_break = end.after_close = end.after_cr = 0;
      const char last = data[at + here - 1];
      const bool inside = carry.in_quote != 0;
      const bool quote = dialect.has_quote && last == dialect.quote;
      end.after_close = quote && !inside ? 1 : 0;
      end.after_cr = dialect.pairs && last == '\r' && !inside ? 1 : 0;
      end.after_break = (quote && dialect.doubled) ||
                        (!inside && (last == dialect.delimiter || last == dialect.newline)) || end.after_cr != 0;
      carry = end;
    }
    const uint64_t odd = block.odd;
    if (block.newlines != 0) {
      const size_t first = LowestBit(block.newlines);
      const size_t last = 63 - static_cast<size_t>(__builtin_clzll(block.newlines));
      if (!state->found) {
        state->found = true;
        state->first_line = state->last_line = state->position + first + 1;
        // Odd at the newline itself or in front of it: the line start is not proven.
        const uint64_t upto = first == 63 ? kAll : (uint64_t{1} << (first + 1)) - 1;
        if ((odd & upto) != 0) state->malformed_before = true;
        if ((odd & ~upto) != 0) state->malformed = true;
      } else if (odd != 0) {
        state->malformed = true;
      }
      // Only the first of the block's lines can be longer than a block.
      const uint64_t gap = state->position + first + 1 - state->last_line;
      if (gap > state->longest) state->longest = gap;
      state->last_line = state->position + last + 1;
    } else if (odd != 0) {
      (state->found ? state->malformed : state->malformed_before) = true;
    }
    state->position += here;
  }
  state->in_quote = carry.in_quote != 0;
  state->after_break = carry.after_break != 0;
  state->after_close = carry.after_close != 0;
  state->after_cr = carry.after_cr != 0;
}

}  // namespace
}  // namespace calve::csv
