//! Every URL of the shop on one screen, and what each request passes through.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, State},
    http::{HeaderName, Request, StatusCode},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
    trace::TraceLayer,
};

use crate::{
    App, accounts, assets, cart, catalog, error, host, mail, manager, metrics, order, page,
};

/// Body of an ordinary form at most.
const FORM_MAX_BYTES: usize = 64 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub fn router(app: &App) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/static/{digest}/{name}", get(assets::file).layer(gzip()))
        .route("/favicon.ico", get(assets::favicon))
        .route("/robots.txt", get(robots))
        .merge(pages(app))
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
                .layer(PropagateRequestIdLayer::new(REQUEST_ID))
                .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
                .layer(from_fn_with_state(app.clone(), metrics::count))
                .layer(from_fn(page::last_resort))
                .layer(from_fn_with_state(app.clone(), page::headers))
                .layer(from_fn_with_state(app.clone(), host::guard)),
        )
        .with_state(app.clone())
}

/// What visitors see, each page for one of them.
fn pages(app: &App) -> Router<App> {
    let mut pages = Router::new()
        .route("/", get(catalog::list))
        .route("/products/{id}/{slug}", get(catalog::show))
        .route("/products/{id}/{slug}/image", get(catalog::image_fragment))
        .route("/cart", get(cart::show).post(cart::add))
        .route("/cart/{product_id}", post(cart::update))
        .route("/cart/{product_id}/remove", post(cart::remove))
        .route("/checkout", get(order::checkout_form).post(order::checkout_submit))
        .route("/orders", get(order::history))
        .route("/orders/{token}", get(order::show))
        .route("/accounts/register", get(accounts::register_form).post(accounts::register_submit))
        .route("/accounts/login", get(accounts::login_form).post(accounts::login_submit))
        .route(
            "/accounts/login/manager",
            get(accounts::login_manager_form).post(accounts::login_manager),
        )
        .route("/accounts/logout", post(accounts::logout))
        .route("/manager", get(manager::list));
    if app.site.show_mailbox {
        pages = pages
            .route("/mailbox", get(mail::mailbox))
            .route("/mailbox/{id}", get(mail::message))
            .route("/mailbox/{id}/html", get(mail::message_html));
    }
    let uploads = Router::new()
        .route("/manager/products/new", get(manager::new).post(manager::create))
        .route("/manager/products/{id}", get(manager::edit).post(manager::update))
        // The handler counts for itself: past the limit it still has to answer with the form.
        .layer(
            ServiceBuilder::new()
                .layer(timeout(app.limits.upload))
                .layer(DefaultBodyLimit::disable()),
        );
    pages
        .layer(
            ServiceBuilder::new()
                .layer(timeout(app.limits.request))
                .layer(DefaultBodyLimit::max(FORM_MAX_BYTES)),
        )
        .merge(uploads)
        .layer(RequestBodyTimeoutLayer::new(app.limits.body_pause))
        .fallback(|| async { error::Error::NotFound })
        .layer(
            // Outermost first. As one layer: a router puts each into a box, and for each request
            // each box is copied with all that are in it.
            ServiceBuilder::new()
                .layer(gzip())
                .layer(from_fn_with_state(app.clone(), accounts::attach))
                .layer(from_fn_with_state(app.clone(), page::problems))
                .layer(csrf(app))
                .layer(CatchPanicLayer::new()),
        )
}

/// `GET /health`: 200 while the database answers. For balancers; says nothing about pictures.
async fn health(State(app): State<App>) -> Response {
    match app.db.row(HEALTH, Vec::new()).await {
        Ok(_) => "ok\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

crate::db::statements! {
    HEALTH = "SELECT 1 AS one";
}

fn gzip() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

/// What the log says of a request: the route, not the path, which may hold an order's secret.
fn span<B>(request: &Request<B>) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>();
    let request_id = request.extensions().get::<RequestId>();
    tracing::info_span!(
        "request",
        method = %request.method(),
        route = route.map_or("", MatchedPath::as_str),
        id = request_id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default(),
    )
}

async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /accounts/\nDisallow: /cart\nDisallow: /checkout\n\
     Disallow: /manager\nDisallow: /orders\n"
}

fn timeout(timeout: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, timeout)
}

/// Refuses forms of other sites by what browsers say of themselves; the token in each form is
/// checked besides.
fn csrf(app: &App) -> CsrfLayer {
    let origin = url::Url::parse(&app.site.base_url).map(|url| url.origin().ascii_serialization());
    match origin.map(|origin| CsrfLayer::new().add_trusted_origin(origin)) {
        Ok(Ok(layer)) => layer,
        _ => CsrfLayer::new(),
    }
}
