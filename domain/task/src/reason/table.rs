//! The patterns of all reasons, each under its code. A text is read by the first pattern that it follows, so that
//! one comes before a wider one. Each is written as the code that gives the reason writes it; tests of the whole
//! system read every reason that they meet.

pub(super) const PATTERNS: &[(&str, &str)] = &[
    // Of any task.
    ("cancelled", "cancelled"),
    (
        "books_unbalanced",
        "the books do not balance: {differences}",
    ),
    (
        "chunks_lost",
        "{lost#} of {chunks#} chunks were not {done}: {why}",
    ),
    (
        "chunks_lost",
        "{lost#} of {chunks#} chunks was not {done}: {why}",
    ),
    (
        "not_begun",
        "the task could not be begun, again and again; see the log of the splitter",
    ),
    (
        "no_result",
        "the result could not be made, again and again; see the log of the finisher",
    ),
    ("input_unreadable", "the task's input cannot be read"),
    (
        "record_unreadable",
        "its record cannot be read: add it again",
    ),
    // Of a business service's task.
    (
        "never_started",
        "no service started it in time: see whether its handler runs, then retry",
    ),
    (
        "service_silent",
        "its service was not heard of for too long: see whether its handler runs, then retry",
    ),
    // Of the same work done before.
    (
        "same_work_waits",
        "{what} has been waiting as task {task} since {since}: wait for that one; {again}",
    ),
    (
        "same_work_runs",
        "{what} has been running as task {task} since {since}: wait for that one; {again}",
    ),
    (
        "same_work_done_in_part",
        "{what} was {done} in part on {ended} as task {task}: retry that task, or correct what it reports; {again}",
    ),
    (
        "same_work_done",
        "{what} was {done} on {ended} as task {task}; {again}",
    ),
    // Of an import's rows.
    (
        "rows_refused",
        "{refused#} of {read#} rows were not imported ({failed#} failed, {duplicate#} duplicate): see the failed-rows file",
    ),
    (
        "rows_refused",
        "{refused#} of {read#} rows was not imported ({failed#} failed, {duplicate#} duplicate): see the failed-rows file",
    ),
    (
        "rows_would_be_refused",
        "{refused#} of {read#} rows would not be imported ({failed#} failed, {duplicate#} duplicate): see the failed-rows file",
    ),
    (
        "too_many_failed_rows",
        "too many failed rows ({failed#} of {read#})",
    ),
    (
        "no_report",
        "the report on the failed rows could not be made; see the log of the finisher",
    ),
    (
        "undecided_rows",
        "rows that want the same as others of the file are counted as not stored, although some of them may be: the table could not take them",
    ),
    // Of a file that changed or never came.
    (
        "file_gone",
        "the file was replaced or deleted before it was imported: upload it again",
    ),
    (
        "file_changed",
        "the file was changed or deleted while it was being imported: upload it again as a new import",
    ),
    (
        "file_never_came",
        "the file never came: ask for a new upload and send it",
    ),
    (
        "file_not_read",
        "the file could not be read, again and again; see the log of the splitter",
    ),
    (
        "file_cut_off",
        "the file has {found#} bytes, {announced#} were announced: it was cut off or changed while it was sent; upload it again",
    ),
    (
        "plan_gone",
        "the plan of the import was deleted before the whole file was split: upload the file again",
    ),
    // Of a file that is too large.
    (
        "file_too_large",
        "the file has {bytes#} bytes, a file of this station may have at most {most#}: split it into several files",
    ),
    (
        "too_many_rows",
        "the file has more than the {most#} rows that a file of this station may have: nothing was imported. Split it into several files",
    ),
    (
        "too_many_columns",
        "the file has {columns#} columns, at most {most#} are allowed: leave out columns that are not imported",
    ),
    (
        "header_too_long",
        "the header is too long: shorten its names",
    ),
    (
        "too_many_chunks",
        "the file would have more than {most#} chunks: split it into several files",
    ),
    (
        "record_too_large",
        "the record in row {row#} is so large that it cannot be read: is a quote left open?",
    ),
    // Of a file's format.
    (
        "encoding_not_read",
        "this text seems to be {encoding}, which is not read: save the file as \"CSV UTF-8\", or name its encoding if it is one of {names}",
    ),
    (
        "encoding_unclear",
        "the encoding of this text is not clear: it may be {candidates}. Save the file as \"CSV UTF-8\" and upload it again, or name its encoding (`encoding`) if it is one of {names}",
    ),
    (
        "gzip_cut_off",
        "the gzip file was cut off: upload it again, or make it anew",
    ),
    (
        "gzip_damaged",
        "the gzip file is damaged: make it anew and upload it again",
    ),
    (
        "gzip_trailing_data",
        "other data follows the gzip data in the file: make the gzip file anew and upload it again",
    ),
    (
        "gzip_of_other_file",
        "the gzip file has {content} in it: unpack it and upload that",
    ),
    (
        "unpacks_too_far",
        "the file unpacks to more than {ratio#} times its size, as a zip bomb does: upload the table as plain CSV",
    ),
    (
        "unpacks_to_too_much",
        "the file unpacks to more than {most}: split it into several files",
    ),
    (
        "workbook_too_large",
        "the workbook has {size}, at most {most} are read: save the sheet as \"CSV UTF-8\" and upload that",
    ),
    (
        "workbook_encrypted",
        "the workbook has a password: save it without one and upload it again",
    ),
    (
        "workbook_damaged",
        "the workbook is damaged ({problem}): open it in Excel, save it as .xlsx or as \"CSV UTF-8\", and upload that",
    ),
    ("no_sheet", "the workbook has no sheet with a table"),
    (
        "first_sheet_empty",
        "the first sheet, `{first}`, is empty: name the one that has the table; there are {found}",
    ),
    (
        "sheets_alike",
        "the sheet `{first}` has the same columns as {others}, and one sheet is imported: name the one to import, or \
         put the rows of all into one",
    ),
    (
        "sheet_not_found",
        "the workbook has no sheet `{asked}`: it has {found}",
    ),
    (
        "workbook_texts_too_large",
        "the workbook has more than {most} of different texts: save the sheet as \"CSV UTF-8\" and upload that",
    ),
    (
        "sheet_row_too_large",
        "row {row#} of the sheet has more than {most} of text",
    ),
    ("wrong_format", "this is {what}; {advice}"),
    ("wrong_format", "this file is {what}; {advice}"),
    (
        "quote_not_closed",
        "the quote opened in row {row#} (byte {byte#}) is never closed; {advice}",
    ),
    (
        "other_table",
        "row {row#} is the header of another table, whose columns are others or elsewhere: {names}. Split the file there and import each part by itself",
    ),
    (
        "too_many_repeats",
        "rows of this file repeat keys or unique values of earlier rows more than {most#} times: remove its duplicate rows, or import it in several parts",
    ),
    // Of a header.
    (
        "two_headers",
        "{problem}. Rows {first#} and {second#} both have names of columns: write the names of all columns into one row",
    ),
    (
        "row_above_header",
        "row {row#} stands above the header in row {header#} and reads as a row of the table: move the header to the top, or delete what is above it",
    ),
    (
        "file_empty",
        "the file is empty; it needs a first line with the names of its columns",
    ),
    (
        "no_rows",
        "the file has no rows: there is nothing to import",
    ),
    (
        "header_not_utf8",
        "the name of column {column#} is not UTF-8 text; save the file as \"CSV UTF-8\" and upload it again",
    ),
    (
        "first_line_endless",
        "the first line does not end within the first {bytes#} bytes; check its line breaks, and that each quote in it is closed",
    ),
    (
        "columns_missing",
        "the header lacks {missing}: found {found}. {advice}",
    ),
    (
        "column_twice",
        "the headers `{first}` and `{second}` both mean the column `{column}`: keep one, or map the one that is meant",
    ),
    (
        "mapping_of_unknown_column",
        "the mapping names the column `{column}`, which is not one of {known}",
    ),
    (
        "mapping_of_missing_header",
        "the mapping takes the column `{column}` from `{header}`, which the header lacks: found {found}",
    ),
    (
        "mapping_of_repeated_header",
        "the mapping takes the column `{column}` from `{header}`, which the header has more than once: rename one",
    ),
    (
        "mapping_of_one_field_twice",
        "the mapping takes the columns `{first}` and `{second}` both from `{field}`: leave out one",
    ),
    (
        "mapping_of_no_field",
        "the mapping takes the column `{column}` from `{field}`, but in a file without a header a field is a number from 1, or a letter from A",
    ),
    (
        "mapping_beyond_the_row",
        "the mapping takes the column `{column}` from the field `{field}`, but the first row has {width#} fields: write its number from 1, or its letter from A",
    ),
    (
        "mapping_lacks_columns",
        "the file has no header, and the mapping lacks {missing}: say by number or letter which field it is",
    ),
    // Of a corrected file.
    (
        "correction_of_no_task",
        "the column error_task says `{text}` in row {row#}, which is no task: leave this column as it is in the failed-rows file, and format it as text before it is saved",
    ),
    (
        "correction_without_rows",
        "the column error_row is missing, which says the rows of a failed-rows file: leave it as it is; or delete the column error_task, too, and the file is imported as a new one",
    ),
    (
        "correction_of_unknown_task",
        "the rows are of task {task} in the column error_task, and there is no such import of a file here",
    ),
    (
        "correction_of_other_business",
        "the rows are of task {task}, an import of `{theirs}`, and this file came as `{ours}`: send it as `{theirs_again}`",
    ),
    (
        "correction_of_running_task",
        "the rows are of task {task}, which has not ended: send this file again when it has",
    ),
    (
        "correction_of_undone_task",
        "the rows are of task {task}, which is undone: delete the columns error_row and error_task, and the file is imported as a new one",
    ),
    (
        "correction_of_several_tasks",
        "the rows are of more than one import, tasks {first} and {second} in the column error_task: send them as one file each",
    ),
    (
        "unknown_business",
        "`{business}` is not a known business; there are: {known}",
    ),
    // Of an export.
    (
        "no_table",
        "the rows of `{business}` are in no table of this release",
    ),
    (
        "columns_changed",
        "the columns of `{business}` have changed since the export began: export it again",
    ),
    (
        "export_short",
        "the export would be short, so there is no file: {why}",
    ),
    (
        "export_too_slow",
        "the rows take longer to be joined than there is time: choose fewer by a filter",
    ),
    (
        "too_many_rows_for_a_workbook",
        "the rows are too many for a workbook: export them as csv, or choose fewer rows or columns",
    ),
    (
        "value_too_long_for_a_cell",
        "a value of the column `{column}` in row {row#} has more than {most#} characters, which no cell holds: export the rows as csv",
    ),
    (
        "workbook_not_written",
        "the workbook cannot be written: {why}",
    ),
    (
        "file_not_made",
        "the file could not be made, again and again: {why}",
    ),
    // Of a list of orders.
    (
        "orders_refused",
        "{refused#} of {read#} orders were not stored ({failed#} failed, {duplicate#} duplicate): see the results",
    ),
    (
        "orders_refused",
        "{refused#} of {read#} orders was not stored ({failed#} failed, {duplicate#} duplicate): see the results",
    ),
    (
        "list_gone",
        "the list of orders is not there any more: submit it again",
    ),
    (
        "list_cut_off",
        "the list has {found#} bytes, and {announced#} were announced: submit it again",
    ),
    (
        "list_changed",
        "the list of orders was changed or deleted while it was being stored: submit it again",
    ),
    (
        "too_many_orders",
        "the list has more than {most#} orders: submit it in parts",
    ),
    ("no_orders", "the list has no orders"),
    ("results_short", "the results are not there: {why}"),
    (
        "results_not_made",
        "the results could not be made, again and again: {why}",
    ),
    // Of an export of orders.
    (
        "period_too_large",
        "the period has more than {most#} orders in one of its parts: choose a shorter one",
    ),
    // Of a mailing.
    (
        "mails_not_sent",
        "{not_sent#} of {audience#} recipients were not sent to or may not have been ({failed#} failed, {unknown#} unknown): see the list",
    ),
    (
        "mails_not_sent",
        "{not_sent#} of {audience#} recipients was not sent to or may not have been ({failed#} failed, {unknown#} unknown): see the list",
    ),
    ("mails_refused", "SES does not send it: {why}"),
    (
        "mail_account_disabled",
        "SES sends nothing for this account now: see the account in SES",
    ),
    (
        "mail_day_used_up",
        "SES sends no more e-mails for this account today: the mailing goes on by itself",
    ),
    (
        "mail_busy",
        "SES is too busy: the mailing goes on in five minutes",
    ),
    (
        "mail_audience_empty",
        "nobody is in the audience: no row that meets the filter has an e-mail address",
    ),
    (
        "mail_list_empty",
        "nobody is in the audience: the list has no rows",
    ),
    (
        "mail_list_gone",
        "the list {list} is not there, or is empty",
    ),
    (
        "mail_list_too_large",
        "the list {list} has more than {most#} bytes",
    ),
    ("mail_list_wrong", "the list cannot be sent to: {problem}"),
    (
        "mail_nobody_created",
        "nobody is in the audience: no row that the import has created and nobody was told of has an e-mail address",
    ),
    (
        "mailing_too_old",
        "the mailing began more than 30 days ago: ask for a new one to those who were not sent to",
    ),
    (
        "mail_frozen_gone",
        "what the mailing froze when it began is not there any more: ask for a new one",
    ),
    (
        "mail_audience_too_large",
        "a mailing has at most {most#} recipients: choose fewer by a filter",
    ),
    (
        "mail_template_gone",
        "the template {template} in {language} is gone",
    ),
    (
        "mail_columns_changed",
        "the columns of `{business}` have changed since the mailing was asked for",
    ),
    (
        "mail_column_gone",
        "`{business}` has no column for a mailing: {column}",
    ),
    (
        "mail_value_unusable",
        "the row with the key `{key}` has a value that no e-mail can have: {problem}",
    ),
    // Of a reconciliation.
    (
        "entries_misplaced",
        "{misplaced#} entries lie where an earlier release stored them, so that no sums count them: import them again, and delete these",
    ),
    (
        "members_unordered",
        "the numbers of members are not stored in one order: one of them has a character that comes before `#`",
    ),
    // Of an evaluation.
    (
        "another_evaluation_runs",
        "an evaluation of {period} is running as task {task}: wait until it has ended, or cancel it",
    ),
    (
        "earlier_month_unfinished",
        "the evaluation of {period} is not finished: retry task {task}, or evaluate that month again, before a later one",
    ),
    (
        "later_month_evaluated",
        "{period} was evaluated since, as task {task}: tiers have moved on, and earlier months are not evaluated any more",
    ),
    (
        "another_evaluation_began",
        "another evaluation has begun since: evaluate the month again",
    ),
    (
        "too_many_decisions",
        "the decisions of a segment have more than {most#} bytes",
    ),
    // Of an undo.
    (
        "rows_changed_since",
        "{kept#} of {rows#} rows were changed since they were imported, and stay as they are: see the file of kept rows",
    ),
    (
        "rows_changed_since",
        "{kept#} of {rows#} rows was changed since it was imported, and stays as it is: see the file of kept rows",
    ),
    (
        "rows_changed_would_stay",
        "{kept#} of {rows#} rows were changed since they were imported, and would stay as they are: see the file of kept rows",
    ),
    (
        "rows_changed_would_stay",
        "{kept#} of {rows#} rows was changed since it was imported, and would stay as it is: see the file of kept rows",
    ),
    (
        "rows_not_found",
        "task {task} has stored {stored#} rows by its books, and {found#} were found",
    ),
    (
        "undo_not_finished",
        "the result could not be made, again and again: {why}",
    ),
    (
        "undo_of_no_import",
        "task {task} is `{name}`: only imports of files can be undone",
    ),
    ("undo_of_lost_task", "task {task} is not there any more"),
    (
        "undo_of_changed_task",
        "task {task} has changed since it was to be undone: look at it, and undo it again",
    ),
    (
        "undo_of_unreadable_task",
        "the input of task {task} cannot be read",
    ),
    ("undone_already", "task {task} is undone, by task {by}"),
    (
        "undo_of_dry_run",
        "task {task} was a dry run: it stored nothing, and there is nothing to undo",
    ),
    (
        "undo_of_no_rows",
        "task {task} stored no rows: there is nothing to undo",
    ),
    (
        "undo_of_running_task",
        "task {task} is {status}: cancel it, or wait until it has ended",
    ),
    (
        "undo_without_definition",
        "there is no definition of `{business}` in this release",
    ),
    (
        "undo_without_table",
        "there is no definition of `{business}` with a table in this release",
    ),
    (
        "undo_of_sent_rows",
        "the rows of task {task} were sent to the {endpoint}, which alone can take them back",
    ),
    (
        "undo_of_busy_task",
        "a worker may still be busy with task {task}: ask again in {seconds#} seconds",
    ),
    (
        "undo_of_expired_task",
        "the {what} of task {task} is not there any more, and nobody knows what it stored: {advice}",
    ),
    (
        "undo_of_corrections_first",
        "corrected files continue task {task}: undo {tasks} first",
    ),
    (
        "undo_of_unknown_corrections",
        "corrected files continue task {task} of which its record does not say which they are: it cannot be undone",
    ),
    (
        "undo_without_copies",
        "task {task} replaced stored rows and kept no copies of them: an import that overwrites can be undone if it was sent with the option `undoable`",
    ),
    (
        "undo_of_unnoted_rows",
        "rows were skipped by a release that did not note which ones",
    ),
    (
        "undone_in_part_already",
        "task {by} has undone task {task} in part: retry that one",
    ),
    ("being_undone", "task {task} is being undone, by task {by}"),
];
