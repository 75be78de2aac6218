use crate::{db::statements, search::matches_search};

statements! {
    /// The whole list page in one statement: its categories (`kind` 0), then its products
    /// (`kind` 1) with the number of all that match in `total`.
    LIST = concat!("SELECT 0 AS kind, c.id, c.name, c.slug, '' AS description,
            CAST(0 AS BIGINT) AS price, CAST(0 AS BIGINT) AS stock, TRUE AS available,
            '' AS image, NULL AS image_original, NULL AS image_original_after,
            NULL AS image_original_announced, NULL AS image_source, NULL AS image_version,
            c.name AS category_name, c.slug AS category_slug, CAST(0 AS BIGINT) AS total,
            COALESCE(c.sort_key, c.name) AS sort_key
        FROM shop_category c
        UNION ALL
        SELECT * FROM (
            SELECT 1 AS kind, p.id, p.name, p.slug, p.description, p.price, p.stock, p.available,
                p.image, p.image_original, p.image_original_after, p.image_original_announced,
                p.image_source, p.image_version, c.name AS category_name, c.slug AS category_slug,
                COUNT(*) OVER () AS total, COALESCE(p.sort_key, p.name) AS sort_key
            FROM shop_product p JOIN shop_category c ON c.id = p.category_id
            WHERE ", matches_search!(), " AND p.available AND ($9 = '' OR c.slug = $9)
            ORDER BY COALESCE(p.sort_key, p.name), p.id LIMIT $10 OFFSET $11
        ) AS page
        ORDER BY kind, sort_key, id");

    PRODUCT = "SELECT p.id, p.category_id, p.name, p.slug, p.description, p.price, p.stock,
            p.available, p.image, p.image_original, p.image_original_after,
            p.image_original_announced, p.image_source, p.image_version, c.name AS category_name,
            c.slug AS category_slug
        FROM shop_product p JOIN shop_category c ON c.id = p.category_id
        WHERE p.id = $1";

    CATEGORY_KEYS = "SELECT id, name, sort_key FROM shop_category ORDER BY id";

    SET_CATEGORY_KEY = "UPDATE shop_category SET sort_key = $1 WHERE id = $2 AND name = $3";

    PRODUCT_KEYS = "SELECT id, name, description, sort_key, search_text FROM shop_product
        WHERE id > $1 ORDER BY id LIMIT $2";

    SET_PRODUCT_KEYS = "UPDATE shop_product SET sort_key = $1, search_text = $2
        WHERE id = $3 AND name = $4 AND description = $5";

    IMAGES = "SELECT id, image FROM shop_product WHERE image <> ''";

    /// Only where the pipeline has not written another one meanwhile.
    MOVE_IMAGE = "UPDATE shop_product SET image = $1 WHERE id = $2 AND image = $3";
}
