//! Least privilege, both ways. That no function is denied anything is asserted at the end of each
//! system; here, that each right which the template gives is used by somebody.

use crate::harness::unused_rights;

/// Tests that make use of every right between them: of those that few others use, first.
const TESTS: [fn(); 56] = [
    crate::sums::wrong_and_lost_sums_are_found_and_made_anew,
    crate::undo::import_undo_import_gives_the_same_table_as_import_and_the_file_is_free_again,
    crate::undo::an_edit_in_between_is_kept_and_the_file_says_what_changed,
    crate::undo::rows_that_came_twice_and_were_replaced_since_are_told_from_rows_that_were_skipped,
    crate::undo::restored::overwritten_rows_are_restored_to_what_they_were_byte_for_byte,
    crate::undo::restored::of_rows_with_the_same_key_the_one_that_was_stored_is_undone,
    crate::undo::luck::an_import_that_was_cancelled_half_way_is_undone,
    crate::undo::refused::corrections_are_undone_first,
    crate::sums_faults::sums_that_cannot_be_made_anew_are_left_to_repairs_and_the_stream_goes_on,
    crate::retry_lost::chunks_that_were_given_up_are_done_again_also_when_their_rows_were_stored,
    crate::limits::files_in_the_inbox_wait_for_room_and_none_is_lost,
    crate::limits::a_file_in_the_inbox_whose_message_is_lost_while_it_waits_is_announced_again,
    crate::settled::rows_that_win_in_the_end_come_in_and_replace_what_is_stored,
    crate::inbox_versions::a_file_without_a_version_is_imported_while_it_is_there,
    crate::unique_races::a_claim_that_an_earlier_release_left_for_nobody_is_taken_over,
    crate::unique_races::a_row_that_another_import_has_replaced_meanwhile_stays_replaced,
    crate::unique_races::a_phone_that_went_from_import_to_import_is_free_when_it_is_given_up,
    crate::legs::a_file_split_in_many_legs_has_the_chunks_of_one_leg,
    crate::row_costs::a_stored_row_is_replaced_by_one_write_after_the_first_batch_of_a_chunk,
    crate::dead_letters::a_retry_of_an_upload_that_never_came_is_told_so,
    crate::dead_letters::an_arrival_among_the_dead_letters_is_handled_after_all,
    crate::dead_letters::a_file_that_is_deleted_while_it_is_split_ends_the_task,
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
    crate::mail_templates::a_template_changes_version_by_version_and_is_its_stations_alone,
    crate::mailing_audiences::stored_rows_that_meet_a_filter_are_mailed_with_their_columns,
    crate::mailing_audiences::a_list_in_the_inbox_is_mailed_with_its_columns,
    crate::mailing_audiences::a_scheduled_mailing_sends_the_version_that_is_the_latest_then,
    crate::scheduled_kinds::a_schedule_exports_the_orders_of_the_days_before_in_the_stations_form,
    crate::mailings::a_large_mailing_goes_through_a_window_of_its_own_queue,
    crate::mailings::an_answer_that_is_lost_after_acceptance_is_made_good_by_events,
    crate::mailings::who_bounces_or_complains_gets_no_more,
    crate::mailings::without_faults_everybody_gets_one_e_mail_and_the_books_balance,
    crate::exports::rows_of_every_table_can_be_exported,
    crate::windows::who_commits_a_chunk_sends_the_next_of_its_lane_once,
    crate::windows::a_chunk_that_is_given_up_does_not_end_its_lane,
    crate::windows::an_index_of_chunks_that_is_lost_is_made_again_by_the_sweeper,
    crate::settled::a_settlement_that_is_cut_off_begins_anew_and_decides_the_same,
    crate::webhooks::while_a_secret_is_replaced_both_sign_and_none_is_ever_shown,
    crate::webhooks::a_message_is_tried_ten_times_over_three_days_and_then_given_up,
    crate::webhooks::who_says_gone_is_told_nothing_until_it_is_enabled_again,
    crate::webhooks::a_message_that_comes_twice_or_late_is_told_once,
    crate::webhooks::an_event_whose_message_was_lost_or_whose_notifier_died_is_told_all_the_same,
    crate::webhooks::a_delivery_is_sent_once_more_when_somebody_asks_for_it,
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
