//! What a `Host` header says: a bucket, a service, or nothing.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

use cloudless_core::descriptor::Addressing;

use super::Service;

/// Under these there are AWS's own names.
const AMAZON: [&str; 2] = ["amazonaws.com", "amazonaws.com.cn"];
/// Under this there are AWS's names of functions' URLs.
const OF_FUNCTIONS: &str = "on.aws";

/// Names that the Internet does not have: `host.docker.internal` and its like, and those of Kubernetes.
/// <https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en>
const RESERVED: [&str; 2] = ["internal", "svc.cluster.local"];

/// Whose name a `Host` header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostName {
    /// An address, be it with a bucket before it.
    Address(IpAddr),
    /// One of ours, or one that nobody can let lead here but the user.
    Ours,
    /// Somebody else's.
    Foreign,
}

/// A website under a host name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Website {
    /// The bucket; nothing where the name has none.
    pub(crate) bucket: Option<String>,
}

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
        names.iter_mut().for_each(|name| *name = without_port(name));
        names.retain(|name| !name.is_empty());
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Self { names }
    }

    /// Whose name a `Host` header says.
    pub(crate) fn name(&self, host: &str) -> HostName {
        let host = without_port(host);
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
        // What follows names an interface of this machine.
        let bare = bare.split('%').next().unwrap_or_default();
        if let Ok(address) = bare.parse::<IpAddr>() {
            return HostName::Address(address.to_canonical());
        }
        if let Some((_, address)) = before_address(&host) {
            return HostName::Address(address);
        }
        let is_name = !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        let is_under = |name: &str| {
            host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let is_ours = !host.contains('.')
            || self.names.iter().any(|name| is_under(name))
            || AMAZON.iter().chain(&RESERVED).chain([&OF_FUNCTIONS]).any(|name| is_under(name));
        if is_name && is_ours { HostName::Ours } else { HostName::Foreign }
    }

    /// Whether a `Host` header says one of the names that were given, or one of the usual.
    pub(crate) fn has(&self, host: &str) -> bool {
        self.names.contains(&without_port(host))
    }

    /// The bucket that a `Host` header names.
    pub(crate) fn bucket(&self, host: &str) -> Option<String> {
        self.read(host).bucket
    }

    /// The website that a `Host` header names, where it names one.
    pub(crate) fn website(&self, host: &str) -> Option<Website> {
        // Most names are none, which is seen at once.
        let label = website_label()?.as_bytes();
        let is_label = |part: &[u8]| part.eq_ignore_ascii_case(label);
        if !host.as_bytes().windows(label.len()).any(is_label) {
            return None;
        }
        let Addressed { bucket, is_website, .. } = self.read(host);
        is_website.then_some(Website { bucket })
    }

    pub(super) fn read(&self, host: &str) -> Addressed {
        // What most clients say, and what names nothing.
        if host.parse::<SocketAddrV4>().is_ok() {
            return Addressed::default();
        }
        let host = without_port(host);
        if let Some((bucket, _)) = before_address(&host) {
            return Addressed { bucket: Some(bucket.to_owned()), ..Addressed::default() };
        }
        if host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
            return Addressed::default();
        }
        let under = |name: &str| host.strip_suffix(name).and_then(|rest| rest.strip_suffix('.'));
        if let Some(rest) = self.names.iter().find_map(|name| under(name)) {
            let mut addressed = Addressed::from_labels(rest);
            // Under our own name, what names no service is a bucket. `sqs.localhost` is the service
            // unless the request is signed for S3.
            if !addressed.service.is_some_and(has_buckets) {
                addressed.bucket = Some(rest.to_owned());
            }
            return addressed;
        }
        if self.names.contains(&host) {
            return Addressed::default();
        }
        if let Some(rest) = AMAZON.iter().find_map(|name| under(name)) {
            return Addressed::from_labels(rest);
        }
        // Some other name that leads here (a proxy's, a container's): `photos.s3.anything`.
        if let Some(label) = website_label()
            && let Some(bucket) = bucket_before(&host, label)
        {
            let bucket = Some(bucket.to_owned());
            let service = of_buckets();
            return Addressed { service, bucket, is_website: true, other: None };
        }
        let named = of_buckets().and_then(|service| {
            let labels = service.descriptor().host_labels.iter();
            let mut buckets = labels.filter_map(|label| bucket_before(&host, label));
            buckets.next().map(|bucket| (service, bucket))
        });
        match named {
            Some((service, bucket)) => Addressed {
                service: Some(service),
                bucket: Some(bucket.to_owned()),
                ..Addressed::default()
            },
            None => Addressed::default(),
        }
    }
}

/// The service whose buckets stand in hosts.
pub(super) fn of_buckets() -> Option<Service> {
    Service::ALL.into_iter().find(|service| has_buckets(*service))
}

fn has_buckets(service: Service) -> bool {
    matches!(service.descriptor().addressing, Addressing::Bucket { .. })
}

/// The label of host names under which buckets are websites.
fn website_label() -> Option<&'static str> {
    match of_buckets()?.descriptor().addressing {
        Addressing::Bucket { website_label, .. } => Some(website_label),
        _ => None,
    }
}

/// The label of AWS's host names that this is, where it stands for something that is not there.
fn other_label(label: &str) -> Option<&'static str> {
    match of_buckets()?.descriptor().addressing {
        Addressing::Bucket { other_labels, .. } => {
            other_labels.iter().copied().find(|other| *other == label)
        }
        _ => None,
    }
}

/// What stands before the last `.label.` of a host.
fn bucket_before<'a>(host: &'a str, label: &str) -> Option<&'a str> {
    let is_label = |at: &usize| {
        let rest = &host[at + 1..];
        rest.strip_prefix(label).is_some_and(|rest| rest.starts_with('.'))
    };
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    dots.find(is_label).map(|at| &host[..at])
}

/// The name alone of a `Host` header, in lower case.
pub(crate) fn without_port(host: &str) -> String {
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// `photos.127.0.0.1`: what stands before an address of four numbers, and the address.
fn before_address(host: &str) -> Option<(&str, IpAddr)> {
    let (end, _) = host.rmatch_indices('.').nth(3)?;
    let address: Ipv4Addr = host[end + 1..].parse().ok()?;
    (end > 0).then(|| (&host[..end], address.into()))
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Addressed {
    pub service: Option<Service>,
    pub bucket: Option<String>,
    /// It is to be shown as a website.
    pub is_website: bool,
    /// A name of AWS's for something that is not there: `s3-accesspoint`.
    pub other: Option<&'static str>,
}

impl Addressed {
    /// Reads what stands before `.amazonaws.com` or one of our own names.
    fn from_labels(text: &str) -> Self {
        let labels: Vec<&str> = text.split('.').collect();
        let is_region = |label: &str| {
            label.contains('-') && label.ends_with(|last: char| last.is_ascii_digit())
        };
        // `s3` or, in the old form, `s3-us-west-2`.
        let of_buckets = |label: &str| {
            of_buckets().filter(|service| {
                service.descriptor().host_labels.iter().any(|own| match label.strip_prefix(own) {
                    Some("") => true,
                    Some(rest) => rest.strip_prefix('-').is_some_and(is_region),
                    None => false,
                })
            })
        };
        // `s3-website` or, in the old form, `s3-website-us-west-2`.
        let is_website = |label: &str| {
            website_label().and_then(|own| label.strip_prefix(own)).is_some_and(|rest| {
                rest.is_empty() || rest.strip_prefix('-').is_some_and(is_region)
            })
        };
        // The service is the last label that is not a region (`dualstack` belongs to the region).
        let mut end = labels.len();
        if end > 1 && is_region(labels[end - 1]) && of_buckets(labels[end - 1]).is_none() {
            end -= 1;
        }
        if end > 1 && labels[end - 1] == "dualstack" {
            end -= 1;
        }
        let (before, label) = (&labels[..end - 1], labels[end - 1]);
        let bucket = (!before.is_empty()).then(|| before.join("."));
        if is_website(label) {
            let service = self::of_buckets();
            return Self { service, bucket, is_website: true, other: None };
        }
        if let Some(service) = of_buckets(label) {
            return Self { service: Some(service), bucket, ..Self::default() };
        }
        if let Some(other) = other_label(label) {
            return Self { service: self::of_buckets(), other: Some(other), ..Self::default() };
        }
        let is_of = |service: &Service| {
            let descriptor = service.descriptor();
            match before {
                [] => {
                    descriptor.host_labels.contains(&label)
                        || descriptor.old_host_label == Some(label)
                }
                [region] => is_region(region) && descriptor.old_host_label == Some(label),
                _ => false,
            }
        };
        Self { service: Service::ALL.into_iter().find(is_of), ..Self::default() }
    }
}
