use crate::db::statements;

statements! {
    LINES = "SELECT i.quantity, p.id, p.name, p.slug, p.price, p.stock, p.available, p.image,
            p.image_original, p.image_original_after, p.image_original_announced, p.image_source,
            p.image_version
        FROM shop_cart_item i JOIN shop_product p ON p.id = i.product_id
        WHERE i.session_id = $1 ORDER BY i.added, p.id";

    ADD = "INSERT INTO shop_cart_item (session_id, product_id, quantity, added)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (session_id, product_id) DO UPDATE SET quantity =
            CASE WHEN shop_cart_item.quantity + excluded.quantity > $5 THEN $5
                ELSE shop_cart_item.quantity + excluded.quantity END";

    SET = "UPDATE shop_cart_item SET quantity = $1 WHERE session_id = $2 AND product_id = $3";

    REMOVE = "DELETE FROM shop_cart_item WHERE session_id = $1 AND product_id = $2";

    /// Empties the cart into an order.
    TAKE = "DELETE FROM shop_cart_item WHERE session_id = $1 RETURNING product_id, quantity";
}
