use crate::{db::statements, search::matches_search};

statements! {
    LIST = concat!("SELECT p.id, p.category_id, p.name, p.slug, '' AS description, p.price, p.stock,
            p.available, p.image, p.image_original, p.image_original_after,
            p.image_original_announced, p.image_source, p.image_version, c.name AS category_name,
            c.slug AS category_slug, COUNT(*) OVER () AS total
        FROM shop_product p JOIN shop_category c ON c.id = p.category_id
        WHERE ", matches_search!(), "
        ORDER BY COALESCE(p.sort_key, p.name), p.id LIMIT $9 OFFSET $10");

    CATEGORIES = "SELECT id, name FROM shop_category
        ORDER BY COALESCE(sort_key, name), id";

    CATEGORY_EXISTS = "SELECT id FROM shop_category WHERE id = $1";

    INSERT_CATEGORY_IF_NEW = "INSERT INTO shop_category (name, slug, sort_key)
        VALUES ($1, $2, $3) ON CONFLICT (slug) DO NOTHING";

    /// A category that was made for a product that did not come to be.
    DELETE_CATEGORY_IF_EMPTY = "DELETE FROM shop_category WHERE id = $1
        AND NOT EXISTS (SELECT 1 FROM shop_product p WHERE p.category_id = $1)";

    CATEGORY_BY_SLUG = "SELECT id FROM shop_category WHERE slug = $1";

    INSERT_PRODUCT = "INSERT INTO shop_product (category_id, name, slug, description, sort_key,
            search_text, price, stock, available, created, updated)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
        RETURNING id";

    INSERT_PRODUCT_IF_NEW = "INSERT INTO shop_product (category_id, name, slug, description,
            sort_key, search_text, price, stock, available, created, updated)
        SELECT id, $2, $3, $4, $5, $6, $7, $8, TRUE, $9, $9 FROM shop_category WHERE slug = $1
        ON CONFLICT (slug) DO NOTHING";

    /// The stock changes by what the manager changed it by: what was sold while the form was open
    /// stays sold. It stays within what the form allows.
    UPDATE_PRODUCT = "UPDATE shop_product SET category_id = $1, name = $2, slug = $3,
            description = $4, sort_key = $5, search_text = $6, price = $7,
            stock = CASE WHEN stock + $8 < 0 THEN 0 WHEN stock + $8 > $9 THEN $9
                ELSE stock + $8 END,
            available = $10, updated = $11
        WHERE id = $12";

    /// A product whose picture could not be put into the bucket.
    DELETE_PRODUCT_IF_HIDDEN = "DELETE FROM shop_product
        WHERE id = $1 AND NOT available AND image_original IS NULL AND image = ''";

    SET_AVAILABLE = "UPDATE shop_product SET available = $1 WHERE id = $2";

    PRODUCT_CATEGORY = "SELECT category_id FROM shop_product WHERE id = $1";

    IMAGE_ORIGINAL = "SELECT image_original FROM shop_product WHERE id = $1";

    PRODUCT_EXISTS = "SELECT id FROM shop_product WHERE id = $1";

    PRODUCT_BY_SLUG = "SELECT id FROM shop_product WHERE slug = $1";

    /// See `catalog::Picture` for what the version is remembered for.
    SET_IMAGE_ORIGINAL = "UPDATE shop_product SET image_original = $1,
            image_original_after = image_version, image_original_announced = $2, updated = $2
        WHERE id = $3";

    /// The same upload, announced once more.
    SET_ANNOUNCED = "UPDATE shop_product SET image_original_announced = $1
        WHERE id = $2 AND image_original = $3";

    SEEDED_PRODUCT = "SELECT id, image, image_original FROM shop_product WHERE slug = $1";
}
