use crate::db::statements;

statements! {
    /// A session with its user and the number of things in its cart: all that a page needs.
    SESSION = "SELECT s.id, s.expires, u.id AS user_id, u.username, u.email, u.first_name,
            u.last_name, u.is_staff,
            CAST((SELECT COALESCE(SUM(c.quantity), 0) FROM shop_cart_item c
                WHERE c.session_id = s.id) AS BIGINT) AS cart_count
        FROM shop_session s LEFT JOIN auth_user u ON u.id = s.user_id AND u.is_active
        WHERE s.token_hash = $1";

    /// The no-op update makes RETURNING answer also when another request was faster.
    INSERT_SESSION = "INSERT INTO shop_session (token_hash, user_id, created, expires)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (token_hash) DO UPDATE SET expires = excluded.expires
        RETURNING id";

    ROTATE_SESSION = "UPDATE shop_session SET token_hash = $1, user_id = $2, expires = $3
        WHERE id = $4";

    EXTEND_SESSION = "UPDATE shop_session SET expires = $1 WHERE id = $2";

    DELETE_SESSION = "DELETE FROM shop_session WHERE id = $1";

    DELETE_EXPIRED_SESSIONS = "DELETE FROM shop_session WHERE expires <= $1";

    /// By user name or by e-mail address; both are unique whatever their case.
    USER_FOR_LOGIN = "SELECT id, password, is_staff FROM auth_user
        WHERE is_active AND (LOWER(username) = $1 OR LOWER(email) = $1)";

    SET_LAST_LOGIN = "UPDATE auth_user SET last_login = $1 WHERE id = $2";

    TAKEN = "SELECT LOWER(username) AS username, LOWER(email) AS email FROM auth_user
        WHERE LOWER(username) = $1 OR LOWER(email) = $2";

    INSERT_USER = "INSERT INTO auth_user
            (username, email, first_name, last_name, password, is_staff, date_joined)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING id";

    INSERT_USER_IF_NEW = "INSERT INTO auth_user
            (username, email, first_name, last_name, password, is_staff, date_joined)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING";

    /// Makes whoever has this name a manager with this password.
    APPOINT = "UPDATE auth_user SET password = $1, is_staff = TRUE, is_active = TRUE
        WHERE LOWER(username) = $2";

    /// Whoever is signed in by an old password has to sign in again.
    DELETE_SESSIONS_OF = "DELETE FROM shop_session
        WHERE user_id IN (SELECT id FROM auth_user WHERE LOWER(username) = $1)";
}
