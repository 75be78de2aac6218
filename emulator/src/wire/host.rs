//! What a `Host` header says: a bucket, a service, or nothing.

use super::Service;

/// The host names under which the emulator is reached, for virtual-hosted buckets.
///
/// `photos.s3.localhost`, `photos.localhost` and `photos.s3.eu-west-1.amazonaws.com` all name the
/// bucket `photos`; `sqs.us-east-1.localhost.localstack.cloud` names a service.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// Longest first.
    names: Vec<String>,
}

impl Default for Hosts {
    fn default() -> Self {
        Self::new(std::iter::empty::<String>())
    }
}

impl Hosts {
    /// The usual local names, and more: the name of a container, a host name of the user's choice.
    pub fn new(more: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let usual = ["localhost.localstack.cloud", "localhost"].map(String::from);
        let mut names: Vec<String> = more.into_iter().map(Into::into).chain(usual).collect();
        names.iter_mut().for_each(|name| name.make_ascii_lowercase());
        names.retain(|name| !name.is_empty());
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Self { names }
    }

    pub(super) fn read(&self, host: &str) -> Addressed {
        let host = host
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or(host, |(name, _)| name);
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok() {
            return Addressed::default();
        }
        let under = |name: &str| host.strip_suffix(name).and_then(|rest| rest.strip_suffix('.'));
        if let Some(rest) = self.names.iter().find_map(|name| under(name)) {
            let mut addressed = Addressed::from_labels(rest);
            // Under our own name, what names no service is a bucket. `sqs.localhost` is the service
            // unless the request is signed for S3.
            if addressed.service != Some(Service::S3) {
                addressed.bucket = Some(rest.to_owned());
            }
            return addressed;
        }
        if self.names.contains(&host) {
            return Addressed::default();
        }
        if let Some(rest) =
            ["amazonaws.com", "amazonaws.com.cn"].iter().find_map(|name| under(name))
        {
            return Addressed::from_labels(rest);
        }
        // Some other name that leads here (a proxy's, a container's): `photos.s3.anything`.
        match host.rsplit_once(".s3.") {
            Some((bucket, _)) => {
                Addressed { service: Some(Service::S3), bucket: Some(bucket.to_owned()) }
            }
            None => Addressed::default(),
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Addressed {
    pub service: Option<Service>,
    pub bucket: Option<String>,
}

impl Addressed {
    /// Reads what stands before `.amazonaws.com` or one of our own names.
    fn from_labels(text: &str) -> Self {
        let labels: Vec<&str> = text.split('.').collect();
        let is_region = |label: &str| {
            label.contains('-') && label.ends_with(|last: char| last.is_ascii_digit())
        };
        // The service is the last label that is not a region (`dualstack` belongs to the region).
        let mut end = labels.len();
        if end > 1 && is_region(labels[end - 1]) && !labels[end - 1].starts_with("s3-") {
            end -= 1;
        }
        if end > 1 && labels[end - 1] == "dualstack" {
            end -= 1;
        }
        let before = || (end > 1).then(|| labels[..end - 1].join("."));
        match labels[end - 1] {
            "s3" => Self { service: Some(Service::S3), bucket: before() },
            // The old form: s3-us-west-2.amazonaws.com.
            old if old.strip_prefix("s3-").is_some_and(is_region) => {
                Self { service: Some(Service::S3), bucket: before() }
            }
            "sqs" if end == 1 => Self { service: Some(Service::Sqs), bucket: None },
            "queue" if end == 1 || end == 2 && is_region(labels[0]) => {
                Self { service: Some(Service::Sqs), bucket: None }
            }
            "sts" if end == 1 => Self { service: Some(Service::Sts), bucket: None },
            "lambda" if end == 1 => Self { service: Some(Service::Lambda), bucket: None },
            _ => Self::default(),
        }
    }
}
