use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Client, Visitor, queries};
use crate::{
    App,
    db::args,
    error::Result,
    form::{Checked, Field},
    mail,
    page::{self, Layout},
    query::Query,
};

#[derive(Template)]
#[template(path = "accounts/login.html")]
struct LoginPage {
    layout: Layout,
    staff: bool,
    next: String,
    username: Field,
    password: Field,
    error: Option<&'static str>,
}

#[derive(Default, Deserialize)]
pub struct LoginQuery {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /accounts/login`
pub async fn login_form(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<LoginQuery>,
) -> Result<Response> {
    show(&app, &visitor, false, query.next)
}

/// `GET /accounts/login/manager`
pub async fn login_manager_form(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<LoginQuery>,
) -> Result<Response> {
    show(&app, &visitor, true, query.next)
}

fn show(app: &App, visitor: &Visitor, staff: bool, next: String) -> Result<Response> {
    match visitor.user() {
        Some(user) if user.is_staff || !staff => {
            Ok(Redirect::to(&destination(&next, staff)).into_response())
        }
        _ => page::html(&LoginPage {
            layout: Layout::new(app, visitor),
            staff,
            next,
            username: username(),
            password: password(),
            error: None,
        }),
    }
}

/// `POST /accounts/login`
pub async fn login_submit(
    app: State<App>,
    visitor: Visitor,
    client: Client,
    form: Checked<LoginForm>,
) -> Result<Response> {
    submit(app.0, visitor, client, form.0, false).await
}

/// `POST /accounts/login/manager`
pub async fn login_manager(
    app: State<App>,
    visitor: Visitor,
    client: Client,
    form: Checked<LoginForm>,
) -> Result<Response> {
    submit(app.0, visitor, client, form.0, true).await
}

async fn submit(
    app: App,
    visitor: Visitor,
    client: Client,
    form: LoginForm,
    staff: bool,
) -> Result<Response> {
    let username = username().typed(&form.username);
    let password = password().typed(&form.password);
    let mut error = None;
    if username.is_ok() && password.is_ok() {
        let name = mail::deliverable(username.as_str())
            .map_or_else(|_| username.as_str().to_owned(), |address| address.to_string())
            .to_ascii_lowercase();
        app.attempts.check(client.address(&app), &name)?;
        let row = app.db.row(queries::USER_FOR_LOGIN, args![name]).await?;
        let hash = match &row {
            Some(row) => Some(row.get::<String>("password")?),
            None => None,
        };
        let is_right = app.passwords.verify(password.as_str(), hash.as_deref()).await?;
        match row {
            Some(row) if is_right => {
                if !staff || row.get("is_staff")? {
                    let cookie = visitor.sign_in(&app, row.get("id")?).await?;
                    let destination = destination(&form.next, staff);
                    return Ok((cookie, Redirect::to(&destination)).into_response());
                }
                error = Some("This account does not manage the shop.");
            }
            _ => error = Some("The user name and the password do not match."),
        }
    }
    page::html_with_status(
        StatusCode::UNPROCESSABLE_ENTITY,
        &LoginPage {
            layout: Layout::new(&app, &visitor),
            staff,
            next: form.next,
            username,
            // A password is never sent back.
            password: password.value(""),
            error,
        },
    )
}

/// `POST /accounts/logout`
pub async fn logout(
    State(app): State<App>,
    visitor: Visitor,
    _: Checked<Empty>,
) -> Result<Response> {
    let cookie = visitor.sign_out(&app).await?;
    Ok((cookie, Redirect::to("/")).into_response())
}

#[derive(Deserialize)]
pub struct Empty {}

fn username() -> Field {
    Field::line("username", "User name or e-mail", 254).autocomplete("username")
}

fn password() -> Field {
    Field::password("password", "Password", "current-password")
}

/// Where to go after signing in. Only a path of this shop: `//host` and `/\host` are other sites.
fn destination(next: &str, staff: bool) -> String {
    // Addresses are ASCII; what is not was never one of ours.
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    match (is_local, staff) {
        (true, _) => next.to_owned(),
        (false, true) => "/manager".to_owned(),
        (false, false) => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        for next in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "/\t/evil",
            "/\0",
            "/\u{1}",
            "/č",
        ] {
            assert_eq!(destination(next, false), "/", "{next:?}");
        }
        assert_eq!(destination("/orders?page=2", false), "/orders?page=2");
        assert_eq!(destination("", true), "/manager");
    }
}
