//! The two functions of the picture pipeline, as values.
//!
//! ```text
//! object under products/ ─► S3 event ─► ResizeImage ─► object under resized/ + one SQS message
//!                                       SQS batch   ─► UpdateProduct ─► shop_product.image
//! ```
//!
//! Each function is a [`lambda_runtime::Service`] that is `Clone` and `Send`. The binaries
//! `resize-image` and `update-product` hand it to [`lambda_runtime::run`]; a host that runs
//! functions in its own process calls the very same value. Neither function knows who hosts it:
//! configuration comes from the environment it is given, AWS from the SDK configuration it is given.
//! Where there is no Lambda, [`worker`] gives them the messages of queues.

pub mod environment;
pub mod message;
pub mod package;
pub mod process;
pub mod resize_image;
pub mod update_product;
pub mod worker;

pub use message::ImageResized;
pub use resize_image::ResizeImage;
pub use update_product::UpdateProduct;
