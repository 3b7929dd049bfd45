"""Cases (patterns of their names) that calve gets wrong without a word, each with the reason: one that is mended must go."""

KNOWN = {
    "postgres_copy_text*": "a file of tabs in which only doubled backslashes and \\t stand: they are taken for characters",
    "postgres_dump_end_mark*": "the same",
    "mysql_batch*": "the same",
    "mysql_outfile": "the same",
    "mysql_outfile_[cfmn]*": "the same",
    "clickhouse_tsv_names_types*": "a second header row of types is a record, and all columns are text",
    "campbell_toa5*": "of four header rows (station, names, units, kinds) the first passes for a preamble, the last for data",
    "columns_of_blanks*": "columns of fixed width: the header's words are one name",
    "iis_log*": "the names stand in a comment, '#Fields: date time ...'",
}
