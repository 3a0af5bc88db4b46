//! Least privilege, both ways. That no function is denied anything is asserted at the end of each
//! system; here, that each right which the template gives is used by somebody.

use crate::harness::unused_rights;

/// Tests that make use of every right between them: of those that few others use, first.
const TESTS: [fn(); 22] = [
    crate::retry_lost::chunks_that_were_given_up_are_done_again_also_when_their_rows_were_stored,
    crate::limits::files_in_the_inbox_wait_for_room_and_none_is_lost,
    crate::limits::a_file_in_the_inbox_whose_message_is_lost_while_it_waits_is_announced_again,
    crate::settled::rows_that_win_in_the_end_come_in_and_replace_what_is_stored,
    crate::dead_letters::a_retry_of_an_upload_that_never_came_is_told_so,
    crate::dead_letters::an_arrival_among_the_dead_letters_is_handled_after_all,
    crate::dead_letters::a_file_that_is_deleted_while_it_is_split_ends_with_the_chunks_that_were_planned,
    crate::formats_packed::the_same_packed_file_twice_is_noticed,
    crate::formats_refused::damaged_files_are_refused_and_what_to_do_is_said,
    crate::access::each_route_needs_its_scope,
    crate::explain::a_submitted_import_waits_for_its_file_and_then_for_the_splitter,
    crate::explain::a_split_import_waits_for_the_chunks_that_are_not_committed,
    crate::lost::a_dead_letter_of_a_chunk_that_was_committed_after_all_changes_nothing,
    crate::repeat::a_failed_task_is_not_retried_when_its_work_was_done_meanwhile,
    crate::repeat_import::a_file_of_which_nothing_was_imported_may_come_again,
    crate::replaced::a_file_deleted_while_it_is_imported_ends_the_task,
    crate::station_config::a_date_of_two_meanings_is_refused_until_the_station_says_its_order,
    crate::poison::a_first_row_that_ends_its_worker_is_found,
    crate::scores::of_two_entries_of_a_member_and_a_day_the_first_is_stored_though_its_chunk_comes_last,
    crate::inbox::rows_of_the_inbox_that_want_the_same_are_settled_and_the_file_is_not_retried,
    crate::faults::a_file_whose_splitter_fails_is_split_when_its_message_comes_again,
    crate::settled::a_settlement_that_is_cut_off_begins_anew_and_decides_the_same,
];

#[test]
fn every_right_is_used() {
    let all_used = || unused_rights().is_some_and(|unused| unused.is_empty());
    for test in TESTS {
        // What other tests of this process have used by now is used.
        if !all_used() {
            test();
        }
    }
    assert_eq!(unused_rights(), Some([].into()));
}
