-- What names are sorted and found by. The databases differ in what they know of letters beyond
-- ASCII, so the shop computes both texts (src/search.rs); here they are compared byte by byte. Both
-- are brought up to date at each start; NULL is a row of another program since then.
ALTER TABLE shop_category ADD COLUMN sort_key TEXT COLLATE "C";
ALTER TABLE shop_product ADD COLUMN sort_key TEXT COLLATE "C";
ALTER TABLE shop_product ADD COLUMN search_text TEXT COLLATE "C";
DROP INDEX shop_product_name;
CREATE INDEX shop_product_sort_key ON shop_product (sort_key, id);

-- When the last upload was announced. NULL: when its key was made.
ALTER TABLE shop_product ADD COLUMN image_original_announced TIMESTAMPTZ;

-- Browsers send line breaks as CR LF, and paragraphs are told by two LF.
UPDATE shop_product
    SET description = REPLACE(REPLACE(description, CHR(13) || CHR(10), CHR(10)), CHR(13), CHR(10));
