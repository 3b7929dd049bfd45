// The functions that the option table points to: each turns the text of one option into its Settings member.
// All of them: the error is kInvalidArgument, one clause that goes behind the option's name. Values hold one text,
// unless the option is repeatable.
#pragma once

#include "app/config_table.h"

namespace calve::app {

Status SetWarehouse(Settings& settings, const OptionValues& values);
Status SetCatalog(Settings& settings, const OptionValues& values);
Status SetCatalogName(Settings& settings, const OptionValues& values);
Status SetState(Settings& settings, const OptionValues& values);
Status SetScratch(Settings& settings, const OptionValues& values);

Status SetCatalogProperty(Settings& settings, const OptionValues& values);
Status SetRegion(Settings& settings, const OptionValues& values);
Status SetS3PathStyle(Settings& settings, const OptionValues& values);
Status SetQueue(Settings& settings, const OptionValues& values);
Status SetEvents(Settings& settings, const OptionValues& values);
Status SetRole(Settings& settings, const OptionValues& values);
Status SetListen(Settings& settings, const OptionValues& values);
Status SetDrainTimeout(Settings& settings, const OptionValues& values);
Status SetUntilEmpty(Settings& settings, const OptionValues& values);
Status SetDryRun(Settings& settings, const OptionValues& values);

Status SetTable(Settings& settings, const OptionValues& values);
Status SetPipeline(Settings& settings, const OptionValues& values);
Status SetSql(Settings& settings, const OptionValues& values);
Status SetSqlFile(Settings& settings, const OptionValues& values);
Status SetPerChunk(Settings& settings, const OptionValues& values);
Status SetMetadataColumns(Settings& settings, const OptionValues& values);
Status SetChunkSize(Settings& settings, const OptionValues& values);
Status SetCommitMode(Settings& settings, const OptionValues& values);
Status SetSplit(Settings& settings, const OptionValues& values);
Status SetOnBadRecord(Settings& settings, const OptionValues& values);
Status SetMaxBadRecords(Settings& settings, const OptionValues& values);
Status SetMaxRecordSize(Settings& settings, const OptionValues& values);

Status SetDelimiter(Settings& settings, const OptionValues& values);
Status SetQuote(Settings& settings, const OptionValues& values);
Status SetEscape(Settings& settings, const OptionValues& values);
Status SetHeader(Settings& settings, const OptionValues& values);
Status SetNull(Settings& settings, const OptionValues& values);
Status SetSkip(Settings& settings, const OptionValues& values);
Status SetEncoding(Settings& settings, const OptionValues& values);
Status SetNewline(Settings& settings, const OptionValues& values);
Status SetComment(Settings& settings, const OptionValues& values);
Status SetRagged(Settings& settings, const OptionValues& values);
Status SetInnerQuotes(Settings& settings, const OptionValues& values);
Status SetHeaderRows(Settings& settings, const OptionValues& values);
Status SetTrim(Settings& settings, const OptionValues& values);
Status SetAllVarchar(Settings& settings, const OptionValues& values);
Status SetColumn(Settings& settings, const OptionValues& values);

Status SetPartitionBy(Settings& settings, const OptionValues& values);
Status SetTableProperty(Settings& settings, const OptionValues& values);
Status SetFormatVersion(Settings& settings, const OptionValues& values);
Status SetEvolve(Settings& settings, const OptionValues& values);

Status SetCodec(Settings& settings, const OptionValues& values);
Status SetRowGroupRows(Settings& settings, const OptionValues& values);
Status SetDictionarySizeLimit(Settings& settings, const OptionValues& values);
Status SetParquetVersion(Settings& settings, const OptionValues& values);

Status SetThreads(Settings& settings, const OptionValues& values);
Status SetMemoryLimit(Settings& settings, const OptionValues& values);

Status SetCommitRetries(Settings& settings, const OptionValues& values);
Status SetCommitMinWait(Settings& settings, const OptionValues& values);
Status SetCommitMaxWait(Settings& settings, const OptionValues& values);
Status SetCommitDeadline(Settings& settings, const OptionValues& values);
Status SetVisibility(Settings& settings, const OptionValues& values);
Status SetMaxReceives(Settings& settings, const OptionValues& values);

}  // namespace calve::app
