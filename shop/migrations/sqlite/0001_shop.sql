-- The shop's tables on SQLite. migrations/postgres holds the same tables for PostgreSQL.
--
-- Money is BIGINT, in cents. PostgreSQL's NUMERIC is exact, but SQLite keeps NUMERIC as a
-- floating point number, and a price that is 19.99 in one database and 19.990000000000002 in the
-- other is no contract. A whole number of cents is exact in both, and sums are exact too.

CREATE TABLE shop_category (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE
);

CREATE TABLE shop_product (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    category_id BIGINT NOT NULL REFERENCES shop_category (id),
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    image TEXT NOT NULL DEFAULT '',          -- URL of the resized picture; '' when there is none
    image_original TEXT,                     -- key of the last upload the form accepted
    image_original_after TEXT,               -- image_version when that upload was accepted
    image_source TEXT,                       -- key that image was made from
    image_version TEXT,                      -- event time and sequencer of image_source
    description TEXT NOT NULL DEFAULT '',
    price BIGINT NOT NULL CHECK (price >= 0), -- cents
    stock BIGINT NOT NULL CHECK (stock >= 0),
    available BOOLEAN NOT NULL DEFAULT TRUE,
    created DATETIME NOT NULL,
    updated DATETIME NOT NULL
);
CREATE INDEX shop_product_category ON shop_product (category_id, name);
CREATE INDEX shop_product_name ON shop_product (name, id);

CREATE TABLE auth_user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    email TEXT NOT NULL,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    password TEXT NOT NULL,                  -- argon2id, PHC string
    is_staff BOOLEAN NOT NULL DEFAULT FALSE,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    date_joined DATETIME NOT NULL,
    last_login DATETIME
);
CREATE UNIQUE INDEX auth_user_username ON auth_user (LOWER(username));
CREATE UNIQUE INDEX auth_user_email ON auth_user (LOWER(email));

CREATE TABLE shop_session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL UNIQUE,         -- SHA-256 of the cookie; the cookie itself is not kept
    user_id BIGINT REFERENCES auth_user (id) ON DELETE CASCADE,
    created DATETIME NOT NULL,
    expires DATETIME NOT NULL
);
CREATE INDEX shop_session_expires ON shop_session (expires);

CREATE TABLE shop_cart_item (
    session_id BIGINT NOT NULL REFERENCES shop_session (id) ON DELETE CASCADE,
    product_id BIGINT NOT NULL REFERENCES shop_product (id) ON DELETE CASCADE,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    added DATETIME NOT NULL,
    PRIMARY KEY (session_id, product_id)
);

CREATE TABLE orders_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,              -- of the form that placed it; also its secret address
    user_id BIGINT REFERENCES auth_user (id) ON DELETE SET NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    address TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    city TEXT NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0), -- cents
    paid BOOLEAN NOT NULL DEFAULT FALSE,
    created DATETIME NOT NULL,
    updated DATETIME NOT NULL
);
CREATE INDEX orders_order_user ON orders_order (user_id, id);

CREATE TABLE orders_orderitem (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id BIGINT NOT NULL REFERENCES orders_order (id) ON DELETE CASCADE,
    product_id BIGINT NOT NULL REFERENCES shop_product (id),
    price BIGINT NOT NULL CHECK (price >= 0), -- cents, as paid
    quantity BIGINT NOT NULL CHECK (quantity > 0)
);
CREATE INDEX orders_orderitem_order ON orders_orderitem (order_id);

-- A mail is written in the transaction that gives the reason for it, and sent afterwards.
CREATE TABLE shop_mail_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
    attempts BIGINT NOT NULL DEFAULT 0,
    due DATETIME NOT NULL,                -- when a pending mail is tried next
    last_error TEXT,
    created DATETIME NOT NULL,
    finished DATETIME
);
CREATE INDEX shop_mail_outbox_due ON shop_mail_outbox (state, due);

-- Where mails arrive when no SMTP server is configured.
CREATE TABLE shop_mailbox (
    id INTEGER PRIMARY KEY REFERENCES shop_mail_outbox (id),
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    received DATETIME NOT NULL
);
