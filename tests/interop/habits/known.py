"""Cases that calve does not yet read as it should, each with the reason: a ratchet, since one that passes must go."""

KNOWN = {
    "r_write_csv_na_in_text": "an NA without quotes stays text, though all texts are quoted",
    "r_write_table_tab": "row names that are numbers in quotes, without a name in the header: refused",
    "r_write_table": "row names that are numbers in quotes, without a name in the header: refused",
    "sas_special_missing": ".A to .Z and ._ are no known marks of missing values",
    "weka_arff": "a preamble is a tenth of a small file: refused instead of skipped, where there is no header",
    "weka_arff_remarks": "a preamble is a tenth of a small file: refused instead of skipped, where there is no header",
}
