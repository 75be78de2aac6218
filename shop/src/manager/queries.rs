use crate::db::statements;

statements! {
    LIST = "SELECT p.id, p.category_id, p.name, p.slug, '' AS description, p.price, p.stock,
            p.available, p.image, p.image_original, p.image_original_after, p.image_source,
            p.image_version, c.name AS category_name, c.slug AS category_slug,
            COUNT(*) OVER () AS total
        FROM shop_product p JOIN shop_category c ON c.id = p.category_id
        WHERE ($1 = '' OR LOWER(p.name) LIKE $1 ESCAPE '!')
        ORDER BY p.name, p.id LIMIT $2 OFFSET $3";

    CATEGORIES = "SELECT id, name FROM shop_category ORDER BY name, id";

    INSERT_CATEGORY_IF_NEW = "INSERT INTO shop_category (name, slug) VALUES ($1, $2)
        ON CONFLICT (slug) DO NOTHING";

    CATEGORY_BY_SLUG = "SELECT id FROM shop_category WHERE slug = $1";

    INSERT_PRODUCT = "INSERT INTO shop_product
            (category_id, name, slug, description, price, stock, available, created, updated)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        RETURNING id";

    INSERT_PRODUCT_IF_NEW = "INSERT INTO shop_product
            (category_id, name, slug, description, price, stock, available, created, updated)
        SELECT id, $2, $3, $4, $5, $6, TRUE, $7, $7 FROM shop_category WHERE slug = $1
        ON CONFLICT (slug) DO NOTHING";

    /// The stock changes by what the manager changed it by: what was sold while the form was open
    /// stays sold.
    UPDATE_PRODUCT = "UPDATE shop_product SET category_id = $1, name = $2, slug = $3,
            description = $4, price = $5,
            stock = CASE WHEN stock + $6 < 0 THEN 0 ELSE stock + $6 END,
            available = $7, updated = $8
        WHERE id = $9";

    PRODUCT_CATEGORY = "SELECT category_id FROM shop_product WHERE id = $1";

    PRODUCT_EXISTS = "SELECT id FROM shop_product WHERE id = $1";

    /// See `catalog::Picture` for what the version is remembered for.
    SET_IMAGE_ORIGINAL = "UPDATE shop_product SET image_original = $1,
            image_original_after = image_version, updated = $2
        WHERE id = $3";

    SEEDED_PRODUCT = "SELECT id, image, image_original FROM shop_product WHERE slug = $1";
}
