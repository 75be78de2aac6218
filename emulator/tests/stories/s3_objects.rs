//! Objects: what was put comes back, whole or in part, is copied, listed and deleted.

use aws_sdk_s3::types::{Delete, MetadataDirective, ObjectIdentifier};

use crate::{Story, at_noon, refusal, s3};

#[tokio::test]
async fn an_object_comes_back_with_all_that_was_said_of_it() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let put = s3
        .put_object()
        .bucket("photos")
        .key("2026/cat über.jpg")
        .content_type("image/jpeg")
        .cache_control("max-age=60")
        .metadata("camera", "Leica")
        .body(b"hello world".to_vec().into())
        .send()
        .await?;
    let got = s3.get_object().bucket("photos").key("2026/cat über.jpg").send().await?;
    let head = s3.head_object().bucket("photos").key("2026/cat über.jpg").send().await?;
    assert_eq!(head.e_tag(), put.e_tag());
    assert_eq!(head.metadata(), got.metadata());
    assert_eq!(head.content_length(), got.content_length());
    insta::assert_debug_snapshot!((
        got.e_tag(),
        got.content_type(),
        got.cache_control(),
        got.metadata(),
        got.content_length(),
        got.last_modified().map(ToString::to_string),
        got.accept_ranges(),
    ), @r#"
    (
        Some(
            "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"",
        ),
        Some(
            "image/jpeg",
        ),
        Some(
            "max-age=60",
        ),
        Some(
            {
                "camera": "Leica",
            },
        ),
        Some(
            11,
        ),
        Some(
            "2026-11-23T12:00:00Z",
        ),
        Some(
            "bytes",
        ),
    )
    "#);
    assert_eq!(got.body.collect().await?.to_vec(), b"hello world");
    Ok(())
}

#[tokio::test]
async fn a_part_of_an_object_is_read_by_its_range() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let put = s3.put_object().bucket("photos").key("a").body(b"hello world".to_vec().into());
    let e_tag = put.send().await?.e_tag.unwrap_or_default();
    let mut told = Vec::new();
    for range in ["bytes=0-4", "bytes=6-", "bytes=-5", "bytes=4-400", "bytes=7-3", "bytes=11-"] {
        let got = s3.get_object().bucket("photos").key("a").range(range).send().await;
        told.push(match got {
            Ok(got) => {
                let of = got.content_range.clone();
                let bytes = got.body.collect().await?.to_vec();
                format!("{range}: {:?} {of:?}", String::from_utf8_lossy(&bytes))
            }
            refused => format!("{range}: {}", refusal(refused)),
        });
    }
    let known = s3.get_object().bucket("photos").key("a").if_none_match(&e_tag).send().await;
    told.push(format!("if-none-match: {}", refusal(known)));
    let other = s3.get_object().bucket("photos").key("a").if_match("\"other\"").send().await;
    told.push(format!("if-match: {}", refusal(other)));
    insta::assert_snapshot!(told.join("\n"), @r#"
    bytes=0-4: "hello" Some("bytes 0-4/11")
    bytes=6-: "world" Some("bytes 6-10/11")
    bytes=-5: "world" Some("bytes 6-10/11")
    bytes=4-400: "o world" Some("bytes 4-10/11")
    bytes=7-3: "hello world" None
    bytes=11-: 416 InvalidRange: The requested range is not satisfiable
    if-none-match: 304 no code: no message
    if-match: 412 PreconditionFailed: At least one of the pre-conditions you specified did not hold
    "#);
    Ok(())
}

#[tokio::test]
async fn a_copy_lives_on_when_its_source_is_deleted() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let put = s3.put_object().bucket("photos").key("a b.txt").metadata("by", "ann");
    put.body(b"hello".to_vec().into()).send().await?;
    let copy = || s3.copy_object().bucket("photos").copy_source("photos/a%20b.txt");
    copy().key("same").send().await?;
    copy()
        .key("other")
        .metadata_directive(MetadataDirective::Replace)
        .metadata("by", "bob")
        .content_type("text/plain")
        .send()
        .await?;
    s3.delete_object().bucket("photos").key("a b.txt").send().await?;
    // Deleting what is not there is no error.
    s3.delete_object().bucket("photos").key("a b.txt").send().await?;
    let mut told = Vec::new();
    for key in ["same", "other"] {
        let got = s3.get_object().bucket("photos").key(key).send().await?;
        let (by, media_type) = (got.metadata().cloned(), got.content_type.clone());
        let bytes = got.body.collect().await?.to_vec();
        told.push(format!("{key}: {} {by:?} {media_type:?}", String::from_utf8_lossy(&bytes)));
    }
    told.push(refusal(s3.get_object().bucket("photos").key("a b.txt").send().await));
    told.push(refusal(s3.head_object().bucket("photos").key("a b.txt").send().await));
    told.push(refusal(copy().key("third").send().await));
    told.push(refusal(s3.delete_bucket().bucket("photos").send().await));
    told.push(refusal(s3.head_bucket().bucket("elsewhere").send().await));
    insta::assert_snapshot!(told.join("\n"), @r#"
    same: hello Some({"by": "ann"}) Some("application/octet-stream")
    other: hello Some({"by": "bob"}) Some("text/plain")
    404 NoSuchKey: The specified key does not exist.
    404 NotFound: no message
    404 NoSuchKey: The specified key does not exist.
    409 BucketNotEmpty: The bucket you tried to delete is not empty
    404 NotFound: no message
    "#);
    Ok(())
}

#[tokio::test]
async fn a_listing_comes_in_pages_and_folds_what_lies_deeper() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    for key in ["2025/a", "2025/b", "2026/a", "a&b", "z", "z~", "ü"] {
        s3.put_object().bucket("photos").key(key).body(b"x".to_vec().into()).send().await?;
    }
    let mut told = Vec::new();
    let list = s3.list_objects_v2().bucket("photos").delimiter("/").max_keys(2);
    let mut pages = list.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page?;
        let folded: Vec<_> = page.common_prefixes().iter().filter_map(|it| it.prefix()).collect();
        let keys: Vec<_> = page.contents().iter().filter_map(|it| it.key()).collect();
        told.push(format!("{folded:?} {keys:?} more: {:?}", page.is_truncated()));
    }
    let under = s3.list_objects_v2().bucket("photos").prefix("2025/").start_after("2025/a");
    let under = under.send().await?;
    told.push(format!("{:?}", under.contents().iter().map(|it| it.key()).collect::<Vec<_>>()));
    let objects = ["2025/a", "2025/b", "none"].map(|key| ObjectIdentifier::builder().key(key));
    let mut delete = Delete::builder();
    for object in objects {
        delete = delete.objects(object.build()?);
    }
    let deleted = s3.delete_objects().bucket("photos").delete(delete.build()?).send().await?;
    told.push(format!(
        "deleted {:?}, failed {:?}",
        deleted.deleted().iter().map(|it| it.key()).collect::<Vec<_>>(),
        deleted.errors()
    ));
    let left = s3.list_objects_v2().bucket("photos").send().await?;
    told.push(format!("left {:?}", left.key_count()));
    insta::assert_snapshot!(told.join("\n"), @r#"
    ["2025/", "2026/"] [] more: Some(true)
    [] ["a&b", "z"] more: Some(true)
    [] ["z~", "ü"] more: Some(false)
    [Some("2025/b")]
    deleted [Some("2025/a"), Some("2025/b"), Some("none")], failed []
    left Some(5)
    "#);
    Ok(())
}
