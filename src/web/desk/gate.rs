//! The one gate of the desk: a session, a role that may, and a form of that session's own, before any handler runs.
//!
//! It goes by the route's row. What has no row is not there.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use minijinja::context;

use super::super::routes::{Posts, Route};
use super::super::{Form, House, refused};
use super::seat::{Posted, Seat};
use super::sign_in::SignIn;
use crate::domain::editor::{Act, Editor};

/// Lets a request through to its handler, or answers it.
pub(in crate::web) async fn gate(
    State((house, route)): State<(House, &'static Route)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(needs) = route.desk else {
        return next.run(request).await;
    };
    let act = match request.method() {
        &Method::GET | &Method::HEAD => needs.get,
        &Method::POST if route.posts != Posts::None => needs.post,
        // The router refuses the method.
        _ => return next.run(request).await,
    };
    let seat = match house.desk.token(request.headers()) {
        Some(token) => match house.seat(token).await {
            Ok(seat) => seat,
            Err(error) => return house.pages.failed(&error),
        },
        None => None,
    };
    let Some(seat) = seat else {
        return house.signed_out(&request);
    };
    if !covers(&seat.editor, act) {
        return seat.refused(act);
    }
    match request.method() {
        &Method::POST => posted(&house, seat, request, next).await,
        _ => {
            let mut request = request;
            request.extensions_mut().insert(seat);
            next.run(request).await
        }
    }
}

/// What concerns the house as a whole needs a role for all lists.
fn covers(editor: &Editor, act: Act) -> bool {
    match act {
        Act::Audit | Act::Manage => editor.may_everywhere(act),
        _ => editor.may_somewhere(act),
    }
}

async fn posted(house: &House, seat: Seat, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut read = Request::new(body);
    *read.headers_mut() = parts.headers.clone();
    *read.extensions_mut() = parts.extensions.clone();
    let form = match Form::read(read).await {
        Ok(form) => form,
        Err(error) => return refused(&house.pages, &error),
    };
    let sent = form.one("form").unwrap_or_default().as_bytes();
    if verify_slices_are_equal(sent, seat.form().as_bytes()).is_err() {
        let said = (
            "This form is from another sign-in",
            "Nothing was changed. Go back, reload the page, and send it again.",
        );
        return house.desk_said(Some(&seat), StatusCode::FORBIDDEN, said);
    }
    parts.extensions.insert(seat);
    parts.extensions.insert(Posted(form));
    next.run(Request::from_parts(parts, Body::empty())).await
}

impl House {
    /// For whoever is not signed in: the page to do so.
    fn signed_out(&self, request: &Request) -> Response {
        let back = request.uri().path_and_query().map_or("", |p| p.as_str());
        let reads = request.method() != Method::POST;
        if reads && self.desk.token(request.headers()).is_none() && came_across(request.headers()) {
            // A link in a webmail: the browser keeps a strict cookie back until it asks from here.
            let own = context! { again => super::sign_in::way_back(back) };
            return self.desk_plain(StatusCode::OK, "desk_again.html", own);
        }
        let mut sign_in = SignIn::to(back);
        if !reads {
            sign_in = SignIn::to("/desk/");
            sign_in.told = "You are not signed in any more. Nothing was changed.";
        }
        let mut page = self.sign_in_page(StatusCode::UNAUTHORIZED, &sign_in);
        // No browser asks for a password by itself: the way in is the page.
        page.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Session realm=\"desk\""),
        );
        page
    }
}

fn came_across(headers: &HeaderMap) -> bool {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    site.is_some_and(|site| site.as_bytes() == b"cross-site")
}
