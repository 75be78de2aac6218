//! What is no picture: refused at the form with a reason; past the form, a failed invocation that
//! ends in the dead-letter queue. The product keeps its picture either way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use e2e::{Cloud, File, Setup, Shop, filters, fixture, picture};

const ROW: &str = "SELECT image, image_original, image_source, image_version FROM shop_product \
                   WHERE slug = 'mug'";
const COLUMNS: [&str; 4] = ["image", "image_original", "image_source", "image_version"];

/// The product, its page and the bucket's pictures of it.
#[derive(Debug, PartialEq)]
struct Shown {
    row: String,
    figure: e2e::browser::Figure,
    resized: BTreeMap<String, String>,
}

pub async fn the_form_says_what_is_wrong_with_a_file(cloud: Cloud) -> Result<()> {
    let Some(shop) = Setup::on(cloud).start().await? else { return Ok(()) };
    let manager = give_a_picture(&shop).await?;
    let (before, objects) = (shown(&shop).await?, shop.objects().await?);

    let mut answers = Vec::new();
    for (name, content_type, bytes) in broken()? {
        let file = File { name: &name, content_type, bytes };
        let page = manager.upload_picture(1, file).await?;
        answers.push(format!("{name}\n  {} {}", page.status, page.alerts().join(" ")));
    }
    shop.settle().await?;

    insta::allow_duplicates! {
        insta::assert_snapshot!(answers.join("\n"), @r"
        bomb-50000x50000.png
          422 This picture has 50000 x 50000 pixels. Please choose one of at most 100 megapixels.
        corrupt-tables.jpg
          422 This picture is damaged or cut off. Please save it again and upload the new file.
        corrupt.jpg
          422 This picture is damaged or cut off. Please save it again and upload the new file.
        empty.jpg
          422 Please choose a picture. The file is empty.
        page.html.png
          422 This file is not a picture. Please choose a JPEG, PNG, WebP or GIF file.
        text.jpg
          422 This file is not a picture. Please choose a JPEG, PNG, WebP or GIF file.
        truncated.jpg
          422 This picture is damaged or cut off. Please save it again and upload the new file.
        ");
    }
    assert_eq!(shown(&shop).await?, before);
    assert_eq!(shop.objects().await?, objects, "nothing of it reached the bucket");
    shop.close().await
}

pub async fn past_the_form_three_attempts_and_the_dead_letter_queue(cloud: Cloud) -> Result<()> {
    let setup = Setup { frozen: cloud.is_cloudless(), ..Setup::on(cloud) };
    let Some(shop) = setup.start().await? else { return Ok(()) };
    give_a_picture(&shop).await?;
    let before = shown(&shop).await?;

    let mut names = BTreeSet::new();
    for (name, content_type, bytes) in broken()? {
        shop.put(&format!("products/1/{name}"), content_type, bytes).await?;
        names.insert(name);
    }
    shop.settle_until_idle().await?;

    let failed = failed_events(&shop, names.len()).await?;
    assert_eq!(failed.keys().cloned().collect::<BTreeSet<_>>(), names, "each, and each once");
    let mut outcome = Vec::new();
    for (name, reason) in failed {
        let Some(reason) = reason else {
            outcome.push(format!("{name}\n  no reason, then {}", shop.plan.failed_queue));
            continue;
        };
        let attempts = attempts(&shop, &name, &reason).await?;
        outcome.push(format!("{name}\n  {reason}\n  {attempts}"));
    }
    if cloud.is_cloudless() {
        insta::allow_duplicates! {
            insta::assert_snapshot!(outcome.join("\n"), @r"
            bomb-50000x50000.png
              s3://cloudless-shop-images/products/1/bomb-50000x50000.png: the picture claims 50000x50000 pixels; at most 100000000 in all are accepted
              resize-image failed after 0 s, resize-image failed after 60 s, resize-image failed after 180 s, then image-resize-failed
            corrupt-tables.jpg
              s3://cloudless-shop-images/products/1/corrupt-tables.jpg: the JPEG file is damaged: Encountered Huffman table with excessive length in DHT
              resize-image failed after 0 s, resize-image failed after 60 s, resize-image failed after 180 s, then image-resize-failed
            corrupt.jpg
              s3://cloudless-shop-images/products/1/corrupt.jpg: the JPEG file is damaged: failed to decode huffman code
              resize-image failed after 0 s, resize-image failed after 60 s, resize-image failed after 180 s, then image-resize-failed
            empty.jpg
              s3://cloudless-shop-images/products/1/empty.jpg: the file is empty
              resize-image failed after 0 s, resize-image failed after 60 s, resize-image failed after 180 s, then image-resize-failed
            page.html.png
              s3://cloudless-shop-images/products/1/page.html.png: the file is an HTML page, not a picture
              resize-image failed after 0 s, resize-image failed after 60 s, resize-image failed after 180 s, then image-resize-failed
            text.jpg
              s3://cloudless-shop-images/products/1/text.jpg: the file is text, not a picture
              resize-image failed after 0 s, resize-image failed after 60 s, resize-image failed after 180 s, then image-resize-failed
            truncated.jpg
              s3://cloudless-shop-images/products/1/truncated.jpg: the JPEG file is cut off: its end is missing
              resize-image failed after 0 s, resize-image failed after 60 s, resize-image failed after 180 s, then image-resize-failed
            ");
        }
    } else {
        // The redrive policy of the worker's queue moves the event as it is: nobody adds a reason.
        insta::with_settings!({ filters => filters() }, {
            insta::allow_duplicates! { insta::assert_snapshot!(outcome.join("\n"), @r"
            bomb-50000x50000.png
              no reason, then image-resize-failed
            corrupt-tables.jpg
              no reason, then image-resize-failed
            corrupt.jpg
              no reason, then image-resize-failed
            empty.jpg
              no reason, then image-resize-failed
            page.html.png
              no reason, then image-resize-failed
            text.jpg
              no reason, then image-resize-failed
            truncated.jpg
              no reason, then image-resize-failed
            "); }
        });
    }
    assert_eq!(shown(&shop).await?, before);
    // The pipeline goes on: the next good picture is shown.
    shop.put("products/1/good.jpg", "image/jpeg", picture::plain([0, 120, 0])?).await?;
    shop.settle().await?;
    let row = shown(&shop).await?.row;
    ensure!(row.contains("resized/products/1/good.jpg"), "{row}");
    shop.close().await
}

/// The files of fixtures/images/broken, with the type that a browser takes from their names.
fn broken() -> Result<Vec<(String, &'static str, Vec<u8>)>> {
    let entries = std::fs::read_dir(fixture("images/broken"))?;
    let paths: Result<BTreeSet<PathBuf>, _> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut files = Vec::new();
    for path in paths? {
        let name = path.file_name().and_then(|name| name.to_str()).context("a strange name")?;
        let content_type = if name.ends_with(".png") { "image/png" } else { "image/jpeg" };
        files.push((name.to_owned(), content_type, std::fs::read(&path)?));
    }
    ensure!(files.len() >= 7, "fixtures/images/broken is not whole");
    Ok(files)
}

async fn give_a_picture(shop: &Shop) -> Result<e2e::Browser> {
    let manager = shop.manager().await?;
    let bytes = picture::plain([180, 90, 20])?;
    let file = File { name: "mug.jpg", content_type: "image/jpeg", bytes };
    let page = manager.upload_picture(1, file).await?;
    ensure!(page.status == 200, "{}", page.text());
    shop.settle().await?;
    Ok(manager)
}

async fn shown(shop: &Shop) -> Result<Shown> {
    let mut resized = shop.objects().await?;
    resized.retain(|key, _| key.starts_with("resized/"));
    Ok(Shown {
        row: shop.rows(ROW, &COLUMNS).await?,
        figure: shop.browser()?.get("/products/1/mug").await?.figure()?,
        resized,
    })
}

/// What is in the dead-letter queue: by the file's name, the reason of its last attempt, where Lambda
/// has added one.
async fn failed_events(shop: &Shop, expected: usize) -> Result<BTreeMap<String, Option<String>>> {
    let url = shop.queue_url(&shop.plan.failed_queue).await?;
    let mut letters = BTreeMap::new();
    while letters.len() < expected {
        let request = shop.sqs.receive_message().queue_url(&url).max_number_of_messages(10);
        let found = request.message_attribute_names("All").send().await?;
        let messages = found.messages.unwrap_or_default();
        // Who asks AWS at once may be told less than there is; the others tell all.
        ensure!(!messages.is_empty() || shop.cloud == Cloud::Aws, "only {letters:?}");
        for message in messages {
            let event: serde_json::Value = serde_json::from_str(&message.body.unwrap_or_default())?;
            let key = event.pointer("/Records/0/s3/object/key").and_then(|key| key.as_str());
            let key = key.context("the letter is no S3 event")?.to_owned();
            let attributes = message.message_attributes.unwrap_or_default();
            let text = |name: &str| {
                let value = attributes.get(name).and_then(|value| value.string_value.clone());
                value.with_context(|| format!("the letter has no {name}"))
            };
            let reason = if shop.cloud.is_cloudless() {
                ensure!(text("RequestID")?.len() == 36, "RequestID is no UUID");
                // The status of an invocation that ran and failed.
                ensure!(text("ErrorCode")? == "200", "ErrorCode is {}", text("ErrorCode")?);
                Some(text("ErrorMessage")?)
            } else {
                None
            };
            let name = key.trim_start_matches("products/1/").to_owned();
            let twice = letters.insert(name, reason);
            ensure!(twice.is_none(), "{key} is there twice");
        }
    }
    Ok(letters)
}

/// When the function was invoked for a file, counted from its upload, and what came of it.
async fn attempts(shop: &Shop, name: &str, reason: &str) -> Result<String> {
    let trace = shop.trace_of_upload(&format!("products/1/{name}")).await?;
    let trace = trace.context("Cloudless keeps a trace")?;
    let (_, upload) = trace.first().context("the trace is empty")?;
    let mut steps = Vec::new();
    for (_, event) in &trace {
        let after = event.at.since(upload.at).as_secs();
        match &*event.what {
            "lambda:Invoke" => {
                assert_eq!(event.outcome.as_deref(), Some(reason), "each attempt has the reason");
                steps.push(format!("{} failed after {after} s", event.subject));
            }
            "lambda:DeadLetter" => steps.push(format!("then {}", event.subject)),
            _ => {}
        }
    }
    Ok(steps.join(", "))
}
