use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Address, Order,
    place::Refusal,
    queries,
    store::{self, Saved},
};
use crate::{
    App,
    accounts::Visitor,
    cart::Cart,
    db::args,
    error::{Error, Result},
    form::{Checked, Field},
    money::Cents,
    page::{self, Layout},
};

/// Tries to save an order that others get in the way of, before the page is shown again.
const SAVE_ATTEMPTS: usize = 3;

#[derive(Template)]
#[template(path = "order/checkout.html")]
struct CheckoutPage {
    layout: Layout,
    cart: Cart,
    form: Fields,
    token: Uuid,
    notice: Option<&'static str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CheckoutForm {
    token: String,
    total: i64,
    first_name: String,
    last_name: String,
    email: String,
    address: String,
    postal_code: String,
    city: String,
}

struct Fields {
    first_name: Field,
    last_name: Field,
    email: Field,
    address: Field,
    postal_code: Field,
    city: Field,
}

/// `GET /checkout`: for guests and customers; a customer finds last time's address filled in.
pub async fn checkout_form(State(app): State<App>, visitor: Visitor) -> Result<Response> {
    let cart = Cart::load(&app, &visitor).await?;
    if cart.is_empty() {
        return Ok(Redirect::to("/cart").into_response());
    }
    page::html(&CheckoutPage {
        form: Fields::of_visitor(&app, &visitor).await?,
        layout: Layout::new(&app, &visitor),
        cart,
        token: Uuid::new_v4(),
        notice: None,
    })
}

/// `POST /checkout`: load, decide, save.
pub async fn checkout_submit(
    State(app): State<App>,
    visitor: Visitor,
    Checked(form): Checked<CheckoutForm>,
) -> Result<Response> {
    let token = Uuid::try_parse(&form.token)
        .map_err(|_| Error::BadRequest("The form is not complete.".to_owned()))?;
    let placed = || Redirect::to(&format!("/orders/{token}")).into_response();
    if is_placed(&app, token).await? {
        return Ok(placed());
    }
    let fields = Fields::new().typed(&form);
    let mut cart = Cart::load(&app, &visitor).await?;
    let mut notice = None;
    for _ in 0..SAVE_ATTEMPTS {
        if !fields.is_ok() {
            break;
        }
        let user_id = visitor.user().map(|user| user.id);
        let agreed = Cents(form.total);
        let order = Order::place(&cart, fields.address(), user_id, token, agreed, app.now());
        let (order, session_id) = match (order, visitor.session_id()) {
            (Ok(order), Some(session_id)) => (order, session_id),
            (Err(Refusal::Shortage), _) => {
                notice = Some("Some of your cart has just been sold. Please change it to go on.");
                break;
            }
            (Err(Refusal::PriceChanged), _) => {
                notice = Some("A price has changed. Please look at the new total.");
                break;
            }
            (Err(Refusal::TooLarge), _) => {
                notice = Some("This is more than one order can be. Please take fewer.");
                break;
            }
            // The same form, sent twice at the same moment: the other one has taken the cart.
            (Err(Refusal::EmptyCart), _) if is_placed(&app, token).await? => return Ok(placed()),
            (Err(Refusal::EmptyCart), _) | (_, None) => {
                return Ok(Redirect::to("/cart").into_response());
            }
        };
        match store::save(&app, &order, session_id).await? {
            Saved::Placed => {
                app.counts.order(order.total);
                return Ok(placed());
            }
            Saved::AlreadyPlaced => return Ok(placed()),
            Saved::Outdated => cart = Cart::load(&app, &visitor).await?,
        }
        notice = Some("Many people are ordering right now. Please try again.");
    }
    let status = match notice {
        Some(_) => StatusCode::CONFLICT,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page =
        CheckoutPage { layout: Layout::new(&app, &visitor), cart, form: fields, token, notice };
    page::html_with_status(status, &page)
}

async fn is_placed(app: &App, token: Uuid) -> Result<bool> {
    let args = args![token.to_string()];
    Ok(app.db.row(queries::ORDER, args).await?.is_some())
}

impl Fields {
    fn new() -> Self {
        Self {
            first_name: Field::line("first_name", "First name", 50).autocomplete("given-name"),
            last_name: Field::line("last_name", "Last name", 50).autocomplete("family-name"),
            email: Field::email("email", "E-mail").hint("Your confirmation goes there."),
            address: Field::line("address", "Street and number", 250)
                .autocomplete("street-address"),
            postal_code: Field::line("postal_code", "Postal code", 20).autocomplete("postal-code"),
            city: Field::line("city", "City", 100).autocomplete("address-level2"),
        }
    }

    /// Filled in with what is known of a customer.
    async fn of_visitor(app: &App, visitor: &Visitor) -> Result<Self> {
        let mut fields = Self::new();
        let Some(user) = visitor.user() else {
            return Ok(fields);
        };
        fields.email = fields.email.value(&user.email);
        fields.first_name = fields.first_name.value(&user.first_name);
        fields.last_name = fields.last_name.value(&user.last_name);
        if let Some(row) = app.db.row(queries::LAST_ADDRESS, args![user.id]).await? {
            fields.first_name = fields.first_name.value(row.get::<String>("first_name")?);
            fields.last_name = fields.last_name.value(row.get::<String>("last_name")?);
            fields.address = fields.address.value(row.get::<String>("address")?);
            fields.postal_code = fields.postal_code.value(row.get::<String>("postal_code")?);
            fields.city = fields.city.value(row.get::<String>("city")?);
        }
        Ok(fields)
    }

    fn typed(self, form: &CheckoutForm) -> Self {
        Self {
            first_name: self.first_name.typed(&form.first_name),
            last_name: self.last_name.typed(&form.last_name),
            email: self.email.typed_email(&form.email),
            address: self.address.typed(&form.address),
            postal_code: self.postal_code.typed(&form.postal_code),
            city: self.city.typed(&form.city),
        }
    }

    fn is_ok(&self) -> bool {
        [
            &self.first_name,
            &self.last_name,
            &self.email,
            &self.address,
            &self.postal_code,
            &self.city,
        ]
        .into_iter()
        .all(Field::is_ok)
    }

    fn address(&self) -> Address {
        Address {
            first_name: self.first_name.as_str().to_owned(),
            last_name: self.last_name.as_str().to_owned(),
            email: self.email.as_str().to_owned(),
            address: self.address.as_str().to_owned(),
            postal_code: self.postal_code.as_str().to_owned(),
            city: self.city.as_str().to_owned(),
        }
    }
}
