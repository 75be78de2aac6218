use crate::db::statements;

statements! {
    /// Nothing is returned when an order of the same form is there already. On PostgreSQL a second
    /// submit waits here until the first has committed or failed.
    INSERT = "INSERT INTO orders_order (token, user_id, first_name, last_name, email, address,
            postal_code, city, total, created, updated)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
        ON CONFLICT (token) DO NOTHING
        RETURNING id";

    INSERT_ITEM = "INSERT INTO orders_orderitem (order_id, product_id, price, quantity)
        VALUES ($1, $2, $3, $4)";

    /// Touches no row when there is not enough left, or the price is no longer the one agreed on.
    TAKE_STOCK = "UPDATE shop_product SET stock = stock - $1, updated = $2
        WHERE id = $3 AND stock >= $1 AND available AND price = $4";

    ORDER = "SELECT id, token, user_id, first_name, last_name, email, address, postal_code, city,
            total, paid, created
        FROM orders_order WHERE token = $1";

    ITEMS = "SELECT i.product_id, i.price, i.quantity, p.name, p.slug
        FROM orders_orderitem i JOIN shop_product p ON p.id = i.product_id
        WHERE i.order_id = $1 ORDER BY i.id";

    ORDERS_OF_USER = "SELECT o.id, o.token, o.total, o.created,
            CAST((SELECT SUM(i.quantity) FROM orders_orderitem i WHERE i.order_id = o.id)
                AS BIGINT) AS things,
            COUNT(*) OVER () AS orders
        FROM orders_order o WHERE o.user_id = $1
        ORDER BY o.id DESC LIMIT $2 OFFSET $3";

    /// What a customer typed last time, to fill in the form.
    LAST_ADDRESS = "SELECT first_name, last_name, address, postal_code, city
        FROM orders_order WHERE user_id = $1 ORDER BY id DESC LIMIT 1";
}
