//! The decision: a cart and an address become an order, or the reasons why not.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{cart::Cart, money::Cents};

/// An order as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Of the form that places it: a form makes one order, however often it is sent.
    pub token: Uuid,
    pub user_id: Option<i64>,
    pub address: Address,
    pub items: Vec<Item>,
    pub total: Cents,
    pub created: DateTime<Utc>,
}

/// Whom and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub address: String,
    pub postal_code: String,
    pub city: String,
}

/// One product of an order, at the price of that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub product_id: i64,
    pub name: String,
    pub price: Cents,
    pub quantity: i64,
}

impl Item {
    pub fn amount(&self) -> Cents {
        self.price.times(self.quantity)
    }
}

/// The largest order: more than the form for products can make of any cart. Sums that would be more
/// than a number can hold stay at its end, which is above this.
const TOTAL_MAX: Cents = Cents(1_000_000_000_000);

/// Why a cart does not become an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    EmptyCart,
    /// Some of it cannot be had; the cart's lines say what is left.
    Shortage,
    /// It is worth more than an order can be.
    TooLarge,
    /// The customer has agreed to another total than the cart has now.
    PriceChanged,
}

impl Order {
    /// Decides whether `cart` becomes an order. `agreed` is the total on the form that was sent:
    /// nobody pays a price he has not seen.
    pub fn place(
        cart: &Cart,
        address: Address,
        user_id: Option<i64>,
        token: Uuid,
        agreed: Cents,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if cart.is_empty() {
            return Err(Refusal::EmptyCart);
        }
        if cart.has_shortage() {
            return Err(Refusal::Shortage);
        }
        if cart.total() > TOTAL_MAX {
            return Err(Refusal::TooLarge);
        }
        if cart.total() != agreed {
            return Err(Refusal::PriceChanged);
        }
        let mut items: Vec<Item> = cart
            .lines
            .iter()
            .map(|line| Item {
                product_id: line.product_id,
                name: line.name.clone(),
                price: line.price,
                quantity: line.quantity,
            })
            .collect();
        // Stock is taken in this order: two orders never wait for each other in a circle.
        items.sort_by_key(|item| item.product_id);
        Ok(Self { token, user_id, address, total: cart.total(), items, created: now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cart::Line, catalog::Picture};

    fn cart(lines: &[(i64, i64, i64, i64)]) -> Cart {
        let line = |&(product_id, price, quantity, left): &(i64, i64, i64, i64)| Line {
            product_id,
            name: format!("product {product_id}"),
            path: String::new(),
            picture: Picture::None,
            price: Cents(price),
            quantity,
            left,
        };
        Cart { lines: lines.iter().map(line).collect() }
    }

    fn place(cart: &Cart, agreed: i64) -> Result<String, Refusal> {
        let address = Address::default();
        let now = DateTime::UNIX_EPOCH;
        Order::place(cart, address, None, Uuid::nil(), Cents(agreed), now).map(|order| {
            let item = |item: &Item| format!("{} x {}", item.quantity, item.product_id);
            let items: Vec<_> = order.items.iter().map(item).collect();
            format!("{}: {}", order.total, items.join(", "))
        })
    }

    #[test]
    fn a_cart_becomes_an_order_only_as_its_buyer_has_seen_it() {
        let two = cart(&[(9, 250, 2, 2), (4, 1000, 1, 7)]);
        assert_eq!(place(&two, 1500).as_deref(), Ok("€15.00: 1 x 4, 2 x 9"));
        assert_eq!(place(&two, 1400), Err(Refusal::PriceChanged));
        assert_eq!(place(&cart(&[]), 0), Err(Refusal::EmptyCart));
        assert_eq!(place(&cart(&[(9, 250, 3, 2)]), 750), Err(Refusal::Shortage));
        let absurd = cart(&[(9, i64::MAX, 2, 2), (4, i64::MAX, 99, 99)]);
        assert_eq!(place(&absurd, i64::MAX), Err(Refusal::TooLarge));
    }
}
