use crate::db::statements;

statements! {
    ENQUEUE = "INSERT INTO shop_mail_outbox
            (recipient, subject, body_text, body_html, state, due, created)
        VALUES ($1, $2, $3, $4, 'pending', $5, $5)";

    /// Takes the next mail that is due, and puts it off: another instance, or a restart, tries it
    /// again only when this one has had the time to send it. Two instances that choose the same
    /// row wait for each other, and the second finds it no longer due.
    CLAIM = "UPDATE shop_mail_outbox SET attempts = attempts + 1, due = $2
        WHERE state = 'pending' AND due <= $1 AND id = (
            SELECT id FROM shop_mail_outbox WHERE state = 'pending' AND due <= $1
            ORDER BY due, id LIMIT 1)
        RETURNING id, recipient, subject, body_text, body_html, attempts, created";

    HAS_DUE = "SELECT 1 AS found FROM shop_mail_outbox WHERE state = 'pending' AND due <= $1
        LIMIT 1";

    WAITING = "SELECT COUNT(*) AS waiting FROM shop_mail_outbox WHERE state = 'pending'";

    NEXT_DUE = "SELECT due FROM shop_mail_outbox WHERE state = 'pending' ORDER BY due LIMIT 1";

    SENT = "UPDATE shop_mail_outbox SET state = 'sent', last_error = NULL, finished = $1
        WHERE id = $2";

    RETRY = "UPDATE shop_mail_outbox SET due = $1, last_error = $2 WHERE id = $3";

    GIVE_UP = "UPDATE shop_mail_outbox SET state = 'failed', last_error = $1, finished = $2
        WHERE id = $3";

    KEEP = "INSERT INTO shop_mailbox (id, recipient, subject, body_text, body_html, received)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";

    MAILBOX = "SELECT id, recipient, subject, received, COUNT(*) OVER () AS total
        FROM shop_mailbox ORDER BY id DESC LIMIT $1 OFFSET $2";

    MESSAGE = "SELECT id, recipient, subject, body_text, body_html, received
        FROM shop_mailbox WHERE id = $1";
}
