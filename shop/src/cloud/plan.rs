//! What to make, as a value.

use std::fmt;

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Pictures: originals under `products/`, resized ones under `resized/`.
    pub bucket: String,
    /// The queue between the functions. Its dead-letter queue has `-dlq` behind it.
    pub queue: String,
    /// The queue that keeps events of uploads that could not be resized.
    pub failed_queue: String,
    /// Who runs the functions.
    pub functions: Functions,
}

/// Who runs the functions.
#[derive(Debug, Clone)]
pub enum Functions {
    /// AWS Lambda: S3 invokes the first one, an event source mapping the second one.
    Lambda(Box<LambdaPlan>),
    /// `lambdas worker`, which polls queues: for clouds that run no functions, and for debugging.
    Worker(WorkerPlan),
}

/// What Lambda is told.
#[derive(Clone)]
pub struct LambdaPlan {
    /// The function that resizes.
    pub resize: FunctionPlan,
    /// The function that updates the product.
    pub update: FunctionPlan,
    /// The role that both functions run under.
    pub role_arn: String,
    /// The database, as `update-product` reaches it.
    pub database_url: String,
    /// What an object's URL begins with, without a slash at the end: `https://bucket.s3.region.amazonaws.com`.
    pub image_base_url: String,
}

/// What a worker polls besides [`Plan::queue`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerPlan {
    /// The queue that S3 announces uploads to.
    pub uploads_queue: String,
}

/// One function.
#[derive(Clone)]
pub struct FunctionPlan {
    /// Its name.
    pub name: String,
    /// Its code: a zip with an executable `bootstrap`.
    pub zip: Vec<u8>,
    /// `x86_64` or `arm64`, as the code was built.
    pub architecture: String,
    /// `MemorySize`
    pub memory_mib: i32,
}

impl Plan {
    /// The usual names, with these functions on Lambda. Role, database and URLs are the caller's to
    /// fill in.
    #[must_use]
    pub fn lambda(resize_zip: Vec<u8>, update_zip: Vec<u8>) -> Self {
        Self::with(Functions::Lambda(Box::new(LambdaPlan {
            resize: FunctionPlan::new("resize-image", resize_zip, 2048),
            update: FunctionPlan::new("update-product", update_zip, 128),
            role_arn: String::new(),
            database_url: String::new(),
            image_base_url: String::new(),
        })))
    }

    /// The usual names, with a worker that runs the functions.
    #[must_use]
    pub fn worker() -> Self {
        Self::with(Functions::Worker(WorkerPlan::default()))
    }

    fn with(functions: Functions) -> Self {
        Self {
            bucket: "cloudless-shop-images".into(),
            queue: "image-resized".into(),
            failed_queue: "image-resize-failed".into(),
            functions,
        }
    }

    /// What Lambda is told, where it runs the functions.
    #[must_use]
    pub fn lambda_plan(&self) -> Option<&LambdaPlan> {
        match &self.functions {
            Functions::Lambda(lambda) => Some(lambda),
            Functions::Worker(_) => None,
        }
    }

    /// The same, to be filled in.
    #[must_use]
    pub fn lambda_plan_mut(&mut self) -> Option<&mut LambdaPlan> {
        match &mut self.functions {
            Functions::Lambda(lambda) => Some(lambda),
            Functions::Worker(_) => None,
        }
    }
}

impl Default for WorkerPlan {
    fn default() -> Self {
        Self { uploads_queue: "image-uploaded".into() }
    }
}

impl FunctionPlan {
    /// A function with this name and code for this machine's architecture.
    #[must_use]
    pub fn new(name: &str, zip: Vec<u8>, memory_mib: i32) -> Self {
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        Self { name: name.into(), zip, architecture: architecture.into(), memory_mib }
    }
}

/// Without the database's password.
impl fmt::Debug for LambdaPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaPlan")
            .field("resize", &self.resize)
            .field("update", &self.update)
            .field("role_arn", &self.role_arn)
            .field("image_base_url", &self.image_base_url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FunctionPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} bytes)", self.name, self.architecture, self.zip.len())
    }
}
