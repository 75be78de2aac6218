//! Saving an order: all of it in one transaction, or nothing.

use std::collections::BTreeMap;

use super::{Order, confirmation::confirmation, queries};
use crate::{App, cart, db::args, error::Result, mail};

/// What became of an order that was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    Placed,
    /// The same form was sent before: its order stands, nothing is added.
    AlreadyPlaced,
    /// Stock, price or cart are not what they were a moment ago; nothing has been written.
    Outdated,
}

/// Writes the order, takes the stock, empties the cart, and puts the mail into the outbox.
pub async fn save(app: &App, order: &Order, session_id: i64) -> Result<Saved> {
    let mut tx = app.db.begin().await?;
    let to = &order.address;
    let row = tx
        .row(
            queries::INSERT,
            args![
                order.token.to_string(),
                order.user_id,
                &to.first_name,
                &to.last_name,
                &to.email,
                &to.address,
                &to.postal_code,
                &to.city,
                order.total.0,
                order.created,
            ],
        )
        .await?;
    let Some(row) = row else {
        tx.rollback().await?;
        return Ok(Saved::AlreadyPlaced);
    };
    let order_id: i64 = row.get("id")?;

    // Whoever takes the cart first has it: two forms of the same cart make one order.
    let mut taken = BTreeMap::new();
    for row in tx.rows(cart::TAKE, args![session_id]).await? {
        taken.insert(row.get::<i64>("product_id")?, row.get::<i64>("quantity")?);
    }
    let decided = order.items.iter().map(|item| (item.product_id, item.quantity));
    if taken != decided.collect() {
        tx.rollback().await?;
        return Ok(Saved::Outdated);
    }

    for item in &order.items {
        let args = args![item.quantity, order.created, item.product_id, item.price.0];
        if tx.execute(queries::TAKE_STOCK, args).await? == 0 {
            tx.rollback().await?;
            return Ok(Saved::Outdated);
        }
        let args = args![order_id, item.product_id, item.price.0, item.quantity];
        tx.execute(queries::INSERT_ITEM, args).await?;
    }
    let mail = confirmation(order, order_id, &app.site.base_url)?;
    mail::enqueue(&mut tx, &mail, order.created).await?;
    tx.commit().await?;
    app.mail.wake();
    Ok(Saved::Placed)
}
