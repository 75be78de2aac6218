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
    db::{args, is_taken},
    error::Result,
    form::{Checked, Field},
    page::{self, Layout},
};

pub(super) const PASSWORD_MIN_LEN: usize = 8;

#[derive(Template)]
#[template(path = "accounts/register.html")]
struct RegisterPage {
    layout: Layout,
    form: Fields,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RegisterForm {
    username: String,
    email: String,
    first_name: String,
    last_name: String,
    password: String,
    password2: String,
}

struct Fields {
    username: Field,
    email: Field,
    first_name: Field,
    last_name: Field,
    password: Field,
    password2: Field,
}

/// `GET /accounts/register`
pub async fn register_form(State(app): State<App>, visitor: Visitor) -> Result<Response> {
    if visitor.user().is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    page::html(&RegisterPage { layout: Layout::new(&app, &visitor), form: Fields::new() })
}

/// `POST /accounts/register`: makes the account and signs in.
pub async fn register_submit(
    State(app): State<App>,
    visitor: Visitor,
    client: Client,
    Checked(form): Checked<RegisterForm>,
) -> Result<Response> {
    app.attempts.check_address(client.address(&app))?;
    let mut fields = Fields::new().typed(&form);
    fields.refuse_taken(&app).await?;
    if fields.is_ok() {
        let hash = app.passwords.hash(fields.password.as_str()).await?;
        let args = args![
            fields.username.as_str(),
            fields.email.as_str(),
            fields.first_name.as_str(),
            fields.last_name.as_str(),
            hash,
            false,
            app.now(),
        ];
        let mut tx = app.db.begin().await?;
        match tx.row(queries::INSERT_USER, args).await {
            Ok(row) => {
                tx.commit().await?;
                let row = row.ok_or_else(|| anyhow::anyhow!("no id for the new user"))?;
                let cookie = visitor.sign_in(&app, row.get("id")?).await?;
                return Ok((cookie, Redirect::to("/")).into_response());
            }
            // Somebody took the name between the check and now.
            Err(error) if is_taken(&error) => {
                tx.rollback().await?;
                fields.refuse_taken(&app).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    page::html_with_status(
        StatusCode::UNPROCESSABLE_ENTITY,
        &RegisterPage { layout: Layout::new(&app, &visitor), form: fields.without_passwords() },
    )
}

impl Fields {
    fn new() -> Self {
        Self {
            username: Field::line("username", "User name", 150)
                .autocomplete("username")
                .hint("Letters, digits and @ . + - _"),
            email: Field::email("email", "E-mail"),
            first_name: Field::line("first_name", "First name", 150)
                .autocomplete("given-name")
                .optional(),
            last_name: Field::line("last_name", "Last name", 150)
                .autocomplete("family-name")
                .optional(),
            password: Field::password("password", "Password", "new-password")
                .hint("At least 8 characters"),
            password2: Field::password("password2", "Password again", "new-password"),
        }
    }

    fn typed(self, form: &RegisterForm) -> Self {
        let mut fields = Self {
            username: self.username.typed(&form.username),
            email: self.email.typed_email(&form.email),
            first_name: self.first_name.typed(&form.first_name),
            last_name: self.last_name.typed(&form.last_name),
            password: self.password.typed(&form.password),
            password2: self.password2.typed(&form.password2),
        };
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "@.+-_".contains(c);
        if fields.username.is_ok() && !fields.username.as_str().chars().all(is_allowed) {
            fields.username.refuse("Please use only letters, digits and @ . + - _");
        }
        let password = fields.password.as_str();
        if fields.password.is_ok() && password.chars().count() < PASSWORD_MIN_LEN {
            fields.password.refuse("Please choose at least 8 characters.");
        } else if fields.password.is_ok() && password.eq_ignore_ascii_case(fields.username.as_str())
        {
            fields.password.refuse("Please choose something else than your user name.");
        } else if fields.password2.is_ok() && fields.password2.as_str() != password {
            fields.password2.refuse("The two passwords differ.");
        }
        fields
    }

    /// Says which of user name and e-mail address somebody has already. A user name may not be
    /// somebody's e-mail address either, because both are used to sign in.
    async fn refuse_taken(&mut self, app: &App) -> Result<()> {
        // What is wrong already is nobody's, and nothing to ask a database for.
        let checked = |field: &Field| match field.is_ok() {
            true => field.as_str().to_ascii_lowercase(),
            false => String::new(),
        };
        let (username, email) = (checked(&self.username), checked(&self.email));
        let args = args![username.as_str(), email.as_str()];
        for row in app.db.rows(queries::TAKEN, args).await? {
            if self.username.is_ok() && row.get::<String>("username")? == username {
                self.username.refuse("This user name is taken.");
            }
            if self.email.is_ok() && row.get::<String>("email")? == email {
                self.email.refuse("There is an account with this address.");
            }
        }
        if self.username.is_ok() && username.contains('@') && username != email {
            self.username.refuse("A user name with an @ must be your own e-mail address.");
        }
        Ok(())
    }

    fn is_ok(&self) -> bool {
        [
            &self.username,
            &self.email,
            &self.first_name,
            &self.last_name,
            &self.password,
            &self.password2,
        ]
        .into_iter()
        .all(Field::is_ok)
    }

    fn without_passwords(self) -> Self {
        Self { password: self.password.value(""), password2: self.password2.value(""), ..self }
    }
}
