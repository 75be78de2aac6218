//! The stories, and the clouds that each is told on. docs/clouds.md says what differs between them.
//!
//! A test is called `CLOUD::SUBJECT::STORY`: `cargo test -p e2e localstack::` tells all of one cloud.

mod clients;
mod clients_sqs;
mod order;
mod refused;
mod upload;

e2e::stories! {
    embedded Embedded {
        upload {
            a_photo_is_shown_resized,
            a_photo_taken_upright_is_shown_upright,
            the_last_of_several_uploads_is_the_one_that_is_shown,
            an_older_event_never_overwrites_a_newer_picture,
            an_upload_that_nobody_heard_of_is_announced_again_by_the_form,
        }
        refused {
            the_form_says_what_is_wrong_with_a_file,
            past_the_form_three_attempts_and_the_dead_letter_queue,
        }
        order {
            an_order_takes_the_stock_and_is_confirmed_by_mail,
            one_form_sent_many_times_at_once_is_one_order,
            the_last_item_is_sold_once_to_fifty_buyers,
        }
        clients {
            boto3_provisions_the_cloud_and_uploads,
            the_aws_cli_provisions_the_cloud_and_uploads,
        }
    }
    container Container {
        upload {
            a_photo_is_shown_resized,
            a_photo_taken_upright_is_shown_upright,
            the_last_of_several_uploads_is_the_one_that_is_shown,
            an_older_event_never_overwrites_a_newer_picture,
            an_upload_that_nobody_heard_of_is_announced_again_by_the_form,
        }
        refused {
            the_form_says_what_is_wrong_with_a_file,
            past_the_form_three_attempts_and_the_dead_letter_queue,
        }
        order {
            an_order_takes_the_stock_and_is_confirmed_by_mail,
            one_form_sent_many_times_at_once_is_one_order,
            the_last_item_is_sold_once_to_fifty_buyers,
        }
        clients {
            boto3_provisions_the_cloud_and_uploads,
            the_aws_cli_provisions_the_cloud_and_uploads,
        }
    }
    localstack LocalStack {
        upload {
            a_photo_is_shown_resized,
            a_photo_taken_upright_is_shown_upright,
            the_last_of_several_uploads_is_the_one_that_is_shown,
            an_older_event_never_overwrites_a_newer_picture,
            an_upload_that_nobody_heard_of_is_announced_again_by_the_form,
        }
        refused {
            the_form_says_what_is_wrong_with_a_file,
            past_the_form_three_attempts_and_the_dead_letter_queue,
        }
        order {
            an_order_takes_the_stock_and_is_confirmed_by_mail,
            one_form_sent_many_times_at_once_is_one_order,
            the_last_item_is_sold_once_to_fifty_buyers,
        }
    }
    #[cfg(feature = "aws")]
    aws Aws {
        upload {
            a_photo_is_shown_resized,
            a_photo_taken_upright_is_shown_upright,
            the_last_of_several_uploads_is_the_one_that_is_shown,
            an_older_event_never_overwrites_a_newer_picture,
        }
        refused {
            the_form_says_what_is_wrong_with_a_file,
            past_the_form_three_attempts_and_the_dead_letter_queue,
        }
        order {
            an_order_takes_the_stock_and_is_confirmed_by_mail,
            one_form_sent_many_times_at_once_is_one_order,
            the_last_item_is_sold_once_to_fifty_buyers,
        }
    }
}
