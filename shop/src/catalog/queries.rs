use crate::db::statements;

statements! {
    /// The whole list page in one statement: its categories (`kind` 0), then its products
    /// (`kind` 1) with the number of all that match in `total`.
    LIST = "SELECT 0 AS kind, c.id, c.name, c.slug, '' AS description,
            CAST(0 AS BIGINT) AS price, CAST(0 AS BIGINT) AS stock, TRUE AS available,
            '' AS image, NULL AS image_original, NULL AS image_original_after,
            NULL AS image_source, NULL AS image_version, c.name AS category_name,
            c.slug AS category_slug, CAST(0 AS BIGINT) AS total
        FROM shop_category c
        UNION ALL
        SELECT * FROM (
            SELECT 1 AS kind, p.id, p.name, p.slug, p.description, p.price, p.stock, p.available,
                p.image, p.image_original, p.image_original_after, p.image_source,
                p.image_version, c.name AS category_name, c.slug AS category_slug,
                COUNT(*) OVER () AS total
            FROM shop_product p JOIN shop_category c ON c.id = p.category_id
            WHERE p.available AND ($1 = '' OR c.slug = $1)
                AND ($2 = '' OR LOWER(p.name) LIKE $2 ESCAPE '!'
                    OR LOWER(p.description) LIKE $2 ESCAPE '!')
            ORDER BY p.name, p.id LIMIT $3 OFFSET $4
        ) AS page
        ORDER BY kind, name, id";

    PRODUCT = "SELECT p.id, p.category_id, p.name, p.slug, p.description, p.price, p.stock,
            p.available, p.image, p.image_original, p.image_original_after, p.image_source,
            p.image_version, c.name AS category_name, c.slug AS category_slug
        FROM shop_product p JOIN shop_category c ON c.id = p.category_id
        WHERE p.id = $1";

    IMAGES = "SELECT id, image FROM shop_product WHERE image <> ''";

    /// Only where the pipeline has not written another one meanwhile.
    MOVE_IMAGE = "UPDATE shop_product SET image = $1 WHERE id = $2 AND image = $3";
}
